"""Decompression that counts as it goes, and stops. A bomb costs no more than its limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from registry.distribution.problems import malformed

MIB = 1024 * 1024

MAX_TOTAL = 1024 * MIB
"""Bytes that all members of a smaller archive together may hold; a larger one may unfold to :data:`LARGE_RATIO`."""

LARGE_RATIO = 8
"""How many times its own size any archive may unfold to. The largest real wheels, which are machine code, stay below 5."""

RATIO_FREE = 64 * MIB
"""Bytes up to which the ratio is not asked for: small files of repeated text compress by more, and cost nothing."""

MAX_RATIO = 50
"""How many times its compressed size an archive beyond that may unfold to, as on PyPI. Code and text stay near 5."""

CHUNK = 64 * 1024
"""Bytes that are in memory at a time."""

GZIP = 31
"""zlib's window bits for one gzip member (RFC 1952), whose checksum and length it verifies."""

RAW_DEFLATE = -15
"""zlib's window bits for a deflate stream without a wrapper (RFC 1951), as it stands in a ZIP archive."""


class Allowance:
    """How many bytes an archive may still unfold to. Takes the archive's own size in bytes."""

    def __init__(self, compressed_size: int) -> None:
        self._most = max(LARGE_RATIO * compressed_size, min(MAX_TOTAL, max(RATIO_FREE, MAX_RATIO * compressed_size)))
        self._left = self._most

    def spend(self, size: int) -> None:
        """Count decompressed bytes. Raises DistributionRefused as soon as they are too many."""
        self._left -= size
        if self._left < 0:
            raise malformed(f"The archive unfolds to more than {self._most} bytes, too many for its own size.")


def inflated(file: BinaryIO, length: int, window_bits: int, allowance: Allowance) -> Iterator[bytes]:
    """Yield what the next `length` bytes of a file decompress to, a chunk at a time.

    Raises DistributionRefused where they are damaged, cut short, unfold to too much, or hold anything beyond the one
    compressed stream: what one reader skips there, another one reads.
    """
    decoder = zlib.decompressobj(window_bits)
    unread = length
    while not decoder.eof:
        compressed = decoder.unconsumed_tail
        if not compressed:
            compressed = file.read(min(CHUNK, unread))
            unread -= len(compressed)
        try:
            piece = decoder.decompress(compressed, CHUNK)
        except zlib.error as error:
            raise malformed("The compressed data is damaged.") from error
        if not piece and not compressed:
            raise malformed("The compressed data ends too early.")
        allowance.spend(len(piece))
        yield piece
    if decoder.unused_data or decoder.unconsumed_tail or unread:
        raise malformed("Further data follows the end of the compressed data.")
