"""What a deletion would change."""

from __future__ import annotations

from expectations.differences.change import Change, Effect


def difference(what: str) -> tuple[Change, ...]:
    """Return the one change: ``what`` (a file or release, as a page names it) is offered no longer."""
    note = "for ever: nobody can bring it back, and its name is never used again; verdict and evidence stay"
    return (Change(what, "offered", "deleted", Effect.REPLACES, note, f"{what} is deleted for ever"),)
