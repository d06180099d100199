"""What new roots of trust would change: instances, keys, builders, and what is denied.

Told member by member. Of a member whose meaning is not known here, any change is told as replacing, so that nothing
that differs goes unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from expectations.differences.change import Change, Effect, effect_of
from verification.canonical import canonical, parse_strict, sha256_hex
from verification.parameters import escaped

Json = dict[str, Any]
"""A roots document or a part of one, which its parser has found to be well-formed."""

NONE = "none"

_SETS = ("runs", "commits", "artifacts", "builders")
"""The lists of what is denied: more in them shuts out."""


def difference(old: bytes, new: bytes) -> tuple[Change, ...]:
    """Return what differs between two canonical roots documents, entry by entry."""
    before, after = _document(old), _document(new)
    return (
        *_by_name("Sigstore instance", before["sigstore"], after["sigstore"]),
        *_by_name("key", before["keys"], after["keys"]),
        *_builders(before["builders"], after["builders"]),
        *_denied("denied", before.get("denied", {}), after.get("denied", {})),
    )


def _document(content: bytes) -> Json:
    value = parse_strict(content)
    assert isinstance(value, dict)
    return value


def _by_name(what: str, old: Json, new: Json) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        where = f"{what} {escaped(name)}"
        yield from _entry(where, old.get(name), new.get(name))


def _builders(old: list[Json], new: list[Json]) -> Iterator[Change]:
    """Entries are told apart by name and, where several share it, by their order among those."""
    before, after = _numbered(old), _numbered(new)
    for key in (*before, *(key for key in after if key not in before)):
        name, number = key
        where = f"builder {escaped(name)}" + (f" ({number + 1})" if number else "")
        yield from _entry(where, before.get(key), after.get(key))
    kept_before, kept_after = [key for key in before if key in after], [key for key in after if key in before]
    if kept_before != kept_after:
        note = "the first entry that may speak for a builder id counts"
        yield Change("order of the builders", _names(kept_before), _names(kept_after), Effect.REPLACES, note)


def _numbered(entries: list[Json]) -> dict[tuple[str, int], Json]:
    seen: Counter[str] = Counter()
    numbered = {}
    for entry in entries:
        name = entry["name"]
        numbered[name, seen[name]] = entry
        seen[name] += 1
    return numbered


def _names(keys: list[tuple[str, int]]) -> str:
    return ", ".join(escaped(name) for name, _ in keys)


def _entry(where: str, old: Json | None, new: Json | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield Change(where, NONE, _in_words(new), Effect.WEAKENS, clause=f"the {where} is believed")
    elif new is None and old is not None:
        yield Change(where, _in_words(old), NONE, Effect.TIGHTENS, clause=f"the {where} is believed no longer")
    elif old is not None and new is not None:
        for member in (*old, *(member for member in new if member not in old)):
            yield from _member(f"{where}: {member}", member, old.get(member), new.get(member))


def _member(where: str, member: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if member == "denied":
        yield from _denied(where, old or {}, new or {})
        return
    yield Change(where, _told(member, old), _told(member, new), _effect(member, old, new))


def _effect(member: str, old: Any, new: Any) -> Effect:
    effect = Effect.REPLACES
    match member:
        case "level":
            effect = effect_of(lets_in=new > old, shuts_out=new < old)
        case "speaks_for":
            effect = effect_of(lets_in=not set(new) <= set(old), shuts_out=not set(old) <= set(new))
        case "transparency":
            # Left out it is log: only none lets in what no log has seen.
            effect = effect_of(lets_in=new == "none", shuts_out=old == "none")
        case "review_by" | "level_document":
            effect = Effect.NEUTRAL
        case "valid_from":
            effect = Effect.TIGHTENS if _is_further(old, new, later=True) else Effect.WEAKENS
        case "distrusted_from":
            effect = Effect.TIGHTENS if _is_further(old, new, later=False) else Effect.WEAKENS
        case "keyid" if old is None or new is None:
            effect = Effect.TIGHTENS if old is None else Effect.WEAKENS
    return effect


def _is_further(old: str | None, new: str | None, *, later: bool) -> bool:
    """Say whether a bound is new, or has moved so that less lies within it."""
    if old is None or new is None:
        return old is None
    before, after = datetime.fromisoformat(old), datetime.fromisoformat(new)
    return after > before if later else after < before


def _denied(where: str, old: Json, new: Json) -> Iterator[Change]:
    for member in sorted({*old, *new}):
        before, after = old.get(member, []), new.get(member, [])
        if before == after:
            continue
        effect = effect_of(lets_in=not set(before) <= set(after), shuts_out=not set(after) <= set(before))
        if member not in _SETS:
            effect = Effect.REPLACES
        yield Change(f"{where}: {member}", _told(member, before), _told(member, after), effect)


def _in_words(entry: Json) -> str:
    return "; ".join(f"{member} {_told(member, value)}" for member, value in entry.items() if member != "name")


def _told(member: str, value: Any) -> str:
    """Long parts are told by their digest: the exact document beside has them whole."""
    if value in (None, [], {}):
        return NONE
    if member in ("trusted_root", "pem"):
        content = value.encode() if isinstance(value, str) else canonical(value)
        return f"SHA-256 {sha256_hex(content)}"
    if isinstance(value, list):
        return ", ".join(escaped(str(item)) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{escaped(str(name))} {escaped(str(item))}" for name, item in value.items())
    return escaped(str(value))
