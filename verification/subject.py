"""Is the statement about this very file? Found by strong digest, and refused where it names another distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from verification.canonical import sha256_hex
from verification.reasons import Reason, Step
from verification.statement import Statement, Subject
from verification.verdict import Check, failed, passed

STRONG = ("sha256", "sha384", "sha512")
"""Digests that count. MD5 and SHA-1 never do: two files can be made to share them."""

MAX_NAME = 255
"""Longest file name of a distribution: no file system and no index takes a longer one."""

MAX_TAGS = 1_000
"""Most tags that a wheel's name may stand for. They multiply: 1,600 letters can spell millions, which fill the memory."""

MAX_NAMES = 16
"""Most names by which one statement may call one file. Each is parsed, and may stand for MAX_TAGS tags."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """The file as it arrived: its name, what its own metadata says it is, and its digests (lower-case hex) and size (bytes)."""

    filename: str
    name: NormalizedName
    version: Version
    digests: Mapping[str, str]
    size: int

    @property
    def sha256(self) -> str:
        """The file's SHA-256 in hex."""
        return self.digests["sha256"]

    @property
    def resource_uri(self) -> str:
        """The file as a package URL with its file name: what a verdict says it is about."""
        return f"pkg:pypi/{self.name}@{quote(str(self.version))}?file_name={quote(self.filename)}"


def parse_distribution_name(filename: str) -> tuple[object, ...] | None:
    """Return what a distribution's file name says, parsed, or None where it is no such name.

    Parsed names are compared, never strings: tag sets have no order and names have many spellings (PEP 740).
    """
    if len(filename) > MAX_NAME:
        return None
    if filename.endswith(".whl") and _tag_count(filename) > MAX_TAGS:
        return ("wheel for too much", filename)
    try:
        if filename.endswith(".whl"):
            return ("wheel", *parse_wheel_filename(filename))
        name, version = parse_sdist_filename(filename)
        return ("sdist", canonicalize_name(name, validate=True), version)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidName, InvalidVersion, ValueError):
        return None


def _tag_count(filename: str) -> int:
    count = 1
    for part in filename.removesuffix(".whl").split("-")[-3:]:
        count *= part.count(".") + 1
    return count


def identity_of(filename: str) -> str:
    """Return the SHA-256 (hex) of what a distribution's file name says: the same for every spelling of one name."""
    parsed = parse_distribution_name(filename)
    assert parsed is not None
    return sha256_hex("\n".join(_canonical_part(part) for part in parsed).encode())


def _canonical_part(part: object) -> str:
    match part:
        case Version():
            return canonicalize_version(part)
        case frozenset():
            return ",".join(sorted(map(str, part)))
        case _:
            return str(part)


def check_subject(statement: Statement, artifact: Artifact) -> Check:
    """Return whether the statement has the artifact as a subject (trust rules, "Evidence" 4).

    Found by SHA-256 or stronger. A subject of the file's digest that names another project, version or tag set
    refuses, for the signer meant another upload than this one; names that are no distribution's are let be. Of a path
    (``dist/widget-1.0.tar.gz``) the last part is the name.
    """
    matching = [subject for subject in statement.subjects if _is_about(subject, artifact)]
    wanted = f"a subject with sha256 {artifact.sha256}"
    if not matching:
        found = ", ".join(_describe(subject) for subject in statement.subjects[:3])
        return failed(Step.SUBJECT, Reason.SUBJECT_MISMATCH, wanted, found, where=artifact.filename)
    names = {subject.name for subject in matching if subject.name}
    if len(names) > MAX_NAMES:
        expected = f"at most {MAX_NAMES} names of the file"
        return failed(Step.SUBJECT, Reason.EVIDENCE_TOO_MUCH, expected, f"{len(names)}", where=artifact.filename)
    for name in sorted(names):
        if _is_of_another_distribution(name.rpartition("/")[2], artifact.filename):
            told = ascii(name)[1:-1][:200]
            return failed(
                Step.SUBJECT, Reason.SUBJECT_OTHER_DISTRIBUTION, artifact.filename, told, where=artifact.filename
            )
    return passed(Step.SUBJECT, wanted, _describe(matching[0]), where=artifact.filename)


def _is_of_another_distribution(name: str, filename: str) -> bool:
    """Names that are equal as they are spelled need no parsing, which takes longer than all else here."""
    if name == filename:
        return False
    theirs = parse_distribution_name(name)
    return theirs is not None and theirs != parse_distribution_name(filename)


def _is_about(subject: Subject, artifact: Artifact) -> bool:
    """One strong digest must be equal and none may differ: a statement that contradicts itself is about nothing."""
    common = [name for name in STRONG if name in subject.digests and name in artifact.digests]
    return bool(common) and all(subject.digests[name] == artifact.digests[name] for name in common)


def _describe(subject: Subject) -> str:
    digest = subject.digests.get("sha256") or next(iter(subject.digests.values()), "")
    return f"{ascii(subject.name or '(no name)')[1:-1][:120]} with {digest[:64]}"
