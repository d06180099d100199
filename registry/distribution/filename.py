"""What a distribution's file name says (PEP 427 for wheels, PEP 625 for sdists)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from packaging.tags import Tag, parse_tag
from packaging.utils import (
    BuildTag,
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from registry.distribution.problems import DistributionRefused, FileProblem, shown
from verification.reasons import Reason
from verification.subject import MAX_TAGS

FileType = Literal["sdist", "bdist_wheel"]

MAX_BYTES = 255
"""The longest name that common file systems can store, so that every mirror can hold the file."""

_CHARACTERS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
"""All that names, versions (PEP 440) and tags (PEP 425) are made of. Slashes, control characters and a leading dot
are left out by it, with all else that a shell, a URL or a header would read as something of its own."""


@dataclass(frozen=True, slots=True)
class DistributionFilename:
    """A file name, taken apart. `stem` is it without its extension; `build` and `tags` are empty for an sdist."""

    filename: str
    stem: str
    filetype: FileType
    name: NormalizedName
    version: Version
    build: BuildTag = ()
    tags: frozenset[Tag] = frozenset()


def parse_filename(filename: str) -> DistributionFilename:
    """Return what the name says. Raises DistributionRefused where it is no sdist's or wheel's name at all.

    What is wrong with a name that can be read is told by `filename_problems`.
    """
    if len(filename) > MAX_BYTES or not _CHARACTERS.fullmatch(filename):
        raise _refused(
            f"A file name is at most {MAX_BYTES} ASCII letters, digits and . _ - + !, beginning with a letter or a "
            f"digit: {shown(filename)} is not."
        )
    try:
        if filename.endswith(".whl"):
            return _wheel_filename(filename)
        if filename.endswith(".tar.gz"):
            return _sdist_filename(filename)
    # ValueError: digits of a version may be too many for Python to make a number of, or tags too many to be told apart.
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidName, ValueError) as error:
        raise _refused(f"{shown(filename)} is no distribution's file name: {shown(str(error))}.") from error
    raise _refused(f"A file name ends in .whl or .tar.gz: {shown(filename)} does not.")


def filename_problems(named: DistributionFilename) -> tuple[FileProblem, ...]:
    """Return what is wrong with a name that can be read."""
    problems = []
    if named.version.local is not None:
        problems.append(
            f"{named.version} is a local version. Those are for builds that stay where they were made and are not "
            "published on an index (PEP 440)."
        )
    if named.filetype == "sdist" and named.filename != sdist_filename(named.name, named.version):
        problems.append(
            f"{shown(named.filename)} is not spelled as PEP 625 demands: name the file "
            f"{sdist_filename(named.name, named.version)}. Current build backends do."
        )
    return tuple(FileProblem(Reason.FILENAME_INVALID, problem) for problem in problems)


def sdist_filename(name: NormalizedName, version: Version) -> str:
    """Return how PEP 625 has an sdist called: normalized name with underscores, and normalized version."""
    return f"{name.replace('-', '_')}-{version}.tar.gz"


def parse_stem(stem: str) -> tuple[NormalizedName, Version] | None:
    """Return the name and version of `{name}-{version}`, as directories in archives are called, or None."""
    name, _, version = stem.rpartition("-")
    try:
        return canonicalize_name(name, validate=True), Version(version)
    except (InvalidName, InvalidVersion, ValueError):
        return None


def _wheel_filename(filename: str) -> DistributionFilename:
    # Of a name for more tags than these, two spellings are not known to be one name, and so could be used twice.
    parse_tag("-".join(filename.removesuffix(".whl").split("-")[-3:]), limit=MAX_TAGS)
    name, version, build, tags = parse_wheel_filename(filename)
    name = canonicalize_name(name, validate=True)
    return DistributionFilename(filename, filename.removesuffix(".whl"), "bdist_wheel", name, version, build, tags)


def _sdist_filename(filename: str) -> DistributionFilename:
    name, version = parse_sdist_filename(filename)
    name = canonicalize_name(name, validate=True)
    return DistributionFilename(filename, filename.removesuffix(".tar.gz"), "sdist", name, version)


def _refused(detail: str) -> DistributionRefused:
    return DistributionRefused(FileProblem(Reason.FILENAME_INVALID, detail))
