"""Side by side and in turn: what disturbs the machine for a while disturbs everybody alike.

Measured is processor time. Nobody here waits for anything, so on an idle machine it is the time that passes; on a
shared one it does not count what others take.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import quantiles

from benchmarks.contenders import Contenders


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the quartiles around it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of two values or more."""
        return cls(*quantiles(values, n=4))

    def __format__(self, spec: str) -> str:
        """Return median and quartiles, each in the given format."""
        return f"{self.median:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


@dataclass(frozen=True, slots=True)
class Timings:
    """Processor seconds of each call by contender, in the order of the rounds."""

    seconds: dict[str, list[float]]

    def milliseconds(self, name: str) -> Spread:
        """Return how long one call takes."""
        return Spread.of([1000 * each for each in self.seconds[name]])

    def speed(self, name: str, other: str) -> Spread:
        """Return how many times as fast as the other it is, round by round."""
        pairs = zip(self.seconds[name], self.seconds[other], strict=True)
        return Spread.of([theirs / ours for ours, theirs in pairs])


def time_in_turn(contenders: Contenders, rounds: int) -> Timings:
    """Call each contender once a round, after some rounds that do not count, in another order each round.

    Whoever follows one that runs much of the same code finds it in the processor's caches: nobody always does.
    """
    names, order = list(contenders), Random(0)  # noqa: S311  (no secret: the same orders in every run)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-max(5, rounds // 10), rounds):
        for name in order.sample(names, len(names)):
            began = time.process_time()
            contenders[name]()
            took = time.process_time() - began
            if number >= 0:
                seconds[name].append(took)
    return Timings(seconds)
