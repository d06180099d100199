"""The occurrences of Google Cloud Build's JSON: one signed by a known key is enough."""

from __future__ import annotations

from verification.bundle import EvidenceRefused, GoogleCloudBuildProvenance, parse
from verification.examination import Examined
from verification.reasons import Reason, Step
from verification.verdict import Outcome


def without_unsigned_occurrences(
    parts: tuple[bytes, ...], examined: tuple[Examined, ...]
) -> tuple[tuple[bytes, ...], tuple[Examined, ...]]:
    """Leave out the occurrences that no known key signed, where another one is sound; return what counts as evidence.

    Google lists every provenance that it has of a file, of several formats and under old and new keys, and whoever sends the
    list chose none of it. An occurrence that nobody known signed is nobody's word: it is neither believed, nor kept, nor
    served. Every other kind of evidence is chosen by its sender, and refuses (trust rules, "Evidence" 1).
    """
    if len(examined) < 2:
        return parts, examined
    unknown = [
        _is_signed_by_nobody_known(one) and _is_occurrence(part) for part, one in zip(parts, examined, strict=True)
    ]
    sound = any(one.sound and _is_occurrence(part) for part, one in zip(parts, examined, strict=True) if any(unknown))
    if not sound:
        return parts, examined
    kept = [position for position, leave_out in enumerate(unknown) if not leave_out]
    return tuple(parts[position] for position in kept), tuple(examined[position] for position in kept)


def _is_signed_by_nobody_known(examined: Examined) -> bool:
    reasons = {check.step: check.reason for check in examined.checks if check.outcome is Outcome.FAILED}
    reached = {check.step for check in examined.checks if check.outcome is not Outcome.NOT_REACHED}
    return reasons == {Step.SIGNER: Reason.SIGNER_UNKNOWN} and Step.AUTHENTIC not in reached


def _is_occurrence(part: bytes) -> bool:
    try:
        return isinstance(parse(part), GoogleCloudBuildProvenance)
    except EvidenceRefused:
        return False
