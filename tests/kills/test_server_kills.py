"""The crash table: a server that is killed at any step of an upload leaves what the table says, and loses nothing.

Each test ends with the sweep, and with every invariant of :mod:`tests.kills.invariants`.
"""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.kills.place import DIED, Place
from tests.kills.points import ALL, FIRST_USE, POINTS, REFUSAL, Point

_COMMITTED = {"written", "committed", "promoted", "page-made", "revealed", "discarded"}
"""The points at which an upload is in, whatever its sender was told."""


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_killed_at(place: Place, kills: int, point: Point) -> None:
    """kill -9 at each step: either nothing happened, or the file is in and visible after the sweep; again is always 200."""
    place.upload("widget").send(place.registry).raise_for_status()
    for _ in range(kills):
        upload = place.upload("widget")
        place.let("die", point.name)
        with pytest.raises(DIED):
            upload.send(place.registry)
        assert place.was_met
        place.settle()
        assert (upload.filename in place.agent.ask("visible")) is (point.name in _COMMITTED)
        again = upload.send(place.registry)
        assert (again.status_code, again.json()["message"]) == (
            200,
            "already here, nothing changed" if point.name in _COMMITTED else "accepted",
        )
        place.settle()


@pytest.mark.parametrize("point", [FIRST_USE, ALL["about-to-write"], ALL["committed"]], ids=lambda point: point.name)
def test_a_first_use_is_bound_with_its_file_or_not_at_all(place: Place, point: Point) -> None:
    """Threat: a name is bound by an upload that never came in. Both are of one transaction."""
    upload = place.upload(f"first-{point.name}")
    place.let("die", point.name)
    with pytest.raises(DIED):
        upload.send(place.registry)
    place.settle()
    assert upload.send(place.registry).status_code == 200
    place.settle()


def test_a_refusal_that_is_cut_short_is_kept_whole_or_not_at_all(place: Place) -> None:
    """A refusal is kept with its verdict in one transaction; what was refused leaves nothing behind but that."""
    place.upload("gadget").send(place.registry).raise_for_status()
    forged = place.upload("gadget", owner_id="666")
    place.let("die", REFUSAL.name)
    with pytest.raises(DIED):
        forged.send(place.registry)
    place.settle()
    assert forged.send(place.registry).status_code == 400
    assert place.agent.ask("abandon") == []


def test_killed_at_any_moment_under_load(place: Place, kills: int) -> None:
    """kill -9 of whichever worker comes by some point first, while four clients upload: whoever was told 200 is in."""
    chosen = random.Random(time.time_ns())
    for _ in range(3 * kills):
        uploads = [place.upload(f"crowd-{number % 2}") for number in range(8)]
        told: list[str] = []

        def send_some(mine: list[int], uploads=uploads, told=told) -> None:  # type: ignore[no-untyped-def]  # bound as it is now
            for number in mine:
                try:
                    if uploads[number].send(place.registry).status_code == 200:
                        told.append(uploads[number].filename)
                except DIED:
                    continue

        place.let("die", chosen.choice(POINTS).name)
        clients = [threading.Thread(target=send_some, args=([n, n + 4],)) for n in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert place.was_met
        place.settle()
        assert set(told) <= set(place.agent.ask("visible"))
        for upload in uploads:
            assert upload.send(place.registry).status_code == 200
        place.settle()


def test_nothing_is_left_and_the_log_is_whole(place: Place) -> None:
    """After all those kills: a day later quarantine is empty, and the audit log agrees with every row."""
    assert place.agent.ask("abandon") == []
    assert "problem" not in place.agent.ask("verify_audit")
