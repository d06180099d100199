"""What a new state of a package would change. Opening weakens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from expectations.differences.change import Change, Effect
from expectations.documents import PackageState, Status

_OPENNESS = {
    PackageState.ACTIVE: 3,
    PackageState.DEPRECATED: 3,
    PackageState.ARCHIVED: 2,
    PackageState.FROZEN: 2,
    PackageState.QUARANTINED: 1,
}
"""Whether files are offered, and whether new ones come in: what a state lets through."""


def difference(old: Status, new: Status) -> tuple[Change, ...]:
    """Return what differs in state and note, and which releases take files again."""
    return (*_state(old.state, new.state), *_note(old.note, new.note), *_reopened(old.reopened, new.reopened))


def _state(old: PackageState, new: PackageState) -> Iterator[Change]:
    if old is new:
        return
    opened = _OPENNESS[new] - _OPENNESS[old]
    effect = Effect.WEAKENS if opened > 0 else Effect.TIGHTENS if opened < 0 else Effect.NEUTRAL
    yield Change("state", old.value, new.value, effect, new.sentence, f"the package becomes {new.value}")


def _note(old: str, new: str) -> Iterator[Change]:
    if old != new:
        yield Change("note", old or "none", new or "none", Effect.NEUTRAL)


def _reopened(old: Mapping[str, date], new: Mapping[str, date]) -> Iterator[Change]:
    for version in sorted(old.keys() | new.keys()):
        before, after = old.get(version), new.get(version)
        if before == after:
            continue
        later = after is not None and (before is None or after > before)
        effect = Effect.WEAKENS if later else Effect.TIGHTENS
        clause = f"release {version} takes files again until {after}" if later else ""
        yield Change(f"release {version} takes files", _until(before), _until(after), effect, clause=clause)


def _until(day: date | None) -> str:
    return f"until {day}" if day else "as the policy says"
