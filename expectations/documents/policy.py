"""The registry's policy: what holds for every package. A document like any other, changed by two people."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from expectations.documents.reading import SCHEMA, Rule, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue

MAX_DAYS = 366
"""Longest wait or expiry, in days."""


@dataclass(frozen=True, slots=True)
class Policy(Written):
    """What holds for every package.

    ``level_floor`` is the least SLSA build level taken; ``first_use`` whether a first upload may pin an expectation;
    ``proposal_days`` how long a proposal waits for its second voice; ``newcomer_days`` how long somebody who was given a
    role does not decide; ``factor_days`` how long somebody who changed a second factor or address does not;
    ``steward_factor`` what decisions about the registry need: ``webauthn``, or ``any`` second factor;
    ``unsigned_evidence`` whether a statement that nobody signed may meet an expectation that asks for one.
    """

    level_floor: int
    first_use: bool
    proposal_days: int
    newcomer_days: int = 7
    factor_days: int = 7
    steward_factor: str = "webauthn"
    unsigned_evidence: bool = False

    def members(self) -> dict[str, JsonValue]:
        """Return every setting."""
        return asdict(self)


DEFAULT_POLICY = Policy(level_floor=1, first_use=True, proposal_days=14)


def parse_policy(content: bytes | str | JsonValue) -> Policy:
    """Return the policy of a document of schema 1, to the letter. Raises DocumentInvalid with every problem."""
    settings = {name: value for name, value in read_members(content, _RULES).items() if name != "schema"}
    return Policy(**settings)  # type: ignore[arg-type]  # each member has been held against its rule


def _days(least: int) -> Rule:
    return (lambda value: type(value) is int and least <= value <= MAX_DAYS, f"is a number from {least} to {MAX_DAYS}")


_RULES: dict[str, Rule] = {
    "schema": SCHEMA,
    "level_floor": (lambda value: type(value) is int and value in (1, 2, 3), "is 1, 2 or 3"),
    "first_use": (lambda value: isinstance(value, bool), "is true or false"),
    "proposal_days": _days(1),
    "newcomer_days": _days(0),
    "factor_days": _days(0),
    "steward_factor": (lambda value: value in ("webauthn", "any"), "is webauthn or any"),
    "unsigned_evidence": (lambda value: isinstance(value, bool), "is true or false"),
}
