"""What the members of an archive may be called, whichever kind of archive it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from registry.distribution.problems import FileProblem, archive_problem, malformed, shown, shown_some

MAX_MEMBERS = 65_000
"""Members of one archive. The most that a known package has are the 58,743 of ansible's sdist; a ZIP archive without ZIP64
has room for 65,534."""

MAX_PATH = 1024
"""Characters of one path. Windows takes 260."""

MAX_PATHS = 16 * 1024 * 1024
"""Characters of all paths and links' targets together, which are held in memory. Ansible's are 6 million."""

MAX_DEPTH = 64
"""Directories within one another: unpacking calls itself for each in many a tool, and no package is as deep."""

MAX_METADATA = 2 * 1024 * 1024
"""Bytes of a metadata file. It is held in memory, kept in the database and sent to everybody who resolves."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\\]")
"""Control characters, bytes that are not UTF-8 (as surrogates), and what Windows takes for a slash."""

Kind = Literal["file", "directory", "link", "hard link"]


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: its path without a trailing slash, what it is, and (a file's) decompressed size in bytes."""

    path: str
    kind: Kind
    size: int


def member_problems(members: Collection[Member]) -> tuple[FileProblem, ...]:
    """Return what is wrong with the members' paths: each by itself, and each beside the others."""
    problems = []
    unsafe = {member.path for member in members if not is_safe(member.path)}
    if unsafe:
        detail = "These paths are absolute, lead out of the archive, are too long or deep, or are not plain"
        problems.append(f"{detail}: {shown_some(unsafe)}.")
    # Sorted so that all that lies beneath a path follows it at once: no safe path has a character before the slash.
    ordered = sorted(members, key=lambda member: member.path.replace("/", "\0"))
    twice = {before.path for before, after in pairwise(ordered) if before.path == after.path}
    if twice:
        problems.append(f"These paths occur more than once: {shown_some(twice)}.")
    beneath = {
        after.path
        for before, after in pairwise(ordered)
        if before.kind != "directory" and after.path.startswith(f"{before.path}/")
    }
    if beneath:
        problems.append(f"These paths lie beneath something that is not a directory: {shown_some(beneath)}.")
    if clashing := set(_clashing(members)):
        detail = "On macOS or Windows, which do not tell case, each of these paths takes the place of another or goes through it"
        problems.append(f"{detail}: {shown_some(clashing)}.")
    return tuple(archive_problem(problem) for problem in problems)


def _clashing(members: Collection[Member]) -> Iterator[str]:
    """Yield the paths that are another file or link, or lie beneath one, only where a file system folds them.

    There the archive would be another one than here; and a link that stays inside as it is spelled might lead out.
    """
    ordered = sorted(members, key=lambda member: (_caseless(member.path).replace("/", "\0"), member.path))
    for before, after in pairwise(ordered):
        first, second = _caseless(before.path), _caseless(after.path)
        of_files = {before.kind, after.kind} != {"directory"}
        if first == second and before.path != after.path and of_files:
            yield after.path
        beneath = second.startswith(f"{first}/") and not after.path.startswith(f"{before.path}/")
        if beneath and before.kind != "directory":
            yield after.path


def other_spellings(paths: Iterable[str], described_by: Collection[str]) -> set[str]:
    """Return which paths are one of the others to a file system that does not tell case, as macOS and Windows have it.

    There whichever is unpacked last takes the other's place; elsewhere both stand. Windows also passes over dots and
    spaces at a name's end, and takes what follows a colon for a stream of the file; macOS does not tell how an accent is
    composed.
    """
    folded = {_folded(path) for path in described_by}
    return {path for path in paths if path not in described_by and _folded(path) in folded}


def _folded(path: str) -> str:
    return "/".join(part.partition(":")[0].rstrip(" .") for part in _caseless(path).split("/"))


def _caseless(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def is_safe(path: str) -> bool:
    """Return whether a path stays where it is unpacked, on every system, and is spelled in the one plain way."""
    parts = path.split("/")
    return (
        len(path) <= MAX_PATH
        and len(parts) <= MAX_DEPTH
        and not _UNSAFE.search(path)
        and not any(part in {"", ".", ".."} for part in parts)
        and ":" not in parts[0]  # a drive of Windows
    )


def link_stays_inside(path: str, target: str) -> bool:
    """Return whether a symbolic link leads to a place in the same top directory (PEP 721).

    `..` may only stand at the beginning. Nothing lies beneath a link (`member_problems`), so those steps climb real
    directories, and whatever links the rest runs through obey this rule too: no chain of links leads out.
    """
    parts = target.split("/")
    climbs = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    depth = path.count("/")
    below = "/".join(parts[climbs:])
    return climbs < depth and (is_safe(below) if below else climbs > 0)


def small_content(member: Member, pieces: Iterable[bytes], limit: int) -> bytes:
    """Return a member's content. Raises DistributionRefused where it is larger than `limit` bytes."""
    if member.size > limit:
        raise malformed(f"{shown(member.path)} is larger than {limit} bytes.")
    return b"".join(pieces)
