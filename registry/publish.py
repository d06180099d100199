"""An upload's whole story: :func:`publish`. Each line says what a crash right after it leaves behind."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.db import transaction
from django.utils import timezone
from packaging.utils import canonicalize_name

from expectations import queries
from registry import index_pages, roles, storage
from registry.admission import Published, admit, lock
from registry.distribution import Distribution, DistributionRefused, compare_with_form, read_distribution
from registry.models import File, Package, Token
from registry.refusals import keep
from registry.upload_form import UploadForm
from registry.upload_refused import UploadRefused
from verification.bundle import EvidenceRefused, digest_of, split
from verification.pipeline import examine_all
from verification.reasons import Reason
from verification.subject import Artifact

MAX_ATTEMPTS = 3
"""How often an upload is examined again when the roots of trust change under it; more is a storm, not a change."""


def publish(form: UploadForm, *, token: Token) -> Published:
    """Let a received file in, or refuse it. Raises UploadRefused; the refusal is kept for the package's maintainers.

    Of the received file nothing is left when this returns or refuses. After any other error it stays in quarantine: it
    may have been committed, and then the sweep reveals it; if not, the sweep deletes it after a day.
    """
    package: Package | None = None
    try:
        # A crash in any of these lines leaves a quarantined file, which the sweep deletes.
        package = _package_of(form)
        _authorise(token, package)
        distribution = _read(form)
        published = _sent_before(form, distribution, package)
        if published is None:
            published = _judge_and_write(form, distribution, package, token)
    except UploadRefused as refused:
        with transaction.atomic():
            refusal = keep(refused, form=form, token=token, package=package)
        if refusal is not None and not refused.link:
            refused.link = f"/refusals/{refusal.pk}/"
        form.received.discard()
        raise
    # A crash from here on leaves a committed file that is not yet visible, which the sweep reveals.
    reveal(published.file, form.received.path)
    form.received.discard()
    return published


def _package_of(form: UploadForm) -> Package:
    name = canonicalize_name(form.name)
    package = Package.objects.filter(name=name).first()
    if package is None:
        told = name[:100]
        link = f"/packages/new/?name={quote(told, safe='')}"
        raise UploadRefused(Reason.NAME_UNKNOWN, f"Wanted: {told}", link=link)
    return package


def _authorise(token: Token, package: Package) -> None:
    if not roles.may_upload(token, package):
        raise UploadRefused(Reason.NOT_ALLOWED, roles.why_no_upload(token, package))


def _read(form: UploadForm) -> Distribution:
    """The file decides what it is; the form must not say otherwise."""
    try:
        distribution = read_distribution(form.received.path, form.received.filename)
    except DistributionRefused as error:
        raise UploadRefused(
            error.problems[0].reason, "; ".join(problem.detail for problem in error.problems)
        ) from error
    problems = compare_with_form(distribution, form.fields)
    if problems:
        raise UploadRefused(problems[0].reason, "; ".join(problem.detail for problem in problems))
    if canonicalize_name(form.name) != distribution.name:
        raise UploadRefused(Reason.METADATA_MISMATCH, f"the file is of {distribution.name}")
    return distribution


def _sent_before(form: UploadForm, distribution: Distribution, package: Package) -> Published | None:
    """The very file with the very evidence that it is kept with: nothing new is claimed, so nothing is judged anew."""
    known = File.objects.filter(
        filename=distribution.filename,
        sha256=form.received.digests["sha256"],
        release__package=package,
        deleted_at=None,
    ).select_related("release__package", "verdict")
    file = known.first()
    if file is None or form.attestations is None:
        return None
    try:
        sent = [digest_of(part) for part in split(form.attestations)]
    except EvidenceRefused:
        return None
    kept = list(file.verdict.evidence.values_list("evidence_id", flat=True))
    return Published(file, repeated=True) if sent and sorted(sent) == sorted(kept) else None


def _judge_and_write(form: UploadForm, distribution: Distribution, package: Package, token: Token) -> Published:
    """Examine without a lock, decide under it; examine again where the roots have moved in between."""
    received = form.received
    artifact = Artifact(distribution.filename, distribution.name, distribution.version, received.digests, received.size)
    for _ in range(MAX_ATTEMPTS):
        roots = queries.active_roots_version()
        examination = examine_all(
            form.attestations, artifact=artifact, roots=queries.read_roots(roots), now=timezone.now()
        )
        with transaction.atomic():
            lock(package)
            if queries.active_roots_version().pk == roots.pk:
                return admit(examination, distribution, package=package, token=token, roots=roots)
    raise UploadRefused(Reason.TRUST_MOVED, "the roots of trust keep changing")


def reveal(file: File, quarantined: Path) -> None:
    """Promote a file's content to its address and make the file visible. May be repeated; the sweep does."""
    if file.visible_at is None:
        storage.blobs().promote(quarantined, file.sha256)
        with transaction.atomic():
            File.objects.filter(pk=file.pk, visible_at=None).update(visible_at=timezone.now())
            index_pages.refresh(file.release.package.name)
