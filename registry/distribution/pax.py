"""The headers before a header: pax records (POSIX.1-2001) and GNU's long names."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass

from registry.distribution.problems import malformed, shown

MAX_EXTENSION = 64 * 1024
"""Bytes of one such header. They hold a path and a few times and owners, some hundred bytes in all."""

_CHANGES_MEANING = ("hdrcharset", "GNU.sparse.")
"""Records by which a member's bytes or names would be read differently by those who know them and those who do not.
Within this registry's limits no member needs them. Nor does one need a size here, but uv's build backend repeats the
header's for each member; where it is another one, the archive has two meanings."""

_OF_ONE_MEMBER = frozenset({"path", "linkpath", "size"})

_BEFORE_A_MEMBER = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK})

_READ_LENGTH = 10
"""Digits and space of a record's length: more than `MAX_EXTENSION` needs."""


@dataclass(slots=True)
class Extension:
    """What was announced for the next member: its path, a link's target and its size in decimal digits, or None."""

    path: str | None = None
    linkpath: str | None = None
    size: str | None = None

    def announce(self, key: str, value: str) -> None:
        """Note what a header says. Raises DistributionRefused for a second word on it: readers differ on which counts."""
        if getattr(self, key) is not None:
            raise malformed(f"Two extended headers of the tar archive give one member its {key}.")
        setattr(self, key, value)

    def apply(self, header: tarfile.TarInfo) -> None:
        """Set the member's path and link target to what was announced. Raises DistributionRefused for another size."""
        if self.size not in {None, str(header.size)}:
            raise malformed(f"An extended header of the tar archive gives {shown(header.name)} another size.")
        if self.path is not None:
            header.name = self.path
        if self.linkpath is not None:
            header.linkname = self.linkpath


def read_extension(header: tarfile.TarInfo, read: Callable[[int], bytes], extension: Extension) -> bool:
    """Return whether this is a header before a header; if so, read what it says from the stream into `extension`.

    Raises DistributionRefused where it is damaged, too large, or changes how the archive is to be read.
    """
    if extension.size is not None and header.type in _BEFORE_A_MEMBER:
        raise malformed("The size in an extended header of the tar archive stands before yet another header.")
    match header.type:
        case tarfile.XHDTYPE:
            for key, value in _records(_body(header, read)):
                if key in _OF_ONE_MEMBER:
                    extension.announce(key, value)
        case tarfile.XGLTYPE:
            if any(key in _OF_ONE_MEMBER for key, _ in _records(_body(header, read))):
                raise malformed("A global header of the tar archive gives all members one name or size.")
        case tarfile.GNUTYPE_LONGNAME:
            extension.announce("path", _long_name(_body(header, read)))
        case tarfile.GNUTYPE_LONGLINK:
            extension.announce("linkpath", _long_name(_body(header, read)))
        case _:
            return False
    return True


def _body(header: tarfile.TarInfo, read: Callable[[int], bytes]) -> bytes:
    if not 0 <= header.size <= MAX_EXTENSION:
        raise malformed(f"An extended header of the tar archive is larger than {MAX_EXTENSION} bytes.")
    body = read(header.size)
    read(-header.size % tarfile.BLOCKSIZE)
    return body


def _records(body: bytes) -> list[tuple[str, str]]:
    """Return the `length key=value` records of a pax header."""
    records = []
    position = 0
    while position < len(body):
        digits, _, _ = body[position : position + _READ_LENGTH].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        record = body[position : position + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if len(record) != length or not record.endswith(b"\n") or not equals:
            raise malformed("An extended header of the tar archive is damaged.")
        records.append((_text(key), _text(value)))
        position += length
    if any(key.startswith(_CHANGES_MEANING) for key, _ in records):
        raise malformed("An extended header of the tar archive changes how its members are to be read.")
    return records


def _long_name(body: bytes) -> str:
    name, _, rest = body.partition(b"\0")
    if any(rest):
        raise malformed("A long name of the tar archive goes on behind its end.")
    return _text(name)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
