"""What a call costs: seconds, and how far it lets the process grow, libraries in C and Rust counted too."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

MAX_SECONDS = 1.0
MAX_BYTES = 100_000_000
"""No input takes more (the law itself)."""


@dataclass(frozen=True)
class Cost:
    """``seconds`` of the processor's time, and by how many ``bytes`` the peak of the memory in use rose."""

    seconds: float
    bytes: int


def cost_of(call: Callable[[], object]) -> Cost:
    """Return what a call costs in a process of its own, a copy of this one that has everything loaded already."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_measure, args=(call, sender))
    child.start()
    sender.close()
    try:
        cost: Cost = receiver.recv()
    except EOFError:
        raise AssertionError("the call did not return") from None
    finally:
        child.join()
    return cost


def _measure(call: Callable[[], object], sender: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    call()
    seconds = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send(Cost(seconds, (after - before) * 1024))
