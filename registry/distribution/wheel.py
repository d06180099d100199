"""Wheels: a ZIP archive whose .dist-info directory describes it (PEP 427)."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from registry.distribution.contents import Contents
from registry.distribution.filename import DistributionFilename, parse_stem
from registry.distribution.inflation import Allowance
from registry.distribution.members import MAX_METADATA, member_problems, other_spellings, small_content
from registry.distribution.problems import (
    DistributionRefused,
    FileProblem,
    archive_problem,
    malformed,
    shown,
    shown_some,
)
from registry.distribution.record import MAX_RECORD, Row, measured, parse_record, record_problems
from registry.distribution.wheel_data import data_problems
from registry.distribution.wheel_file import MAX_WHEEL_FILE, wheel_file_problems
from registry.distribution.zip_content import zip_content
from registry.distribution.zip_layout import ZipMember, zip_members

_LIMITS = {"METADATA": MAX_METADATA, "WHEEL": MAX_WHEEL_FILE, "RECORD": MAX_RECORD}
"""The files that make a directory a wheel's .dist-info, and how many bytes of each are read."""


def read_wheel(path: Path, named: DistributionFilename) -> Contents:
    """Return a wheel's METADATA and what is wrong with the archive.

    Raises DistributionRefused where the archive cannot be read to its end.
    """
    with path.open("rb") as file:
        _refuse_tar(file)
        size = path.stat().st_size
        entries = zip_members(file, size)
        return _read_entries(file, entries, Allowance(size), named)


def _refuse_tar(file: BinaryIO) -> None:
    """Refuse a file whose beginning is a tar header too, as far as one can be: whatever tries tar first reads that."""
    try:
        tarfile.TarInfo.frombuf(file.read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
    except tarfile.TarError:
        return
    raise malformed("The file can be read as a tar archive.")


def _read_entries(
    file: BinaryIO, entries: list[ZipMember], allowance: Allowance, named: DistributionFilename
) -> Contents:
    files = {entry.member.path: entry for entry in entries if entry.member.kind == "file"}
    dist_info, problem = _dist_info(entries, named)
    problems = [*member_problems([entry.member for entry in entries]), *problem]
    if dist_info:
        problems += _place_problems(files, dist_info)
    described = _described(file, files, dist_info, allowance)
    problems += [
        archive_problem(f"The wheel has no file {name} in its .dist-info.") for name in _LIMITS.keys() - described
    ]
    record: dict[str, Row] | None = None
    if "RECORD" in described:
        try:
            record = parse_record(described["RECORD"])
        except DistributionRefused as refusal:
            problems += refusal.problems
    # Every file is read even without a usable RECORD: only that shows whether it is whole.
    found = {
        path: measured(_algorithm(record, path), zip_content(file, entry, allowance)) for path, entry in files.items()
    }
    # A directory too: what it holds without saying so would be in nobody's RECORD.
    for entry in entries:
        if entry.member.kind == "directory":
            small_content(entry.member, zip_content(file, entry, allowance), 0)
    if record is not None:
        problems += record_problems(record, found, dist_info)
    if "WHEEL" in described:
        problems += wheel_file_problems(described["WHEEL"], named)
    licenses = f"{dist_info}/licenses/"
    license_files = frozenset(path.removeprefix(licenses) for path in files if path.startswith(licenses))
    return Contents(described.get("METADATA"), tuple(problems), license_files)


def _algorithm(record: dict[str, Row] | None, path: str) -> str:
    row = record.get(path) if record else None
    return row.algorithm if row else ""


def _dist_info(entries: list[ZipMember], named: DistributionFilename) -> tuple[str, list[FileProblem]]:
    """Return the .dist-info directory's name, "" where there is not exactly one, and what is wrong with it."""
    tops = {entry.member.path.partition("/")[0] for entry in entries}
    candidates = {top for top in tops if top.lower().endswith(".dist-info")}
    if len(candidates) != 1:
        found = shown_some(candidates) if candidates else "none"
        return "", [archive_problem(f"A wheel has exactly one .dist-info directory; this one has {found}.")]
    dist_info = candidates.pop()
    if parse_stem(dist_info[: -len(".dist-info")]) != (named.name, named.version):
        detail = f"The wheel's {shown(dist_info)} is not of the name and version that its file name says."
        return dist_info, [archive_problem(detail)]
    return dist_info, []


def _place_problems(files: Collection[str], dist_info: str) -> Iterator[FileProblem]:
    """Yield where a file comes to lie in another one's place when the wheel is unpacked or installed."""
    yield from data_problems(files, dist_info)
    if others := other_spellings(files, {f"{dist_info}/{name}" for name in _LIMITS}):
        yield archive_problem(f"On some systems these files would describe the wheel instead: {shown_some(others)}.")


def _described(file: BinaryIO, files: dict[str, ZipMember], dist_info: str, allowance: Allowance) -> dict[str, bytes]:
    """Return the content of those of the describing files that are there."""
    present = {name: files[path] for name in _LIMITS if (path := f"{dist_info}/{name}") in files}
    return {
        name: small_content(entry.member, zip_content(file, entry, allowance), _LIMITS[name])
        for name, entry in present.items()
    }
