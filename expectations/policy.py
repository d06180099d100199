"""The registry's policy: what holds for every package. A document like any other, changed by two people."""

from __future__ import annotations

from dataclasses import dataclass

from verification.canonical import JsonValue, canonical, parse_strict, sha256_hex


@dataclass(frozen=True, slots=True)
class Policy:
    """``level_floor`` is the least SLSA build level taken; ``proposal_days`` how long a proposal waits for its second voice."""

    level_floor: int
    first_use: bool
    proposal_days: int

    @property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes that the policy's digest is of."""
        document: JsonValue = {
            "schema": 1,
            "level_floor": self.level_floor,
            "first_use": self.first_use,
            "proposal_days": self.proposal_days,
        }
        return canonical(document)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return sha256_hex(self.canonical)


DEFAULT_POLICY = Policy(level_floor=1, first_use=True, proposal_days=14)


def parse_policy(document: str) -> Policy:
    """Return the policy of a stored document. Raises ValueError for one that is not of schema 1, to the letter."""
    match parse_strict(document):
        case {
            "schema": 1,
            "level_floor": int(floor),
            "first_use": bool(first_use),
            "proposal_days": int(days),
            **rest,
        } if not rest and type(floor) is int and floor in (1, 2, 3) and type(days) is int and days > 0:
            return Policy(floor, first_use, days)
        case _:
            raise ValueError("not a policy of schema 1")
