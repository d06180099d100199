"""The decision on an upload, under its package's lock, and all that it writes: file, verdict, evidence, audit leaf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from packaging.utils import canonicalize_version

from expectations import actions, audit, queries
from expectations.documents import PackageState, Policy
from expectations.models import Source
from expectations.statements import Asked, together
from registry import index_pages, roles, tokens
from registry.distribution import Distribution, FileProblem
from registry.file_rows import writing
from registry.ground import Ground
from registry.limits import beyond
from registry.models import File, Package, Release, Token, VerdictRecord
from registry.queries import SERVED, served_by
from registry.refusals import tell
from registry.releases import closes_at, takes_files
from registry.terms import source_of, terms_under
from registry.upload_refused import UploadRefused, refused_for
from registry.verdicts import Judged, keeping, recording
from verification.bundle import digest_of
from verification.canonical import sha256_hex
from verification.examination import Examination
from verification.expectation import Expectation
from verification.judgement import ReleaseSource
from verification.pipeline import judge
from verification.publisher import is_published
from verification.reasons import Reason
from verification.subject import Artifact, identity_of
from verification.verdict import Accepted, Refused


@dataclass(frozen=True, slots=True)
class Published:
    """A file that is in. ``repeated``: it was in already, byte for byte, and nothing changed."""

    file: File
    repeated: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """That a file may come in, by what is in force at this moment; ``existing`` is the same file where it is in already.

    ``first_use`` is the expectation that it pins, if the package has none yet.
    """

    verdict: Accepted
    judged: Judged
    release: Release | None
    existing: File | None
    first_use: Expectation | None


def decide(examination: Examination, *, package: Package, ground: Ground) -> Decided:
    """Decide on what was read under the package's lock by whoever then writes; write nothing.

    Raises UploadRefused for everything that stands against the file at once, with what was judged where that leads.
    """
    artifact = examination.artifact
    in_force, release, existing = ground.in_force, ground.release, ground.existing
    policy, promise = queries.read_policy(in_force.policy), in_force.expectation
    expectation = queries.read_expectation(promise) if promise else None
    terms = terms_under(policy, expectation, examination, source_of(release))
    verdict = judge(examination, terms=terms)
    judged = Judged(verdict, examination.evidence, promise, in_force.roots, in_force.policy)
    problems = [*_closed(package), *_deleted(package, release)]
    if existing is None and release is not None and not problems:
        problems += _closed_release(release, policy)
    if existing is None:
        problems += beyond(policy, size=artifact.size, package=package, release_files=ground.release_files)
    leads = isinstance(verdict, Refused) and not problems
    if isinstance(verdict, Refused):
        problems.append(FileProblem(verdict.reason, tell(verdict)))
    if existing is not None:
        problems += _used(existing, artifact)
    if leads:
        raise refused_for(problems, judged=judged)
    if problems or not isinstance(verdict, Accepted):
        raise refused_for(problems, verdict)
    return Decided(verdict, judged, release, existing, terms.expectation if promise is None else None)


def admit(examination: Examination, distribution: Distribution, *, package: Package, ground: Ground) -> Published:
    """Decide, and write an accepted file whole; that ends the caller's locked transaction.

    Raises UploadRefused, with what was judged, so that the refusal can be kept after this transaction is undone.
    """
    token = _check_again(ground, package)
    if ground.existing is not None and sent_before(ground.existing, examination.artifact, examination.evidence):
        return Published(ground.existing, repeated=True)
    decided = decide(examination, package=package, ground=ground)
    if decided.existing is not None:
        return Published(decided.existing, repeated=True)
    judged = decided.judged
    evidence = keeping(judged)
    if decided.first_use is not None:
        # Before the audit log is held by the binding: a refusal beside it takes evidence and log in this order too.
        together(*evidence)
        evidence = []
        judged = judged.under(actions.bind_first(package, decided.first_use, source=Source.FIRST_USE))
    record, verdict = recording(judged, package=package)
    file = _new_file(decided, record, distribution, examination.artifact, package, token)
    served = served_by(decided.verdict, judged.evidence)
    entry = index_pages.entry_of(package, file, served, published=_is_published(examination, decided.verdict))
    leaf = _leaf(file, record, package, decided.verdict, token)
    together(*evidence, *verdict, *writing(file, entry), leaf, commit=True)
    return Published(file, repeated=False)


def sent_before(existing: File, artifact: Artifact, evidence: Sequence[bytes]) -> bool:
    """Say whether the very file is kept with this very evidence: nothing new is claimed, so nothing is judged anew."""
    if (existing.filename, existing.sha256) != (artifact.filename, artifact.sha256) or existing.deleted_at is not None:
        return False
    kept = existing.verdict.evidence.values_list("evidence_id", flat=True)
    return bool(evidence) and sorted(map(digest_of, evidence)) == sorted(kept)


def _check_again(ground: Ground, package: Package) -> Token:
    """What was checked before the transaction may have changed since: the token, and the right or binding that it carries."""
    token = ground.token
    assert token is not None, "tokens are never deleted"
    if ended := tokens.why_ended(token, _now()):
        raise UploadRefused(Reason.TOKEN_INVALID, f"The token {_ENDED[ended]}.")
    if not roles.may_upload(token, package, maintains=ground.maintains):
        raise UploadRefused(*roles.why_no_upload(token, package))
    return token


_ENDED = {
    tokens.Ended.REVOKED: "was revoked meanwhile",
    tokens.Ended.EXPIRED: "expired before the whole upload was here",
}


def _now() -> datetime:
    return timezone.now()


def _closed(package: Package) -> Iterator[FileProblem]:
    state = PackageState(package.state)
    if not state.takes_uploads:
        yield FileProblem(Reason.PACKAGE_CLOSED, f"{state.sentence} {package.state_note}".strip())


def _deleted(package: Package, release: Release | None) -> Iterator[FileProblem]:
    if release is not None and release.deleted_at is not None:
        yield FileProblem(Reason.RELEASE_DELETED, f"{package.name} {release.version} was deleted.")


def _closed_release(release: Release, policy: Policy) -> Iterator[FileProblem]:
    if not takes_files(release, policy):
        first, closed = release.created_at, closes_at(release, policy)
        detail = (
            f"The first file of {release.package.name} {release.version} came on {first:%Y-%m-%d}, and it closed on "
            f"{closed:%Y-%m-%d}. Reopening is proposed at {settings.BASE_URL}/packages/{release.package.name}/releases/."
        )
        yield FileProblem(Reason.RELEASE_CLOSED, detail)


def _used(existing: File, artifact: Artifact) -> Iterator[FileProblem]:
    """A file name is used once: the same content again changes nothing, other content is refused, good evidence or not.

    What was deleted stays so: saying yes to it would promise a file that nobody is offered.
    """
    if existing.deleted_at is not None:
        yield FileProblem(Reason.FILE_EXISTS, f"{existing.filename} was deleted, and its name is never used again.")
    elif existing.sha256 != artifact.sha256:
        yield FileProblem(Reason.FILE_EXISTS, f"{existing.filename} already exists with other content.")


def _new_file(
    decided: Decided,
    record: VerdictRecord,
    distribution: Distribution,
    artifact: Artifact,
    package: Package,
    token: Token,
) -> File:
    verdict, now = decided.verdict, _now()
    return File(
        release=decided.release or _new_release(verdict, distribution, package, now),
        filename=distribution.filename,
        identity=identity_of(distribution.filename),
        filetype=distribution.filetype,
        sha256=artifact.sha256,
        size=artifact.size,
        metadata=distribution.metadata,
        metadata_sha256=sha256_hex(distribution.metadata),
        requires_python=distribution.requires_python,
        summary=distribution.summary,
        verdict=record,
        uploaded_by=token.account,
        uploaded_at=now,
    )


def _is_published(examination: Examination, verdict: Accepted) -> bool:
    """Say what :func:`registry.queries.has_provenance` would of the file once it is kept, of evidence that is read already."""
    return any(
        report.role in SERVED
        and report.provenance
        and examined.form
        and is_published(report.provenance.signer, examined.form)
        for report, examined in zip(verdict.attestations, examination.attestations, strict=True)
    )


def _leaf(file: File, record: VerdictRecord, package: Package, verdict: Accepted, token: Token) -> Asked:
    return audit.recording(
        "accepted",
        package=str(package.pk),
        file=str(file.pk),
        artifact_sha256=file.sha256,
        verdict_digest=record.digest,
        level=verdict.level,
        account=token.account_id,
    )


def _new_release(verdict: Accepted, distribution: Distribution, package: Package, now: datetime) -> Release:
    source = ReleaseSource.of(verdict.matched)
    return Release(
        package=package,
        version=str(distribution.version),
        canonical_version=canonicalize_version(distribution.version),
        source_issuer=source.issuer,
        source_repository_id=source.repository_id,
        source_commit=source.commit,
        created_at=now,
    )
