"""An upload's whole story: :func:`publish`. Each line says what a crash right after it leaves behind."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.db import transaction
from django.utils import timezone
from packaging.utils import canonicalize_name

from expectations import queries as trusted
from expectations.models import DocumentVersion
from expectations.statements import Statement, together
from registry import index_pages, queries, roles, storage
from registry.admission import Decided, Published, admit, decide
from registry.candidate import Candidate, read_candidate
from registry.distribution import Distribution, FileProblem
from registry.ground import Outset, ground_of, locked_ground, outset_of
from registry.models import File, Package, Token
from registry.refusals import keep
from registry.upload_form import UploadForm
from registry.upload_refused import UploadRefused, refused_for
from verification.pipeline import examine_all
from verification.reasons import Reason
from verification.subject import Artifact
from verification.verdict import Verdict

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
        outset = outset_of(canonicalize_name(form.name), token)
        package = _known(outset.package, form.name)
        _authorise(token, package, outset)
        candidate = read_candidate(form)
        artifact, distribution = sound(candidate, form.attestations, package)
        published = _judge_and_write(form.attestations, artifact, distribution, package, token, outset.roots)
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


def package_named(display_name: str) -> Package:
    """Return the package of a name in any spelling. Raises UploadRefused (NAME_UNKNOWN) with the link that creates it."""
    return _known(queries.package_called(canonicalize_name(display_name)), display_name)


def _known(package: Package | None, display_name: str) -> Package:
    if package is None:
        told = canonicalize_name(display_name)[:100]
        link = f"/packages/new/?name={quote(told, safe='')}"
        raise UploadRefused(Reason.NAME_UNKNOWN, f"Wanted: {told}", link=link)
    return package


def _authorise(token: Token, package: Package, outset: Outset) -> None:
    if not roles.may_upload(token, package, maintains=outset.maintains):
        raise UploadRefused(*roles.why_no_upload(token, package))


def sound(candidate: Candidate, attestations: bytes | None, package: Package) -> tuple[Artifact, Distribution]:
    """Return what a file is and says of itself, if nothing is wrong with it by itself.

    Raises UploadRefused with all that is wrong, and with what would be refused of it then, its evidence above all.
    """
    if candidate.artifact is not None and candidate.distribution is not None and not candidate.problems:
        return candidate.artifact, candidate.distribution
    raise refused_for(*beside(candidate, attestations, package))


def beside(
    candidate: Candidate, attestations: bytes | None, package: Package
) -> tuple[list[FileProblem], Verdict | None]:
    """Return what is wrong with a file by itself, and whatever would be refused of it then; and the verdict, if any."""
    problems = list(candidate.problems)
    if candidate.artifact is None:
        return problems, None
    try:
        verdict: Verdict | None = foresee(candidate.artifact, attestations, package).verdict
    except UploadRefused as further:
        problems += further.problems
        verdict = further.verdict
    return problems, verdict


def foresee(artifact: Artifact, attestations: bytes | None, package: Package) -> Decided:
    """Decide about a file as if it came now, without a lock, and write nothing. Raises UploadRefused."""
    ground = ground_of(package, artifact)
    roots = trusted.read_roots(ground.in_force.roots)
    examination = examine_all(attestations, artifact=artifact, roots=roots, now=timezone.now())
    return decide(examination, package=package, ground=ground)


def _judge_and_write(
    attestations: bytes | None,
    artifact: Artifact,
    distribution: Distribution,
    package: Package,
    token: Token,
    roots: DocumentVersion,
) -> Published:
    """Examine without a lock, decide under it; examine again where the roots have moved in between."""
    for _ in range(MAX_ATTEMPTS):
        examination = examine_all(attestations, artifact=artifact, roots=trusted.read_roots(roots), now=timezone.now())
        with transaction.atomic():
            ground = locked_ground(package, artifact, token)
            if ground.in_force.roots.pk == roots.pk:
                return admit(examination, distribution, package=package, ground=ground)
        roots = ground.in_force.roots
    raise UploadRefused(Reason.TRUST_MOVED, "The roots of trust keep changing.")


def reveal(file: File, quarantined: Path) -> None:
    """Promote a file's content to its address and make the file visible. May be repeated; the sweep does.

    So whoever sends a file again whose content the store has lost puts it back.
    """
    storage.blobs().promote(quarantined, file.sha256)
    if file.visible_at is None:
        package = file.release.package
        with transaction.atomic():
            # Showing it outdates its page and so has that locked; of what is shown already another has made the page.
            shown, *page = together(_SHOW(timezone.now(), file.pk), *index_pages.asking(package))
            if shown:
                together(*index_pages.writing(page, at_hand=file), commit=True)


_SHOW = Statement("UPDATE registry_file SET visible_at = %s WHERE id = %s AND visible_at IS NULL RETURNING id")
