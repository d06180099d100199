"""One part in which two documents differ, and what that does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


_ORDER = (Effect.WEAKENS, Effect.REPLACES, Effect.TIGHTENS, Effect.NEUTRAL)


def weakening_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes in the order in which a reader has to look at them; otherwise as they stand."""
    return tuple(sorted(changes, key=lambda change: _ORDER.index(change.effect)))


def told_effects(changes: Iterable[Change]) -> tuple[tuple[str, str], ...]:
    """Return each effect that occurs, the weakening first, with how many parts it has, in words."""
    counted = Counter(change.effect for change in changes)
    return tuple(
        (effect.value, f"{number} {effect.value if number == 1 else effect.value.removesuffix('s')}")
        for effect in _ORDER
        if (number := counted[effect])
    )


def effect_of(*, lets_in: bool, shuts_out: bool) -> Effect:
    """Return the effect of a change that does the one, the other, both or neither."""
    if lets_in:
        return Effect.REPLACES if shuts_out else Effect.WEAKENS
    return Effect.TIGHTENS if shuts_out else Effect.NEUTRAL
