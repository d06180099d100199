"""A ZIP archive that has one meaning (APPNOTE 6.3).

Whether a reader goes by the central directory (zipfile, pip) or streams from the front by the local headers (uv), it
has to find the same members. So both must agree, and local records, central directory and end record must fill the
file without a gap. ZIP64 and comments are refused: no wheel within this registry's limits needs them, and they are
where readers part. One form of ZIP64 is in many wheels (whatever Bazel builds, protobuf for one) and leaves nothing to
differ on: sizes in a local header's extra field that are those of the header itself.
"""

from __future__ import annotations

import stat
import struct
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, Literal

from registry.distribution.members import MAX_MEMBERS, Member
from registry.distribution.problems import malformed, shown

MAX_DIRECTORY = 8 * 1024 * 1024
"""Bytes of the central directory: some 130 for each member are usual, and ansible's wheel of 20,877 has 2.7 million."""

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<3L")
_ZIP64_LOCATOR_SIZE = 20

_DESCRIPTOR_FOLLOWS = 0x0008
_UTF8 = 0x0800
_FLAGS = 0x0006 | _DESCRIPTOR_FOLLOWS | _UTF8
"""Flags that may be set; two say how hard the compressor tried. Not: encryption, patches, hidden headers."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""All that PyPI and every installer take."""

_ZIP64_SIZES = 0x0001
_EXTRA_CHANGES_MEANING = {_ZIP64_SIZES, 0x7075, 0x6C78}
"""ZIP64 sizes, Info-ZIP's second name for a member, and libarchive's second kind of it, by which a file is a symbolic link:
followed by some readers and ignored by others."""

_DOS_DIRECTORY = 0x10
"""The attribute by which some take a member for a directory, and so for empty, whatever its name."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A member, and where it lies: its data's offset and compressed size in bytes, whether deflated, and its CRC-32."""

    member: Member
    offset: int
    compressed_size: int
    deflated: bool
    crc: int


def zip_members(file: BinaryIO, size: int) -> list[ZipMember]:
    """Return the members of a ZIP archive of `size` bytes, in the order of their data.

    Raises DistributionRefused at the first thing that could be read in two ways.
    """
    directory_offset, count = _end_record(file, size)
    infos = sorted(_central_directory(file), key=lambda info: info.header_offset)
    if len(infos) != count:
        raise malformed(f"The ZIP archive says that it has {count} members and has {len(infos)}.")
    starts = [info.header_offset for info in infos] + [directory_offset]
    if starts[0] != 0:
        raise malformed("The ZIP archive does not begin at the beginning of the file.")
    return [_located(file, info, following) for info, (_, following) in zip(infos, pairwise(starts), strict=True)]


def _end_record(file: BinaryIO, size: int) -> tuple[int, int]:
    """Return the central directory's offset and the number of members."""
    file.seek(max(0, size - _END.size - _ZIP64_LOCATOR_SIZE))
    tail = file.read()
    if len(tail) < _END.size or tail[-_END.size :][:4] != b"PK\5\6":
        raise malformed("The file does not end where its ZIP archive ends, or is no ZIP archive.")
    _, disk, first_disk, here, count, length, offset, comment = _END.unpack(tail[-_END.size :])
    if disk or first_disk or here != count or comment or offset + length != size - _END.size:
        raise malformed("The end record of the ZIP archive does not fit the file.")
    # zipfile and others believe this record rather than the end record, even where it is a part of something else.
    if tail.startswith(b"PK\6\7") and len(tail) > _END.size:
        raise malformed("The ZIP archive is of the ZIP64 kind, which no wheel of a size taken here needs.")
    if count > MAX_MEMBERS or length > MAX_DIRECTORY:
        raise malformed(f"The archive has more than {MAX_MEMBERS} members, or too large a directory of them.")
    return offset, count


def _central_directory(file: BinaryIO) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise malformed(f"The directory of the ZIP archive is damaged: {shown(str(error))}.") from error


def _located(file: BinaryIO, info: zipfile.ZipInfo, following: int) -> ZipMember:
    """Return the member, having compared its local header with the directory's entry, up to the next one's offset."""
    _check_entry(info)
    file.seek(info.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise malformed(f"{shown(info.orig_filename)} has no local header.")
    _, _, flags, method, _, _, *sums, name_length, extra_length = _LOCAL.unpack(header)
    name, extra = file.read(name_length), file.read(extra_length)
    expected = [info.CRC, info.compress_size, info.file_size]
    sums_agree = sums == expected or (flags & _DESCRIPTOR_FOLLOWS and sums == [0, 0, 0])
    same = (flags, method, name) == (info.flag_bits, info.compress_type, info.orig_filename.encode())
    plain = not _changes_meaning(extra) or (not flags & _DESCRIPTOR_FOLLOWS and _repeats_sizes(extra, sums))
    if not same or not sums_agree or not plain:
        raise malformed(f"{shown(info.orig_filename)} has a local header that differs from the archive's directory.")
    offset = info.header_offset + _LOCAL.size + name_length + extra_length
    file.seek(offset + info.compress_size)
    _check_gap(file, info, following - offset - info.compress_size)
    deflated = info.compress_type == zipfile.ZIP_DEFLATED
    return ZipMember(_member(info), offset, info.compress_size, deflated, info.CRC)


def _check_entry(info: zipfile.ZipInfo) -> None:
    """Refuse what is not plain in a directory's entry. Its name is taken as it stands, not as zipfile trims it."""
    name = shown(info.orig_filename)
    if info.flag_bits & ~_FLAGS:
        raise malformed(f"{name} is encrypted, or stored in another unusual way.")
    if info.compress_type not in _METHODS:
        raise malformed(f"{name} is compressed with a method other than deflate.")
    if not info.flag_bits & _UTF8 and not info.orig_filename.isascii():
        raise malformed(f"{name} is not marked as UTF-8.")
    kind, is_directory = stat.S_IFMT(info.external_attr >> 16), info.orig_filename.endswith("/")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise malformed(f"{name} is neither a file nor a directory.")
    if not is_directory and (kind == stat.S_IFDIR or info.external_attr & _DOS_DIRECTORY):
        raise malformed(f"{name} is a file by its name, and a directory by its attributes.")
    if info.comment or _changes_meaning(info.extra):
        raise malformed(f"{name} carries a comment, or fields that some readers follow and others ignore.")
    if is_directory and info.file_size:
        raise malformed(f"{name} is a directory and yet has content.")


def _changes_meaning(extra: bytes) -> bool:
    """Return whether a member's extra field holds something that readers differ on, or stops at: one that is cut short."""
    while len(extra) >= 4:
        tag, length = struct.unpack("<HH", extra[:4])
        if tag in _EXTRA_CHANGES_MEANING or 4 + length > len(extra):
            return True
        extra = extra[4 + length :]
    return any(extra)


def _repeats_sizes(extra: bytes, sums: list[int]) -> bool:
    """Return whether an extra field only repeats, in ZIP64, the sizes of the header (its CRC, then sizes) that it is of.

    Before a data descriptor it would say more: that the descriptor's sizes are of 64 bits.
    """
    _, compressed_size, file_size = sums
    return extra == struct.pack("<HHQQ", _ZIP64_SIZES, 16, file_size, compressed_size)


def _check_gap(file: BinaryIO, info: zipfile.ZipInfo, length: int) -> None:
    """Refuse anything between a member's data and what follows, but the data descriptor that its flags announce."""
    sums = _DESCRIPTOR.pack(info.CRC, info.compress_size, info.file_size)
    allowed = {sums, b"PK\7\x08" + sums} if info.flag_bits & _DESCRIPTOR_FOLLOWS else {b""}
    if length not in {len(descriptor) for descriptor in allowed} or file.read(length) not in allowed:
        raise malformed(f"{shown(info.orig_filename)} is not followed at once by the next member.")


def _member(info: zipfile.ZipInfo) -> Member:
    kind: Literal["file", "directory"] = "directory" if info.orig_filename.endswith("/") else "file"
    return Member(info.orig_filename.removesuffix("/"), kind, info.file_size)
