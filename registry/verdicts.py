"""Verdicts as they are kept: the document, and the evidence exactly as it was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import connection
from django.utils import timezone

from expectations.columns import Columns
from expectations.models import DocumentVersion
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
    reports = judged.verdict.attestations
    values = [
        *_RECORD.values(record),
        record.pk,
        [each.digest for each in reports],
        [each.role.value for each in reports],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_VERDICT, values)
    _RECORD.written(record)
    return record


_RECORD = Columns(VerdictRecord, "v")
_WRITE_VERDICT = f"""
WITH verdict AS ({_RECORD.insert})
INSERT INTO public.registry_verdictevidence (verdict_id, position, evidence_id, role)
SELECT %s, looked_at.number - 1, looked_at.digest, looked_at.role
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS looked_at (digest, role, number)
"""  # noqa: S608  (the model's own columns)
_KEEP_EVIDENCE = """
INSERT INTO public.registry_evidence (sha256, content, received_at)
SELECT sent.digest, sent.content, %s FROM unnest(%s::text[], %s::bytea[]) AS sent (digest, content)
ON CONFLICT DO NOTHING
"""


def keep_evidence(judged: Judged) -> None:
    """Write the evidence once, in the order of its digests, so that two uploads of the same never wait for each other."""
    parts = sorted({digest_of(part): part for part in judged.evidence}.items())
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_EVIDENCE, [timezone.now(), [digest for digest, _ in parts], [part for _, part in parts]])


def to_result(verdict: Verdict) -> str:
    """Return the word that a verdict is kept under."""
    return type(verdict).__name__.lower()
