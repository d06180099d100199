"""A tar archive read once, from front to back, with one meaning (POSIX.1-2001 pax, and GNU's long names).

`tarfile.TarInfo.frombuf` reads the headers. `tarfile.TarFile` does not read the stream: it takes a damaged header for
the end, sums up pax headers with regular expressions that hostile ones hold up for hours (CVE-2024-6232), follows
negative sizes backwards (CVE-2025-8194), and calls itself for every header before a header.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator

from registry.distribution.members import MAX_MEMBERS, MAX_PATH, Kind, Member
from registry.distribution.pax import Extension, read_extension
from registry.distribution.problems import malformed, shown

BLOCK = tarfile.BLOCKSIZE

MAX_HEADERS = 3 * MAX_MEMBERS
"""A member's own header and two before it: no writer has use for more."""

_KINDS: dict[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "link",
    tarfile.LNKTYPE: "hard link",
}
"""What an sdist may hold. Not devices and pipes (PEP 721), nor sparse files, which readers treat each in their own way and
which no build backend writes."""


_POSIX = b"ustar\x0000"
_GNU = b"ustar  \0"
"""Magic and version of a header. Only to a POSIX one does a prefix belong, which stands before the name; where GNU tar
keeps times, Python's tarfile takes them for a prefix, and uv does not. Without either, readers differ on long names."""

_SIZE = re.compile(rb" *[0-7]*[ \0]*|[\x80\xff].{11}", re.DOTALL)
"""An octal number, or a binary one. `tarfile` also takes 1_2 and 0o12, of which others read as much as they understand."""


class ByteStream:
    """Pieces of bytes, read as a stream."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes as they come. Raises DistributionRefused where there are not as many."""
        while size:
            if not self._buffer:
                self._buffer = next(self._pieces, b"") or self._refill()
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes. Raises DistributionRefused where there are not as many."""
        return b"".join(self.pieces(size))

    def rest(self) -> Iterator[bytes]:
        """Yield all that is left."""
        yield self._buffer
        yield from self._pieces

    def _refill(self) -> bytes:
        for piece in self._pieces:
            if piece:
                return piece
        raise malformed("The tar archive ends too early.")


def tar_members(stream: ByteStream) -> Iterator[tuple[Member, tarfile.TarInfo, Iterator[bytes]]]:
    """Yield every member, its header and its content, which can be read until the next one is asked for.

    Raises DistributionRefused at the first thing that could be read in two ways.
    """
    extension = Extension()
    for header in _headers(stream):
        if read_extension(header, stream.read, extension):
            continue
        extension.apply(header)
        extension = Extension()
        member = _member(header)
        content = stream.pieces(member.size)
        yield member, header, content
        _exhaust(content)
        stream.read(-member.size % BLOCK)
    if extension != Extension():
        raise malformed("The tar archive ends after a header that announces another one.")


def _headers(stream: ByteStream) -> Iterator[tarfile.TarInfo]:
    """Yield the headers up to the end mark; whoever iterates reads what belongs to each from the stream."""
    for _ in range(MAX_HEADERS):
        block = stream.read(BLOCK)
        if not any(block):
            if any(any(piece) for piece in stream.rest()):
                raise malformed("Further data follows the end of the tar archive.")
            return
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.TarError as error:
            raise malformed("A header of the tar archive is damaged.") from error
        _check_form(block, header)
        yield header
    raise malformed(f"The tar archive has more than {MAX_HEADERS} headers.")


def _check_form(block: bytes, header: tarfile.TarInfo) -> None:
    """Refuse a header that says one thing to one reader and another to the next."""
    magic, has_prefix = block[257:265], block[345] != 0
    if magic not in {_POSIX, _GNU} or (has_prefix and magic != _POSIX):
        raise malformed(f"The header of {shown(header.name)} is of neither the POSIX form nor GNU's.")
    # By the trailing slash of its name alone, an old header's file is a directory to some.
    if not _SIZE.fullmatch(block[124:136]) or header.type != block[156:157]:
        raise malformed(f"The header of {shown(header.name)} has a size or type that readers differ on.")


def _member(header: tarfile.TarInfo) -> Member:
    kind = _KINDS.get(header.type)
    if kind is None:
        raise malformed(f"{shown(header.name)} is neither a file nor a directory nor a link.")
    # At once: a long name takes as little room in the file as it likes, and all of them are held in memory.
    if len(header.name) > MAX_PATH or len(header.linkname) > MAX_PATH:
        raise malformed(f"{shown(header.name)} has a path, or a link's target, of more than {MAX_PATH} characters.")
    if header.size < 0 or (kind != "file" and header.size > 0):
        raise malformed(f"{shown(header.name)} has a size that it cannot have.")
    return Member(header.name.removesuffix("/") if kind == "directory" else header.name, kind, header.size)


def _exhaust(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass
