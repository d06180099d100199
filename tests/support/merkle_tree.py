"""Merkle trees as transparency logs build them (RFC 6962, section 2.1): the root, and the way to it from one leaf."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root over at least one leaf."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = _split(len(leaves))
    return hashlib.sha256(b"\x01" + root_hash(leaves[:split]) + root_hash(leaves[split:])).digest()


def audit_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the hashes that lead from the leaf at the index to the root, lowest first."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*audit_path(index, leaves[:split]), root_hash(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), root_hash(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
