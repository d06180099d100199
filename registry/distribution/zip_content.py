"""The content of a ZIP archive's members, read exactly: no byte less than is declared, and none more."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from registry.distribution.inflation import CHUNK, RAW_DEFLATE, Allowance, inflated
from registry.distribution.problems import malformed, shown
from registry.distribution.zip_layout import ZipMember


def zip_content(file: BinaryIO, entry: ZipMember, allowance: Allowance) -> Iterator[bytes]:
    """Yield a member's content, a chunk at a time.

    Raises DistributionRefused where its size or checksum is not the declared one (zipfile would cut the rest off), or
    where it takes more than the allowance.
    """
    file.seek(entry.offset)
    size = crc = 0
    for piece in _pieces(file, entry, allowance):
        size += len(piece)
        if size > entry.member.size:
            break
        crc = zlib.crc32(piece, crc)
        yield piece
    if (size, crc) != (entry.member.size, entry.crc):
        raise malformed(f"{shown(entry.member.path)} is not of the size or checksum that the archive declares.")


def _pieces(file: BinaryIO, entry: ZipMember, allowance: Allowance) -> Iterator[bytes]:
    if entry.deflated:
        yield from inflated(file, entry.compressed_size, RAW_DEFLATE, allowance)
        return
    unread = entry.compressed_size
    while unread and (piece := file.read(min(CHUNK, unread))):
        unread -= len(piece)
        allowance.spend(len(piece))
        yield piece
