"""What sigstore 4.5.1 does not ask of a transparency log entry.

It lets pass what nobody has signed: an index outside the proof, a time without a promise, a promise without a time, a
tree size other than the checkpoint's, and anything between the lines of a checkpoint.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sigstore.models import TransparencyLogEntry
from sigstore_models.rekor.v1 import InclusionProof

from verification import strict_base64
from verification.sigstore_adapter.outcome import NotAuthentic
from verification.sigstore_adapter.promised_bundle import PromisedEntry

_PROMISING = frozenset({("dsse", "0.0.1"), ("intoto", "0.0.2"), ("hashedrekord", "0.0.1")})
"""Entries of Rekor v1 for DSSE envelopes: the log promises to include them, and says when."""

_PROVEN = frozenset({("hashedrekord", "0.0.2")})
"""Entries of Rekor v2: included before they are returned, with no promise and no time."""

_CHECKPOINT = re.compile(
    r"[^\n]+\n(?P<size>0|[1-9][0-9]{0,19})\n(?P<root>[^\n]+)\n(?:[^\n]+\n)*\n(?P<signatures>(?:\N{EM DASH} [^ \n]+ [^ \n]+\n)+)"
)
"""A signed note over origin, size and root (C2SP tlog-checkpoint and signed-note)."""

MAX_CHECKPOINT = 16_384
"""Longest checkpoint. With the signatures of a dozen witnesses it has two thousand characters."""


def check_entry(entry: TransparencyLogEntry) -> None:
    """Raise NotAuthentic where the entry says something that its log has not signed, or is of a kind nobody checks."""
    inner = entry._inner
    kind = (inner.kind_version.kind, inner.kind_version.version)
    if kind not in _PROMISING | _PROVEN:
        raise NotAuthentic(f"a log entry of kind {'/'.join(kind)[:60]!a}, which is none of a DSSE envelope")
    promised = inner.inclusion_promise is not None
    if promised != bool(inner.integrated_time):
        raise NotAuthentic("the log entry has a time without a promise that signs it, or a promise without its time")
    if promised and kind in _PROVEN:
        raise NotAuthentic("a log entry of Rekor v2 with a promise, which that log does not make")
    if not isinstance(entry, PromisedEntry):
        _check_proof(inner.log_index, inner.inclusion_proof, promised=promised)


def integrated_at(entry: TransparencyLogEntry) -> datetime | None:
    """Return when the log says that it took the entry, which its promise signs; None where it makes no promise.

    Raises NotAuthentic for a moment that no calendar holds.
    """
    seconds = entry._inner.integrated_time
    if entry._inner.inclusion_promise is None or not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise NotAuthentic("the log entry's time is none of any calendar") from error


def _check_proof(log_index: int, proof: InclusionProof, *, promised: bool) -> None:
    # Rekor v1 counts its index over all of its trees, and signs it with the promise; the proof's is of one tree.
    if not promised and log_index != proof.log_index:
        raise NotAuthentic("the log entry's index is not the one that is proven")
    if proof.checkpoint is None:
        raise NotAuthentic("the log entry's proof has no checkpoint")
    _check_checkpoint(proof.checkpoint.envelope, proof.tree_size)


def _check_checkpoint(text: str, tree_size: int) -> None:
    parts = _CHECKPOINT.fullmatch(text) if len(text) <= MAX_CHECKPOINT else None
    if parts is None:
        raise NotAuthentic("the log entry's checkpoint is not a signed note over a tree's size and root")
    try:
        strict_base64.decode(parts["root"])
        for line in parts["signatures"].splitlines():
            strict_base64.decode(line.rpartition(" ")[2])
    except ValueError as error:
        raise NotAuthentic("the log entry's checkpoint is not in strict base64") from error
    if int(parts["size"]) != tree_size:
        raise NotAuthentic("the log entry's proof is for a tree of another size than its checkpoint")
