"""The deletion of a file or a release. What it is about is the proposal's object; there is one thing to say of it."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class Deletion(Written):
    """It is deleted: offered no longer, and its name never used again. Verdict and evidence stay."""

    def members(self) -> dict[str, JsonValue]:
        """Return the one member."""
        return {"deleted": True}


def parse_deletion(content: bytes | str | JsonValue) -> Deletion:
    """Return the deletion of a document. Raises DocumentInvalid with every problem."""
    read_members(content, {"schema": SCHEMA, "deleted": (lambda value: value is True, "is true")})
    return Deletion()
