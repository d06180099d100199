"""What the verifier is measured against, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contenders import PIPELINE_BUNDLE, PIPELINE_PEP740, PYPI_ATTESTATIONS, SIGSTORE
from benchmarks.timing import Spread, Timings

FULL_RUN = 100_000
"""Verifications over which the memory must not grow."""

MAX_GROWTH = 1.0
"""Most MiB by which it may differ at the end: the allocator's own rounding, 10 bytes a verification of a full run."""


MAX_LOAD_OF_OTHERS = 0.5
"""More than this is said beside what two processes came to."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal, in words, and what was measured."""

    wanted: str
    measured: str
    met: bool

    def __str__(self) -> str:
        """Return the line that is printed."""
        return f"{'met    ' if self.met else 'NOT MET'}  {self.wanted}: {self.measured}"


def speed_goals(evidence: str, timings: Timings) -> list[Goal]:
    """Return the two goals of speed. Each is held against the same bytes read by the other."""
    by_sigstore = timings.speed(PIPELINE_BUNDLE, SIGSTORE)
    by_pypi = timings.speed(PIPELINE_PEP740, PYPI_ATTESTATIONS)
    return [
        Goal(f"{evidence}: 0.9 of bare sigstore's speed", f"{by_sigstore:.2f}", by_sigstore.median >= 0.9),
        Goal(f"{evidence}: 1.3 times as fast as pypi_attestations", f"{by_pypi:.2f}", by_pypi.median >= 1.3),
    ]


def memory_goal(readings: list[float], verifications: int) -> Goal:
    """Return whether the memory has stayed as it was after the warm-up. ``readings`` are MiB, in their order."""
    growth = readings[-1] - readings[0]
    told = f"{readings[0]:.1f} MiB, then {readings[-1]:.1f} MiB"
    return Goal(f"no growth of memory over {verifications} verifications", told, growth <= MAX_GROWTH)


def processes_goal(ratio: Spread, limit: Spread, others: float) -> Goal:
    """Return whether two processes are twice as fast as one: 1.9 times counts, as no machine does nothing else.

    ``limit`` is what the bare cryptography comes to, told beside it; ``others`` is the load that was there before: where
    others keep the cores busy, nothing is doubled by a second process.
    """
    busy = f"; others were busy here, load {others:.1f}" if others > MAX_LOAD_OF_OTHERS else ""
    return Goal(
        "two processes twice as fast as one", f"{ratio:.2f}, bare cryptography {limit:.2f}{busy}", ratio.median >= 1.9
    )
