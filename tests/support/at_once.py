"""Acts at the same moment, each over a connection of its own to a database that really commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, connections, transaction

from expectations.refusal import ChangeRefused
from verification.reasons import Reason

Act = Callable[[], object]
Outcome = Reason | object
"""What an act returned, or the reason that it was refused for. Any other error is raised: it would have been a 500."""

PATIENCE = 20.0
"""Seconds until somebody who should wait, or end, is given up."""


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
