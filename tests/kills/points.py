"""Where an upload can be cut short: each step of the crash table, and the moments within it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """The moment before or after a function of the registry is called; ``name`` says what is done by then."""

    name: str
    module: str
    attribute: str
    after: bool = True


POINTS = (
    Point("receiving", "registry.receiving", "Reception.write"),
    Point("received", "registry.receiving", "Reception.complete"),
    Point("read", "registry.publish", "read_candidate"),
    Point("examined", "registry.publish", "examine_all"),
    Point("locked", "registry.publish", "locked_ground"),
    Point("decided", "registry.admission", "decide"),
    Point("about-to-write", "registry.admission", "writing"),
    Point("written", "registry.publish", "admit"),
    Point("committed", "registry.publish", "reveal", after=False),
    Point("promoted", "registry.storage", "ContentAddressedStorage.promote"),
    Point("page-made", "registry.index_pages", "writing"),
    Point("revealed", "registry.publish", "reveal"),
    Point("discarded", "registry.receiving", "Received.discard"),
)
"""In the order in which an accepted upload comes by them. What it writes, and the commit after it, are one message to the
database: whatever of it arrived, kills of the database show (``test_database_kills.py``)."""

FIRST_USE = Point("promise-bound", "expectations.actions", "bind_first")
"""Only a package's first file comes by here."""

REFUSAL = Point("refusal-written", "registry.publish", "keep")
"""Only a refused upload comes by here; its transaction has not ended yet."""

ALL = {point.name: point for point in (*POINTS, FIRST_USE, REFUSAL)}
