"""Source distributions: a gzipped tar archive with one top directory and PKG-INFO in it (PEP 517, PEP 625)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from registry.distribution.contents import Contents
from registry.distribution.filename import DistributionFilename, parse_stem
from registry.distribution.inflation import GZIP, Allowance, inflated
from registry.distribution.members import (
    MAX_MEMBERS,
    MAX_METADATA,
    MAX_PATHS,
    Member,
    link_stays_inside,
    member_problems,
    other_spellings,
    small_content,
)
from registry.distribution.problems import FileProblem, archive_problem, malformed, shown, shown_some
from registry.distribution.tar_stream import ByteStream, tar_members

GZIP_MAGIC = b"\x1f\x8b"

MAX_LINKS = 8
"""How many links are followed from one to the next; more than one is rare already."""


def read_sdist(path: Path, named: DistributionFilename) -> Contents:
    """Return an sdist's PKG-INFO and what is wrong with the archive.

    Raises DistributionRefused where the archive cannot be read to its end.
    """
    with path.open("rb") as file:
        if file.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
            raise malformed("A .tar.gz file is compressed with gzip; this one is not.")
        if _is_zip(file):
            raise malformed("The file can be read as a ZIP archive as well.")
        return _read_tar(file, path.stat().st_size, named)


def _is_zip(file: BinaryIO) -> bool:
    """Return whether the file ends in a ZIP archive, however damaged.

    Many a pip (23.2, say) asks zipfile the same first, whatever the file's name, and installs what the ZIP holds.
    """
    try:
        return zipfile.is_zipfile(file)
    except zipfile.BadZipFile:
        return True


def _read_tar(file: BinaryIO, size: int, named: DistributionFilename) -> Contents:
    file.seek(0)
    stream = ByteStream(inflated(file, size, GZIP, Allowance(size)))
    members: list[Member] = []
    files: set[str] = set()
    links: dict[str, str] = {}
    astray: set[str] = set()
    metadata: bytes | None = None
    named_by = 0
    for member, header, content in tar_members(stream):
        if len(members) == MAX_MEMBERS:
            raise malformed(f"The archive has more than {MAX_MEMBERS} members.")
        named_by += len(member.path) + len(header.linkname)
        if named_by > MAX_PATHS:
            raise malformed(f"The paths in the archive have more than {MAX_PATHS} characters together.")
        members.append(member)
        if member.kind == "link":
            links[member.path] = header.linkname
        elif member.kind == "file" or (member.kind == "hard link" and header.linkname in files):
            files.add(member.path)
        if not _leads_inside(member, header.linkname, files):
            astray.add(f"{member.path} -> {header.linkname}")
        # Only the first is read. A second one lies in another top directory, which is refused below.
        if metadata is None and _is_metadata(member):
            metadata = small_content(member, content, MAX_METADATA)
    problems = [*member_problems(members), *_layout_problems(members, named)]
    if astray:
        problems.append(
            archive_problem(
                f"These links lead out of the archive, or are hard ones to no file before them: {shown_some(astray)}."
            )
        )
    present = files | {path for path in links if _end_of(path, links) in files}
    return Contents(metadata, tuple(problems), frozenset(path.partition("/")[2] for path in present))


def _leads_inside(member: Member, target: str, files: Collection[str]) -> bool:
    """Return whether a member is no link, or a symbolic one to somewhere within, or a hard one to a file that came before it.

    flit, hatchling, pdm-backend and poetry-core write a hard link for the second of two files that the file system has as one.
    """
    match member.kind:
        case "link":
            return link_stays_inside(member.path, target)
        case "hard link":
            return target in files
        case _:
            return True


def _end_of(path: str, links: Mapping[str, str]) -> str:
    """Return where a link leads at last, or somewhere on the way where that is far: readers give up too."""
    for _ in range(MAX_LINKS):
        if path not in links:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return path


def _is_metadata(member: Member) -> bool:
    return member.kind == "file" and member.path.count("/") == 1 and member.path.endswith("/PKG-INFO")


def _layout_problems(members: list[Member], named: DistributionFilename) -> Iterator[FileProblem]:
    tops = {member.path.partition("/")[0] for member in members}
    if len(tops) != 1:
        found = shown_some(tops) if tops else "nothing"
        yield archive_problem(f"An sdist holds exactly one top directory, {shown(named.stem)}; this one holds {found}.")
    elif parse_stem(top := tops.pop()) != (named.name, named.version):
        yield archive_problem(f"The sdist's top directory is called {shown(top)}, and not {shown(named.stem)}.")
    described_by = {member.path for member in members if _is_metadata(member)}
    if not described_by:
        yield archive_problem("The sdist has no file PKG-INFO in its top directory.")
    if others := other_spellings((member.path for member in members), described_by):
        yield archive_problem(f"On some systems these would describe the sdist instead: {shown_some(others)}.")
