"""Files that the commands are given, read into what the gate takes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from packaging.utils import canonicalize_name
from packaging.version import Version

from verification import bundle, expectation_document, root_document
from verification.build_types import required_pins
from verification.bundle import EvidenceRefused, Part, split
from verification.canonical import JsonRefused, JsonValue, parse_strict
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid, escaped
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots
from verification.subject import STRONG, Artifact, parse_distribution_name

CHUNK_BYTES = 1024 * 1024

EXAMPLE = "widget-1.0.tar.gz.publish.attestation"
"""How a file of evidence is called where twine and uv look for it."""


class Unusable(Exception):
    """A file cannot be used; the message says which, and why."""


def read_artifact(path: Path) -> Artifact:
    """Return a distribution with its digests; name and version are its file name's. Raises Unusable."""
    match parse_distribution_name(path.name):
        case (_, str() as name, Version() as version, *_):
            pass
        case _:
            raise Unusable(
                f"{path.name} is not the name of a wheel or sdist, or stands for too many wheels; "
                "a file needs the name under which it was published"
            )
    digests = {name: hashlib.new(name) for name in STRONG}
    size = 0
    with opened(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            for digest in digests.values():
                digest.update(chunk)
    found = {algorithm: digest.hexdigest() for algorithm, digest in digests.items()}
    return Artifact(path.name, canonicalize_name(name), version, found, size)


def read_evidence(paths: Sequence[Path]) -> bytes:
    """Return the contents of evidence files as one ``attestations`` field. Each file is a list of them, or one.

    Raises Unusable for a file that cannot be read or is no JSON; whether the evidence is any good is the gate's to say.
    """
    parts: list[bytes] = []
    for path in paths:
        content = read_file(path, bundle.MAX_BYTES).strip(b" \t\r\n")
        try:
            parts += split(content) if content.startswith(b"[") else [Part.read(content).raw]
        except EvidenceRefused as error:
            told = f"{path}: {error.detail}; evidence is JSON, as in {EXAMPLE}"
            raise Unusable(told) from error
    return b"[" + b",".join(parts) + b"]"


def read_roots(path: Path | None) -> RootsOfTrust:
    """Return the roots of a file, or those shipped. Raises Unusable with every problem."""
    if path is None:
        return shipped_roots()
    try:
        return parse_roots(read_file(path, root_document.MAX_BYTES))
    except DocumentInvalid as error:
        raise Unusable(problems(path, error)) from error


def read_expectation(path: Path) -> Expectation:
    """Return the expectation of a file. Raises Unusable with every problem."""
    try:
        content = read_file(path, expectation_document.MAX_BYTES)
        return parse_expectation(content, required_pins=required_pins)
    except DocumentInvalid as error:
        raise Unusable(problems(path, error)) from error


def read_json(path: Path) -> JsonValue:
    """Return the value of a strict JSON file, a fragment of roots. Raises Unusable."""
    try:
        return parse_strict(read_file(path, root_document.MAX_BYTES))
    except JsonRefused as error:
        raise Unusable(f"{path} {error}") from error


def read_file(path: Path, most: int) -> bytes:
    """Return a file's bytes, of which ``most`` are taken. Raises Unusable."""
    with opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Unusable(f"{path} has more than {most} bytes")
    return content


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for its bytes. Raises Unusable for every other, and where opening or reading fails.

    A pipe may never have a writer, and a device may never end: neither is waited for.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unusable(f"{path} is a pipe or a device; save what it gives in a file, and name that")
            yield file
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def problems(document: object, error: DocumentInvalid) -> str:
    """Return every problem of a document on a line of its own, with its place, which the document's author has named."""
    told = ((escaped(problem.where) or "the document", escaped(problem.sentence)) for problem in error.problems)
    return "\n".join(f"{document}: {where}: {sentence}" for where, sentence in told)
