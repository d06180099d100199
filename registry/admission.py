"""The decision on an upload, under its package's lock, and all that it writes: file, verdict, evidence, audit leaf."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from packaging.utils import canonicalize_version

from expectations import actions, audit, queries
from expectations.documents import PackageState
from expectations.models import DocumentVersion, Source
from registry import roles
from registry.distribution import Distribution
from registry.models import File, Package, Release, Token, VerdictRecord
from registry.refusals import tell
from registry.terms import source_of, terms_under
from registry.upload_refused import UploadRefused
from registry.verdicts import Judged, keep_evidence, record_verdict
from verification.canonical import sha256_hex
from verification.examination import Examination
from verification.judgement import ReleaseSource
from verification.pipeline import judge
from verification.reasons import Reason
from verification.subject import identity_of
from verification.verdict import Accepted


@dataclass(frozen=True, slots=True)
class Published:
    """A file that is in. ``repeated``: it was in already, byte for byte, and nothing changed."""

    file: File
    repeated: bool


def lock(package: Package) -> None:
    """Hold the package until the transaction's end: first use, expectations and releases are decided one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_lock(%s)", [package.pk])


def admit(
    examination: Examination, distribution: Distribution, *, package: Package, token: Token, roots: DocumentVersion
) -> Published:
    """Decide over what is in force now and write an accepted file whole, in the caller's locked transaction.

    Raises UploadRefused, with what was judged, so that the refusal can be kept after this transaction is undone.
    """
    token = _check_again(token, package)
    _refuse_closed(package)
    policy_version = queries.active_policy_version()
    policy = queries.read_policy(policy_version)
    promise = queries.active_expectation(package)
    release = Release.objects.filter(
        package=package, canonical_version=canonicalize_version(distribution.version)
    ).first()
    if release is not None and release.deleted_at is not None:
        raise UploadRefused(Reason.RELEASE_DELETED, f"{package.name} {release.version} was deleted")
    expectation = queries.read_expectation(promise) if promise else None
    terms = terms_under(policy, expectation, examination, source_of(release))
    verdict = judge(examination, terms=terms)
    judged = Judged(verdict, examination.evidence, promise, roots, policy_version)
    if not isinstance(verdict, Accepted):
        raise UploadRefused(verdict.reason, tell(verdict), judged=judged)
    existing = _known_file(distribution)
    if existing is not None:
        return _same_file(existing, examination)
    # Before the audit log is held by the first binding: a refusal beside it takes evidence and log in this order too.
    keep_evidence(judged)
    if promise is None and terms.expectation is not None:
        judged = judged.under(actions.bind_first(package, terms.expectation, source=Source.FIRST_USE))
    record = record_verdict(judged, package=package)
    file = _write_file(verdict, record, distribution, examination, package, release, token)
    return Published(file, repeated=False)


def _check_again(token: Token, package: Package) -> Token:
    """What was checked before the transaction may have changed since: the token, and the right or binding that it carries."""
    token = Token.objects.select_related("account").get(pk=token.pk)
    if token.revoked_at is not None:
        raise UploadRefused(Reason.TOKEN_INVALID, "the token was revoked meanwhile")
    if not roles.may_upload(token, package):
        raise UploadRefused(Reason.NOT_ALLOWED, roles.why_no_upload(token, package))
    return token


def _refuse_closed(package: Package) -> None:
    package.refresh_from_db(fields=["state", "state_note"])
    state = PackageState(package.state)
    if not state.takes_uploads:
        raise UploadRefused(Reason.PACKAGE_CLOSED, f"{state.sentence} {package.state_note}".strip())


def _known_file(distribution: Distribution) -> File | None:
    """The file of this name in any spelling: installers take all spellings of a wheel's name for the same file."""
    return File.objects.filter(identity=identity_of(distribution.filename)).select_related("release__package").first()


def _same_file(existing: File, examination: Examination) -> Published:
    """A file name is used once: the same content again changes nothing, other content is refused, good evidence or not.

    What was deleted stays so: saying yes to it would promise a file that nobody is offered.
    """
    if existing.deleted_at is not None:
        raise UploadRefused(Reason.FILE_EXISTS, f"{existing.filename} was deleted, and its name is never used again")
    if existing.sha256 != examination.artifact.sha256:
        raise UploadRefused(Reason.FILE_EXISTS, f"{existing.filename} already exists with other content")
    return Published(existing, repeated=True)


def _write_file(
    verdict: Accepted,
    record: VerdictRecord,
    distribution: Distribution,
    examination: Examination,
    package: Package,
    release: Release | None,
    token: Token,
) -> File:
    source = ReleaseSource.of(verdict.matched)
    if release is None:
        release = Release.objects.create(
            package=package,
            version=str(distribution.version),
            canonical_version=canonicalize_version(distribution.version),
            source_issuer=source.issuer,
            source_repository_id=source.repository_id,
            source_commit=source.commit,
        )
    artifact = examination.artifact
    file = File.objects.create(
        release=release,
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
    )
    audit.record(
        "accepted",
        package=str(package.pk),
        file=str(file.pk),
        artifact_sha256=file.sha256,
        verdict_digest=record.digest,
        level=verdict.level,
        account=token.account_id,
    )
    return file
