"""What a new roster, or a new list of stewards, would change: who joins, who leaves, whose role changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from expectations.differences.change import Change, Effect
from expectations.documents import Members
from expectations.models import Role

NOBODY = "no role"

FEWEST = 2
"""With fewer left, a package needs a steward beside its maintainers, and a registry could decide nothing."""


def difference(old: Members, new: Members, named: Callable[[UUID], str]) -> tuple[Change, ...]:
    """Return one change a person whose role differs; ``named`` tells a person's user names. Joining weakens: one more decides."""
    persons = sorted({*old.roles, *new.roles}, key=named)
    found = (_of_person(named(person), old.roles.get(person), new.roles.get(person)) for person in persons)
    changes = tuple(change for change in found if change is not None)
    return (*changes, *_too_few(old, new))


def _of_person(name: str, old: Role | None, new: Role | None) -> Change | None:
    if old == new:
        return None
    before, after = (NOBODY if role is None else role.label for role in (old, new))
    if old is None:
        note = "may propose and upload at once, and decide once the newcomers' wait is over"
        if new is Role.STEWARD:
            note = "may propose at once, and decide once the newcomers' wait is over"
        return Change(name, before, after, Effect.WEAKENS, note, f"{name} becomes {_a(after)}")
    if new is None:
        return Change(
            name, before, after, Effect.NEUTRAL, "loses every right at once", f"{name} is no longer {_a(before)}"
        )
    return Change(name, before, after, Effect.NEUTRAL, clause=f"{name} becomes {_a(after)} instead of {before}")


def _too_few(old: Members, new: Members) -> Iterator[Change]:
    if Role.STEWARD in new.roles.values():
        if len(new.roles) <= FEWEST < len(old.roles):
            note = "no steward could be changed or reset any more, for nobody would be left to decide"
            yield Change("number of stewards", str(len(old.roles)), str(len(new.roles)), Effect.WEAKENS, note)
    elif len(new.roles) < FEWEST <= len(old.roles):
        note = "with one maintainer, a steward has to agree to every change"
        yield Change("number of maintainers", str(len(old.roles)), str(len(new.roles)), Effect.WEAKENS, note)


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
