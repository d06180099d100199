"""One part in which two documents differ, and what that does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a change does to what is let in. ``REPLACES`` accepts something new and refuses something old."""

    WEAKENS = "weakens"
    TIGHTENS = "tightens"
    REPLACES = "replaces"
    NEUTRAL = "neutral"

    @property
    def lets_in(self) -> bool:
        """Whether something may be accepted that was refused before: what a reader has to look at first."""
        return self in (Effect.WEAKENS, Effect.REPLACES)


@dataclass(frozen=True, slots=True)
class Change:
    """One part that differs: where, what it said, what it would say, and what that does.

    ``note`` is a warning. ``clause`` says the change in words that follow "If two people agree,"; empty where the two
    sides say enough.
    """

    where: str
    before: str
    after: str
    effect: Effect
    note: str = ""
    clause: str = ""


def effect_of(*, lets_in: bool, shuts_out: bool) -> Effect:
    """Return the effect of a change that does the one, the other, both or neither."""
    if lets_in:
        return Effect.REPLACES if shuts_out else Effect.WEAKENS
    return Effect.TIGHTENS if shuts_out else Effect.NEUTRAL
