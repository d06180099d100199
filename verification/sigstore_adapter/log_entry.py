"""Transparency log entries: what sigstore 4.5.1 does not ask of them, and what their log has signed.

It lets pass what nobody has signed: an index outside the proof, a time without a promise, a promise without a time, a
tree size other than the checkpoint's, and anything between the lines of a checkpoint.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.trust import RekorKeyring
from sigstore._utils import KeyID
from sigstore.errors import VerificationError
from sigstore.models import TransparencyLogEntry
from sigstore_models.rekor.v1 import InclusionProof

from verification import strict_base64
from verification.canonical import MAX_SAFE_INTEGER
from verification.sigstore_adapter.outcome import NotAuthentic
from verification.sigstore_adapter.promised_bundle import PromisedEntry

_PROMISING = frozenset({("dsse", "0.0.1"), ("intoto", "0.0.2"), ("hashedrekord", "0.0.1")})
"""Entries of Rekor v1 for DSSE envelopes: the log promises to include them, and says when."""

_PROVEN = frozenset({("hashedrekord", "0.0.2")})
"""Entries of Rekor v2: included before they are returned, with no promise and no time."""

_CHECKPOINT = re.compile(
    r"(?P<note>[^\n]+\n(?P<size>0|[1-9][0-9]{0,19})\n(?P<root>[^\n]+)\n(?:[^\n]+\n)*)\n"
    r"(?P<signatures>(?:\N{EM DASH} [^ \n]+ [^ \n]+\n)+)"
)
"""A signed note over origin, size and root (C2SP tlog-checkpoint and signed-note)."""

MAX_CHECKPOINT = 16_384
"""Longest checkpoint. With the signatures of a dozen witnesses it has two thousand characters."""


def check_entry(entry: TransparencyLogEntry) -> None:
    """Raise NotAuthentic where the entry is of a kind nobody checks, or says when it was taken without its log's word."""
    inner = entry._inner
    kind = (inner.kind_version.kind, inner.kind_version.version)
    if kind not in _PROMISING and kind not in _PROVEN:
        raise NotAuthentic(f"a log entry of kind {'/'.join(kind)[:60]!a}, which is none of a DSSE envelope")
    promised = inner.inclusion_promise is not None
    if promised != bool(inner.integrated_time):
        raise NotAuthentic("the log entry has a time without a promise that signs it, or a promise without its time")
    if promised and kind in _PROVEN:
        raise NotAuthentic("a log entry of Rekor v2 with a promise, which that log does not make")


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


def verify_entry(entry: TransparencyLogEntry, logs: RekorKeyring) -> None:
    """Verify the proof that the entry is in its log, under a checkpoint that the log signed, and the log's promise.

    Every entry but a v0.1 bundle's promised one has a proof; a promise is verified wherever there is one. Raises
    NotAuthentic, or sigstore's VerificationError.
    """
    inner = entry._inner
    promised = inner.inclusion_promise is not None
    if not isinstance(entry, PromisedEntry):
        # Rekor v1 counts its index over all of its trees, and signs it with the promise; the proof's is of one tree.
        if not promised and inner.log_index != inner.inclusion_proof.log_index:
            raise NotAuthentic("the log entry's index is not the one that is proven")
        _verify_checkpoint(inner.inclusion_proof, inner.log_id.key_id, logs)
        verify_merkle_inclusion(entry)
    if promised:
        _verify_promise(entry, logs)


def _verify_checkpoint(proof: InclusionProof, log_id: bytes, logs: RekorKeyring) -> None:
    """The proof is for the tree, and leads to the root, that the log has signed."""
    text = proof.checkpoint.envelope if proof.checkpoint is not None else ""
    parts = _CHECKPOINT.fullmatch(text) if len(text) <= MAX_CHECKPOINT else None
    if parts is None:
        raise NotAuthentic("the log entry's checkpoint is not a signed note over a tree's size and root")
    try:
        root = strict_base64.decode(parts["root"])
        signatures = [strict_base64.decode(line.rpartition(" ")[2]) for line in parts["signatures"].splitlines()]
    except ValueError as error:
        raise NotAuthentic("the log entry's checkpoint is not in strict base64") from error
    if int(parts["size"]) != proof.tree_size:
        raise NotAuthentic("the log entry's proof is for a tree of another size than its checkpoint")
    if root != proof.root_hash:
        raise NotAuthentic("the log entry's proof has another root hash than its checkpoint")
    # Each signature begins with a hint of its key; witnesses have signed beside the log.
    of_log = next((signature[4:] for signature in signatures if signature[:4] == log_id[:4]), None)
    if of_log is None:
        raise NotAuthentic("the log entry's checkpoint is not signed by the log that the entry names")
    try:
        logs.verify(key_id=KeyID(log_id), signature=of_log, data=parts["note"].encode())
    except VerificationError as error:
        raise NotAuthentic("the log entry's checkpoint has no valid signature of its log") from error


def _verify_promise(entry: TransparencyLogEntry, logs: RekorKeyring) -> None:
    inner = entry._inner
    assert inner.inclusion_promise is not None
    try:
        signature = inner.inclusion_promise.signed_entry_timestamp
        logs.verify(key_id=KeyID(inner.log_id.key_id), signature=signature, data=_promised(entry))
    except VerificationError as error:
        raise NotAuthentic("the log's inclusion promise is not signed by it") from error


def _promised(entry: TransparencyLogEntry) -> bytes:
    """Return what the promise signs: RFC 8785's form of four members, which hold nothing that has to be escaped."""
    inner = entry._inner
    moment, index = inner.integrated_time, inner.log_index
    if moment is None or max(moment, index) > MAX_SAFE_INTEGER:
        raise NotAuthentic("the log's inclusion promise is of a number that has no canonical form")
    body, log_id = base64.b64encode(inner.canonicalized_body), inner.log_id.key_id.hex().encode()
    return b'{"body":"%b","integratedTime":%d,"logID":"%b","logIndex":%d}' % (body, moment, log_id, index)
