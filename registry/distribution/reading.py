"""What a file says of itself: its name, its archive and its metadata, held against one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import RawMetadata
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from registry.distribution.contents import Contents
from registry.distribution.filename import DistributionFilename, FileType, filename_problems, parse_filename
from registry.distribution.metadata import ParsedMetadata, field, license_file_problems, parse_metadata, parsed_version
from registry.distribution.problems import DistributionRefused, FileProblem, shown
from registry.distribution.sdist import read_sdist
from registry.distribution.wheel import read_wheel
from verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a file says of itself; its name, archive and metadata agree on it.

    `display_name` is the Name as in the metadata; `metadata` is METADATA (wheel) or PKG-INFO (sdist), exactly as in
    the archive. `version` is the metadata's. Absent fields are empty.
    """

    filename: str
    filetype: FileType
    name: NormalizedName
    version: Version
    display_name: str
    metadata: bytes
    metadata_version: str
    requires_python: str
    summary: str


def read_distribution(path: Path, filename: str) -> Distribution:
    """Return what the file at `path`, uploaded under `filename`, says of itself. Nothing is unpacked to disk.

    Raises DistributionRefused, with all problems that can be known, for whatever is no well-formed sdist or wheel; and
    OSError where the file cannot be read.
    """
    named = parse_filename(filename)
    contents = _contents(path, named)
    problems = [*filename_problems(named), *contents.problems]
    parsed = ParsedMetadata({}, ())
    if contents.metadata is not None:
        parsed = parse_metadata(contents.metadata)
        problems += [*_identity_problems(named, parsed.raw), *parsed.problems]
        problems += license_file_problems(parsed.raw, contents.license_files)
    if problems or contents.metadata is None:
        raise DistributionRefused(*problems)
    return _distribution(named, contents.metadata, parsed.raw)


def _contents(path: Path, named: DistributionFilename) -> Contents:
    """Return the archive's content; one that cannot be read to its end has only problems."""
    read = read_wheel if named.filetype == "bdist_wheel" else read_sdist
    try:
        return read(path, named)
    except DistributionRefused as refusal:
        return Contents(None, refusal.problems)


def _identity_problems(named: DistributionFilename, raw: RawMetadata) -> Iterator[FileProblem]:
    """Yield where file name and metadata are about different distributions; absent fields are told elsewhere."""
    name = raw.get("name", "")
    if name and canonicalize_name(name) != named.name:
        detail = f"The file name is that of {named.name}, and the metadata says Name: {shown(name)}."
        yield FileProblem(Reason.FILENAME_INVALID, detail)
    version = parsed_version(raw)
    if version is not None and version != named.version:
        detail = f"The file name is that of version {named.version}, and the metadata says Version: {version}."
        yield FileProblem(Reason.FILENAME_INVALID, detail)


def _distribution(named: DistributionFilename, metadata: bytes, raw: RawMetadata) -> Distribution:
    return Distribution(
        filename=named.filename,
        filetype=named.filetype,
        name=named.name,
        version=Version(raw["version"]),
        display_name=raw["name"],
        metadata=metadata,
        metadata_version=raw["metadata_version"],
        requires_python=field(raw, "requires_python"),
        summary=field(raw, "summary"),
    )
