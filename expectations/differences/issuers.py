"""What a new list of identity providers would change: whose tokens are believed, and how they are read."""

from __future__ import annotations

from expectations.differences.change import Change, Effect
from expectations.documents import Issuers
from expectations.publishers.kinds import PublisherKind
from verification.parameters import escaped

NOT_BELIEVED = "not believed"


def difference(old: Issuers, new: Issuers) -> tuple[Change, ...]:
    """Return one change an issuer that differs. A new one weakens: packages may then list publishers of it."""
    names = sorted(old.kinds.keys() | new.kinds.keys())
    return tuple(
        _change(escaped(name), old.kinds.get(name), new.kinds.get(name))
        for name in names
        if old.kinds.get(name) is not new.kinds.get(name)
    )


def _change(name: str, old: PublisherKind | None, new: PublisherKind | None) -> Change:
    before, after = (NOT_BELIEVED if kind is None else f"believed, as {kind.words}" for kind in (old, new))
    if old is None:
        note = "nobody may upload by it before a package's people list a publisher of it"
        return Change(name, before, after, Effect.WEAKENS, note, f"tokens of {name} are believed")
    if new is None:
        note = "its publishers upload no longer, whichever package lists them"
        return Change(name, before, after, Effect.TIGHTENS, note, f"tokens of {name} are believed no longer")
    return Change(name, before, after, Effect.REPLACES, "its publishers have to be listed anew")
