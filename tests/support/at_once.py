"""Acts at the same moment, each over a connection of its own to a database that really commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from expectations.refusal import ChangeRefused
from verification.reasons import Reason

Act = Callable[[], object]
Outcome = Reason | object
"""What an act returned, or the reason that it was refused for. Any other error is raised: it would have been a 500."""

PATIENCE = 60.0
"""Seconds until somebody who should wait, or end, is given up."""

ROUNDS = 4
"""How often chance decides the order."""

hows = pytest.mark.parametrize("how", ["first", "second", *(f"chance {number}" for number in range(ROUNDS))])
"""Marks a test that is run with the first act before the second, with the second before the first, and as chance has it."""


def at_once(*acts: Act) -> list[Outcome]:
    """Begin all acts at the same moment; return what each came to."""
    barrier = threading.Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(_outcome, act, barrier) for act in acts]]


def one_waiting(first: Act, second: Act, *, and_then: Act | None = None) -> tuple[Outcome, Outcome]:
    """Do the first act, and begin the second before the first is committed; return what each came to.

    The first is committed once the second waits for it, as far as it came, or has ended without. ``and_then`` is what the
    first still does by then; its outcome is the first's.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            came = _outcome_here(first)
            waiting = pool.submit(_outcome, second, None)
            _until_it_waits(waiting)
            if and_then is not None:
                came = _outcome_here(and_then)
        return came, waiting.result(PATIENCE)


def either_way(first: Act, second: Act, how: str) -> tuple[Outcome, Outcome]:
    """Run two acts with the named one before the other, or as chance has it; return what each came to."""
    match how:
        case "first":
            return one_waiting(first, second)
        case "second":
            later, earlier = one_waiting(second, first)
            return earlier, later
    one, other = at_once(first, second)
    return one, other


def in_any_order(first: Act, second: Act, orders: Mapping[str, tuple[Outcome, Outcome]], how: str) -> str:
    """Run two acts either way; return which of the two orders their outcomes are of: nothing else may come of them."""
    came = either_way(first, second, how)
    order = next((name for name, outcomes in orders.items() if outcomes == came), None)
    assert order is not None, came
    assert how not in orders or order == how
    return order


def _until_it_waits(act: Future[Outcome]) -> None:
    until = time.monotonic() + PATIENCE
    while not act.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        assert time.monotonic() < until, "the second act neither waits nor ends"
        time.sleep(0.01)


def _outcome_here(act: Act) -> Outcome:
    try:
        return act()
    except ChangeRefused as refused:
        return refused.reason


def _outcome(act: Act, barrier: threading.Barrier | None) -> Outcome:
    try:
        if barrier is not None:
            barrier.wait(PATIENCE)
        return _outcome_here(act)
    finally:
        connections.close_all()
