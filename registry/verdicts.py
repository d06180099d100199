"""Verdicts as they are kept: the document, and the evidence exactly as it was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from expectations.models import DocumentVersion
from registry.models import Evidence, Package, VerdictEvidence, VerdictRecord
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
    document = canonical(to_document(judged.verdict))
    record = VerdictRecord.objects.create(
        package=package,
        result=to_result(judged.verdict),
        document=document.decode(),
        digest=sha256_hex(document),
        expectation=judged.expectation,
        roots=judged.roots,
        policy=judged.policy,
    )
    VerdictEvidence.objects.bulk_create(
        VerdictEvidence(verdict=record, position=position, evidence_id=report.digest, role=report.role.value)
        for position, report in enumerate(judged.verdict.attestations)
    )
    return record


def keep_evidence(judged: Judged) -> None:
    """Write the evidence once, in the order of its digests, so that two uploads of the same never wait for each other."""
    parts = {digest_of(part): part for part in judged.evidence}
    Evidence.objects.bulk_create(
        [Evidence(sha256=digest, content=part) for digest, part in sorted(parts.items())], ignore_conflicts=True
    )


def to_result(verdict: Verdict) -> str:
    """Return the word that a verdict is kept under."""
    return type(verdict).__name__.lower()
