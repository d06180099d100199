"""What each kind of trusted document says: read strictly, written canonically, one file a kind.

Expectations and roots of trust are read by :mod:`verification`, which proves with them; the others are the registry's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from expectations.documents.deletion import Deletion, parse_deletion
from expectations.documents.issuers import Issuers, parse_issuers
from expectations.documents.members import Members, parse_roster, parse_stewards
from expectations.documents.person import PersonAccounts, parse_person
from expectations.documents.policy import Policy, parse_policy
from expectations.documents.publishers import Publisher, Publishers, parse_publishers
from expectations.documents.status import PackageState, Status, parse_status
from expectations.models import Kind
from verification.build_types import required_pins
from verification.canonical import JsonValue
from verification.expectation_document import parse_expectation
from verification.root_of_trust import parse_roots

__all__ = [
    "Deletion",
    "Document",
    "Issuers",
    "Members",
    "PackageState",
    "PersonAccounts",
    "Policy",
    "Publisher",
    "Publishers",
    "Status",
    "parse",
    "parse_deletion",
    "parse_issuers",
    "parse_person",
    "parse_policy",
    "parse_publishers",
    "parse_roster",
    "parse_status",
    "parse_stewards",
]


class Document(Protocol):
    """A trusted document: its RFC 8785 bytes, and their SHA-256 (hex) that names it."""

    @property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""


def parse(kind: Kind, content: bytes | JsonValue) -> Document:
    """Return the document of a kind, in any JSON spelling of it. Raises DocumentInvalid with every problem."""
    return _PARSERS[kind](content)


def _parse_expectation(content: bytes | JsonValue) -> Document:
    return parse_expectation(content, required_pins=required_pins)


_PARSERS: dict[Kind, Callable[[bytes | JsonValue], Document]] = {
    Kind.EXPECTATION: _parse_expectation,
    Kind.ROSTER: parse_roster,
    Kind.STATUS: parse_status,
    Kind.DELETION: parse_deletion,
    Kind.PUBLISHERS: parse_publishers,
    Kind.ROOTS: parse_roots,
    Kind.POLICY: parse_policy,
    Kind.ISSUERS: parse_issuers,
    Kind.STEWARDS: parse_stewards,
    Kind.PERSON: parse_person,
}
