"""What a new list of trusted publishers would change: who may upload without a token of their own."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.differences.change import Change, Effect
from expectations.documents import Publisher, Publishers
from expectations.publishers.kinds import PINS, PublisherKind
from expectations.publishers.matching import title
from verification.parameters import escaped

NOT_LISTED = "not listed"

FREE = "any environment of it will do"
"""What a publisher without an environment lets in: every job of its workflow that may ask for a token."""


def difference(old: Publishers, new: Publishers) -> tuple[Change, ...]:
    """Return one change a publisher that joins, which weakens, or leaves. There is no changing one: it is another then."""
    before = {publisher.digest: publisher for publisher in old.listed}
    after = {publisher.digest: publisher for publisher in new.listed}
    return tuple(
        change
        for digest in sorted(before.keys() | after.keys())
        for change in _change(before.get(digest), after.get(digest))
    )


def _change(old: Publisher | None, new: Publisher | None) -> Iterator[Change]:
    if old is None and new is not None:
        name = escaped(title(new))
        note = "what it uploads still has to meet the expectation; it never proposes or decides"
        if "environment" not in new.claims and any(pin.name == "environment" for pin in PINS[new.kind]):
            note = f"{FREE}; {note}"
        yield Change(name, NOT_LISTED, told(new), Effect.WEAKENS, note, f"{name} may upload")
    elif old is not None and new is None:
        name = escaped(title(old))
        note = "tokens that it was given end at once"
        yield Change(name, told(old), NOT_LISTED, Effect.TIGHTENS, note, f"{name} may upload no longer")


def told(publisher: Publisher) -> str:
    """Return every pin of a publisher on one line."""
    labels = {pin.name: pin.label for pin in PINS[publisher.kind]} if publisher.kind is not PublisherKind.OTHER else {}
    pins = [f"{labels.get(name, escaped(name))}: {escaped(value)}" for name, value in publisher.claims.items()]
    return "; ".join([f"issuer: {escaped(publisher.issuer)}", *pins])
