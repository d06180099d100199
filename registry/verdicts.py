"""Verdicts as they are kept: the document, and the evidence exactly as it was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone

from expectations.columns import Columns
from expectations.models import DocumentVersion
from expectations.statements import Asked, Statement, together
from registry.models import Package, VerdictRecord
from verification.bundle import digest_of
from verification.canonical import canonical, sha256_hex
from verification.verdict import Verdict
from verification.verdict_document import to_document


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what it was reached over: the evidence as sent, and the versions in force then."""

    verdict: Verdict
    evidence: tuple[bytes, ...]
    expectation: DocumentVersion | None
    roots: DocumentVersion
    policy: DocumentVersion

    def under(self, expectation: DocumentVersion) -> Judged:
        """Return the same, under the expectation that first use has just put in force."""
        return replace(self, expectation=expectation)


def record_verdict(judged: Judged, *, package: Package) -> VerdictRecord:
    """Write a verdict over evidence that is kept already, in the caller's transaction."""
    record, asked = recording(judged, package=package)
    together(*asked)
    return record


def recording(judged: Judged, *, package: Package) -> tuple[VerdictRecord, list[Asked]]:
    """Return a verdict's row and what writes it. To be sent, for the row says that it is done."""
    document = canonical(to_document(judged.verdict))
    record = VerdictRecord(
        package=package,
        result=to_result(judged.verdict),
        document=document.decode(),
        digest=sha256_hex(document),
        expectation=judged.expectation,
        roots=judged.roots,
        policy=judged.policy,
        created_at=timezone.now(),
    )
    asked = [_WRITE_VERDICT(*_RECORD.values(record))]
    asked += (
        _WRITE_REPORT(record.pk, position, report.digest, report.role.value)
        for position, report in enumerate(judged.verdict.attestations)
    )
    _RECORD.written(record)
    return record, asked


_RECORD = Columns(VerdictRecord, "v")
_WRITE_VERDICT = Statement(_RECORD.insert)
_WRITE_REPORT = Statement(
    "INSERT INTO public.registry_verdictevidence (verdict_id, position, evidence_id, role) VALUES (%s, %s, %s, %s)"
)
_KEEP = Statement(
    "INSERT INTO public.registry_evidence (sha256, content, received_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)


def keep_evidence(judged: Judged) -> None:
    """Write the evidence in the caller's transaction."""
    together(*keeping(judged))


def keeping(judged: Judged) -> list[Asked]:
    """Return what writes the evidence, once, in the order of its digests: two uploads of the same never wait for each other."""
    parts = {digest_of(part): part for part in judged.evidence}
    return [_KEEP(digest, parts[digest], timezone.now()) for digest in sorted(parts)]


def to_result(verdict: Verdict) -> str:
    """Return the word that a verdict is kept under."""
    return type(verdict).__name__.lower()
