"""in-toto statements: subjects and a predicate. Source: in-toto Attestation Framework, Statement v0.1 and v1."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from verification.canonical import JsonRefused, JsonValue, parse_evidence

STATEMENT_TYPES = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})

MAX_SUBJECTS = 1_000
"""Most subjects in one statement: a big release has some hundreds of files; each subject is compared with the file."""


class StatementMalformed(ValueError):
    """The signed payload is not a well-formed in-toto statement."""


class Subject(NamedTuple):
    """One file that the statement is about. ``digests`` maps algorithm names to lower-case hex."""

    name: str | None
    digests: Mapping[str, str]


class Statement(NamedTuple):
    """An authenticated statement: who signed it is known, what it says is not yet judged."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: JsonValue


def parse_statement(payload: bytes) -> Statement:
    """Return the statement of an authentic payload. Raises StatementMalformed."""
    try:
        value = parse_evidence(payload)
    except JsonRefused as error:
        raise StatementMalformed(f"the statement {error}") from error
    predicate = value.get("predicate") if isinstance(value, dict) else None
    match value:
        case {"_type": str() as kind, "subject": list() as subjects, "predicateType": str() as predicate_type}:
            if kind not in STATEMENT_TYPES:
                raise StatementMalformed(f"the statement's _type is {kind[:100]!r}")
            if not 1 <= len(subjects) <= MAX_SUBJECTS:
                raise StatementMalformed(f"the statement has {len(subjects)} subjects; 1 to {MAX_SUBJECTS} are taken")
            return Statement(tuple(_subject(item) for item in subjects), predicate_type, predicate)
        case _:
            raise StatementMalformed("the statement lacks _type, subject or predicateType")


def _subject(value: JsonValue) -> Subject:
    match value:
        case {"digest": dict() as digests, **rest}:
            name = rest.get("name")
            if not (name is None or isinstance(name, str)) or not digests:
                raise StatementMalformed("a subject of the statement has no digest, or a name that is no text")
            return Subject(name, MappingProxyType({key: _hex(item) for key, item in digests.items()}))
        case _:
            raise StatementMalformed("a subject of the statement has no digest")


def _hex(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise StatementMalformed("a digest of the statement is no text")
    return value.lower()
