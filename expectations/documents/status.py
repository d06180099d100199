"""The state of a package (PEP 792, and "frozen": offered, but taking nothing new until two people open it)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue

MAX_NOTE = 500
"""Longest note, in characters: it stands on a page and in the index."""


class PackageState(StrEnum):
    """PEP 792's markers, and ``frozen``. In the order of how much they close."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    FROZEN = "frozen"
    QUARANTINED = "quarantined"

    @property
    def takes_uploads(self) -> bool:
        """Whether new files may come in."""
        return self in (PackageState.ACTIVE, PackageState.DEPRECATED)

    @property
    def offers_files(self) -> bool:
        """Whether its files may be installed. PEP 792: a quarantined project's are not offered."""
        return self is not PackageState.QUARANTINED

    @property
    def sentence(self) -> str:
        """One plain sentence for a page or a refusal."""
        return _SENTENCES[self]


_SENTENCES = {
    PackageState.ACTIVE: "This package is active.",
    PackageState.DEPRECATED: "This package is deprecated: its maintainers advise against it.",
    PackageState.ARCHIVED: "This package is archived: no new files are expected.",
    PackageState.FROZEN: "This package is frozen: it takes no uploads until two people open it again.",
    PackageState.QUARANTINED: "This package is in quarantine: nothing of it is offered until two people release it.",
}


@dataclass(frozen=True, slots=True)
class Status(Written):
    """A state, and a public note that says why."""

    state: PackageState
    note: str

    def members(self) -> dict[str, JsonValue]:
        """Return state and note."""
        return {"state": self.state.value, "note": self.note}


ACTIVE = Status(PackageState.ACTIVE, "")
"""How every package begins, without a document."""


def parse_status(content: bytes | str | JsonValue) -> Status:
    """Return the state of a document. Raises DocumentInvalid with every problem."""
    states = [state.value for state in PackageState]
    rules = {
        "schema": SCHEMA,
        "state": (lambda value: value in states, f"is one of {', '.join(states)}"),
        "note": (lambda value: isinstance(value, str) and len(value) <= MAX_NOTE, f"is at most {MAX_NOTE} characters"),
    }
    members = read_members(content, rules)
    return Status(PackageState(str(members["state"])), str(members["note"]))
