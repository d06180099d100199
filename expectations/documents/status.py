"""The state of a package (PEP 792, and "frozen": offered, but taking nothing new until two people open it).

A release closes some days after its first file (policy). That one takes files again, until a day, is said here too: like
every opening, it takes two people ([decision 14](../../docs/decisions/0014-reopening-a-release.md)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from packaging.utils import canonicalize_version
from packaging.version import Version

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue

MAX_NOTE = 500
"""Longest note, in characters: it stands on a page and in the index."""


MAX_REOPENED = 20
"""Most releases that are reopened at a time: each is for somebody to read."""

MAX_VERSION = 100
"""Longest version, in characters."""

_REOPENED = f"is at most {MAX_REOPENED} releases and one at least: canonical version and the last day, as 2026-12-31"


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
    """A state, and a public note that says why.

    ``reopened`` are releases, by their canonical version (:func:`packaging.utils.canonicalize_version`), that take files
    up to the end of a day (UTC), though they are older than the policy lets releases take files.
    """

    state: PackageState
    note: str
    reopened: Mapping[str, date] = field(default_factory=dict)

    def members(self) -> dict[str, JsonValue]:
        """Return state and note, and what is reopened if anything is: no document of before says so."""
        stated: dict[str, JsonValue] = {"state": self.state.value, "note": self.note}
        if self.reopened:
            stated["reopened"] = {version: until.isoformat() for version, until in self.reopened.items()}
        return stated


ACTIVE = Status(PackageState.ACTIVE, "")
"""How every package begins, without a document."""


def parse_status(content: bytes | str | JsonValue) -> Status:
    """Return the state of a document. Raises DocumentInvalid with every problem."""
    states = [state.value for state in PackageState]
    rules = {
        "schema": SCHEMA,
        "state": (lambda value: value in states, f"is one of {', '.join(states)}"),
        "note": (lambda value: isinstance(value, str) and len(value) <= MAX_NOTE, f"is at most {MAX_NOTE} characters"),
        "reopened": (lambda value: _reopened(value) is not None, _REOPENED),
    }
    members = read_members(content, rules, optional={"reopened"})
    return Status(PackageState(str(members["state"])), str(members["note"]), _reopened(members.get("reopened")) or {})


def _reopened(value: JsonValue) -> dict[str, date] | None:
    """Return the releases by version, None where the member is not as it should be."""
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_REOPENED:
        return None
    days = {version: day for version, text in value.items() if _is_canonical(version) and (day := _day(text))}
    return days if len(days) == len(value) else None


def _is_canonical(version: str) -> bool:
    try:
        return len(version) <= MAX_VERSION and canonicalize_version(Version(version)) == version
    except ValueError:
        return False


def _day(value: JsonValue) -> date | None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if day.isoformat() == value else None
