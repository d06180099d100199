"""How many verifications two processes make in the time in which one makes as many as it can."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.bare_cryptography import bare_cryptography
from benchmarks.contenders import pipeline
from benchmarks.evidence import REAL_SDIST, real, simulated
from benchmarks.timing import Spread

_runs: dict[str, Callable[[], object]] = {}
"""What a worker runs, by name, with the evidence and the roots of trust that it keeps."""

VERIFICATION = "verification"
CRYPTOGRAPHY = "bare cryptography"
"""Of which two processes share nothing at all: as many times one as the machine lets them be."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """Runs a second of one process and of two, and two by one."""

    one: Spread
    two: Spread
    ratio: Spread


def one_and_two(seconds: float, rounds: int, folder: Path) -> dict[str, Doubled]:
    """Return what two processes make of verification, and of the bare cryptography, all in turn over some rounds."""
    pairs: dict[str, list[tuple[float, float]]] = {VERIFICATION: [], CRYPTOGRAPHY: []}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=_make, initargs=(folder,)) as workers:
        for name in pairs:
            _rate(workers, name, 2, seconds)
        for _ in range(rounds):
            for name, found in pairs.items():
                found.append((_rate(workers, name, 1, seconds), _rate(workers, name, 2, seconds)))
    return {name: _doubled(found) for name, found in pairs.items()}


def _doubled(pairs: list[tuple[float, float]]) -> Doubled:
    ones, twos = zip(*pairs, strict=True)
    return Doubled(Spread.of(ones), Spread.of(twos), Spread.of([two / one for one, two in pairs]))


def _rate(workers: ProcessPoolExecutor, name: str, processes: int, seconds: float) -> float:
    return sum(workers.map(_run_for, [name] * processes, [seconds] * processes))


def _make(folder: Path) -> None:
    evidence = real("slsa", folder / str(time.monotonic_ns())) if REAL_SDIST.exists() else simulated()
    _runs[VERIFICATION] = pipeline(evidence, evidence.pep740)
    _runs[CRYPTOGRAPHY] = bare_cryptography(evidence)


def _run_for(name: str, seconds: float) -> float:
    run, count = _runs[name], 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        run()
        count += 1
    return count / (time.perf_counter() - began)
