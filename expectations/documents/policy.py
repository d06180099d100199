"""The registry's policy: what holds for every package. A document like any other, changed by two people."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from packaging.utils import canonicalize_name, is_normalized_name

from expectations.documents.reading import SCHEMA, Rule, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue

MAX_DAYS = 366
"""Longest wait or expiry, in days."""

MAX_FILE_MIB = 2047
"""Largest file that a policy may allow, in MiB: wheels are ZIP archives without ZIP64, and many a client's limit is there."""

MAX_COUNT = 10**9
"""Largest of the other limits: far beyond what anybody needs, and a number that every reader of JSON keeps."""

MAX_NAMES = 10_000
"""Most prohibited names."""


@dataclass(frozen=True, slots=True)
class Policy(Written):
    """What holds for every package.

    ``level_floor`` is the least SLSA build level taken; ``first_use`` whether a first upload may pin an expectation;
    ``proposal_days`` how long a proposal waits for its second voice; ``newcomer_days`` how long somebody who was given a
    role does not decide; ``factor_days`` how long somebody who changed a second factor or address does not;
    ``steward_factor`` what decisions about the registry need: ``webauthn``, or ``any`` second factor;
    ``unsigned_evidence`` whether a statement that nobody signed may meet an expectation that asks for one.

    ``release_days`` is how long after its first file a release takes further ones; ``file_mib`` the largest file,
    ``package_mib`` all files of a package together (MiB both); ``release_files`` the most files of one release;
    ``uploads_an_hour`` the most uploads of one account, by whatever token; ``names_a_day`` the most package names that one
    person creates within 24 hours; ``prohibited_names`` are normalised names that nobody may create.
    ``unstated`` are those of this second kind that the document leaves to the defaults: it stays as it was written.
    """

    level_floor: int
    first_use: bool
    proposal_days: int
    newcomer_days: int = 7
    factor_days: int = 7
    steward_factor: str = "webauthn"
    unsigned_evidence: bool = False
    release_days: int = 14
    file_mib: int = 100
    package_mib: int = 10_240
    release_files: int = 1000
    uploads_an_hour: int = 10_000
    names_a_day: int = 50
    prohibited_names: tuple[str, ...] = ()
    unstated: frozenset[str] = frozenset()

    def settings(self) -> dict[str, Any]:
        """Return every setting by its name, also those that the document leaves to the defaults."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "unstated"}

    def members(self) -> dict[str, JsonValue]:
        """Return every setting that the document states."""
        stated = {name: value for name, value in self.settings().items() if name not in self.unstated}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}


DEFAULT_POLICY = Policy(level_floor=1, first_use=True, proposal_days=14)


def parse_policy(content: bytes | str | JsonValue) -> Policy:
    """Return the policy of a document of schema 1, to the letter. Raises DocumentInvalid with every problem."""
    read = read_members(content, _RULES, optional=_OPTIONAL)
    settings: dict[str, Any] = {name: value for name, value in read.items() if name != "schema"}
    if "prohibited_names" in settings:
        settings["prohibited_names"] = tuple(settings["prohibited_names"])
    return Policy(**settings, unstated=_OPTIONAL - settings.keys())


def _days(least: int) -> Rule:
    return _number(least, MAX_DAYS)


def _number(least: int, most: int) -> Rule:
    return (lambda value: type(value) is int and least <= value <= most, f"is a number from {least} to {most}")


def _are_names(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_NAMES
        and all(isinstance(name, str) and is_normalized_name(name) for name in value)
        and value == sorted({str(name) for name in value})
    )


def names_of(text: str) -> tuple[str, ...]:
    """Return the names in a text, normalised, each once and in order. What is no name is left for the rule to refuse."""
    return tuple(sorted({canonicalize_name(word) for word in text.replace(",", " ").split()}))


_RULES: dict[str, Rule] = {
    "schema": SCHEMA,
    "level_floor": (lambda value: type(value) is int and value in (1, 2, 3), "is 1, 2 or 3"),
    "first_use": (lambda value: isinstance(value, bool), "is true or false"),
    "proposal_days": _days(1),
    "newcomer_days": _days(0),
    "factor_days": _days(0),
    "steward_factor": (lambda value: value in ("webauthn", "any"), "is webauthn or any"),
    "unsigned_evidence": (lambda value: isinstance(value, bool), "is true or false"),
    "release_days": _days(1),
    "file_mib": _number(1, MAX_FILE_MIB),
    "package_mib": _number(1, MAX_COUNT),
    "release_files": _number(1, MAX_COUNT),
    "uploads_an_hour": _number(1, MAX_COUNT),
    "names_a_day": _number(1, MAX_COUNT),
    "prohibited_names": (
        _are_names,
        f"is a list of at most {MAX_NAMES} normalised names (PEP 503), each once and in order",
    ),
}

_OPTIONAL = frozenset(
    {"release_days", "file_mib", "package_mib", "release_files", "uploads_an_hour", "names_a_day", "prohibited_names"}
)
"""Members that documents from before there were such limits do not have."""
