"""RECORD, a wheel's list of its files and their digests (PEP 376, PEP 427)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from registry.distribution.members import MAX_MEMBERS
from registry.distribution.problems import FileProblem, archive_problem, malformed, shown, shown_some

STRONG = frozenset({"sha256", "sha384", "sha512"})
"""Digests that PEP 427 lets stand in RECORD: SHA-256 or better. MD5 and SHA-1 are named as not permitted."""

MAX_RECORD = 8 * 1024 * 1024
"""Bytes of RECORD: some 130 for each member are usual, and ansible's wheel of 20,877 has 2.9 million."""

SIGNATURES = ("RECORD.jws", "RECORD.p7s")
"""Beside RECORD itself, what need not be listed: it can only be made once RECORD is finished (PEP 427)."""


@dataclass(frozen=True, slots=True)
class Row:
    """What RECORD says of one file: the digest's algorithm and value (base64, urlsafe, unpadded) and the size in bytes.

    All three are empty for RECORD itself.
    """

    algorithm: str
    digest: str
    size: str


def parse_record(content: bytes) -> dict[str, Row]:
    """Return RECORD's rows by path. Raises DistributionRefused where it is not the CSV file that PEP 376 describes."""
    try:
        text = io.StringIO(content.decode("utf-8"), newline="")
        return _rows(csv.reader(text, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise malformed(f"RECORD cannot be read: {shown(str(error))}.") from error


def _rows(lines: Iterable[list[str]]) -> dict[str, Row]:
    record: dict[str, Row] = {}
    for line in filter(None, lines):
        if len(line) != 3:
            raise malformed(f"This line of RECORD is not a path, a digest and a size: {shown(','.join(line))}.")
        path, hashed, size = line
        if path in record:
            raise malformed(f"RECORD lists {shown(path)} more than once.")
        if len(record) == MAX_MEMBERS:
            raise malformed(f"RECORD lists more than {MAX_MEMBERS} files.")
        algorithm, _, digest = hashed.partition("=")
        record[path] = Row(algorithm, digest, size)
    return record


def measured(algorithm: str, pieces: Iterable[bytes]) -> Row:
    """Return what RECORD should say of content, by the algorithm that it names, or by SHA-256."""
    digest = hashlib.new(algorithm if algorithm in STRONG else "sha256")
    size = 0
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    return Row(digest.name, encoded, str(size))


def record_problems(record: Mapping[str, Row], found: Mapping[str, Row], dist_info: str) -> Iterator[FileProblem]:
    """Yield where RECORD and the wheel's files disagree. `found` has what was measured of every file."""
    itself = f"{dist_info}/RECORD"
    exempt = {itself, *(f"{dist_info}/{name}" for name in SIGNATURES)}
    if unlisted := found.keys() - record.keys() - exempt:
        yield archive_problem(f"RECORD does not list these files: {shown_some(unlisted)}.")
    if absent := record.keys() - found.keys():
        yield archive_problem(f"RECORD lists files that the wheel does not have: {shown_some(absent)}.")
    bare = {path for path in exempt if record.get(path) == Row("", "", "")}
    both = (record.keys() & found.keys()) - {itself} - bare
    if weak := {path for path in both if record[path].algorithm not in STRONG}:
        yield archive_problem(f"RECORD has no SHA-256 or better of these files: {shown_some(weak)}.")
    if wrong := {path for path in both - weak if not _agrees(record[path], found[path])}:
        yield archive_problem(f"These files are not what RECORD says of them: {shown_some(wrong)}.")


def _agrees(listed: Row, found: Row) -> bool:
    """Return whether digest and size agree. The size may be left out (PEP 376)."""
    return (listed.algorithm, listed.digest) == (found.algorithm, found.digest) and listed.size in {"", found.size}
