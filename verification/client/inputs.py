"""Files that the commands are given, read into what the gate takes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from verification.build_types import required_pins
from verification.bundle import EvidenceRefused, split
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots
from verification.subject import STRONG, Artifact, parse_distribution_name

CHUNK_BYTES = 1024 * 1024


class Unusable(Exception):
    """A file cannot be used; the message says which, and why."""


def read_artifact(path: Path) -> Artifact:
    """Return a distribution with its digests; name and version are its file name's. Raises Unusable."""
    parsed = parse_distribution_name(path.name)
    if parsed is None:
        raise Unusable(f"{path.name} is not the name of a wheel or sdist")
    digests = {name: hashlib.new(name) for name in STRONG}
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                size += len(chunk)
                for digest in digests.values():
                    digest.update(chunk)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error
    _, name, version, *_ = parsed
    found = {algorithm: digest.hexdigest() for algorithm, digest in digests.items()}
    return Artifact(path.name, canonicalize_name(str(name)), Version(str(version)), found, size)


def read_evidence(paths: Sequence[Path]) -> bytes:
    """Return the contents of evidence files as one ``attestations`` field. Each file is a list of them, or one.

    Raises Unusable for a file that cannot be read; whether the evidence is any good is the gate's to say.
    """
    parts: list[bytes] = []
    for path in paths:
        content = _read(path).strip()
        try:
            parts += split(content) if content.startswith(b"[") else [content]
        except EvidenceRefused as error:
            raise Unusable(f"{path}: {error.detail}") from error
    return b"[" + b",".join(parts) + b"]"


def read_roots(path: Path | None) -> RootsOfTrust:
    """Return the roots of a file, or those shipped. Raises Unusable with every problem."""
    if path is None:
        return shipped_roots()
    try:
        return parse_roots(_read(path))
    except DocumentInvalid as error:
        raise Unusable(_problems(path, error)) from error


def read_expectation(path: Path) -> Expectation:
    """Return the expectation of a file. Raises Unusable with every problem."""
    try:
        return parse_expectation(_read(path), required_pins=required_pins)
    except DocumentInvalid as error:
        raise Unusable(_problems(path, error)) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error


def _problems(path: Path, error: DocumentInvalid) -> str:
    return "\n".join(f"{path}: {problem.where or 'the document'}: {problem.sentence}" for problem in error.problems)
