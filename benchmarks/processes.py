"""How many verifications two processes make in the time in which one makes as many as it can."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.contenders import pipeline
from benchmarks.evidence import REAL_SDIST, Evidence, real, simulated
from benchmarks.timing import Spread

_made: list[Evidence] = []
"""A worker's evidence, with the roots of trust that it keeps."""


def one_and_two(seconds: float, rounds: int, folder: Path) -> tuple[Spread, Spread, Spread]:
    """Return verifications a second of one process, of two, and two by one, in turn over some rounds."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=_make, initargs=(folder,)) as workers:
        _rate(workers, 2, seconds)
        pairs = [(_rate(workers, 1, seconds), _rate(workers, 2, seconds)) for _ in range(rounds)]
    ones, twos = zip(*pairs, strict=True)
    return Spread.of(ones), Spread.of(twos), Spread.of([two / one for one, two in pairs])


def _rate(workers: ProcessPoolExecutor, processes: int, seconds: float) -> float:
    return sum(workers.map(_verify_for, [seconds] * processes))


def _make(folder: Path) -> None:
    _made.append(real("slsa", folder / str(time.monotonic_ns())) if REAL_SDIST.exists() else simulated())


def _verify_for(seconds: float) -> float:
    run, count = pipeline(_made[0], _made[0].pep740), 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        run()
        count += 1
    return count / (time.perf_counter() - began)
