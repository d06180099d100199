"""The verifier beside bare sigstore, pypi_attestations and the bare cryptography, in one run.

Exit code 0 whatever was measured; with ``--goals`` 1 if a goal was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import goals
from benchmarks.contenders import SIGSTORE, contenders
from benchmarks.evidence import REAL_SDIST, ROOT, Evidence, real, simulated
from benchmarks.goals import Goal
from benchmarks.memory import resident_over
from benchmarks.processes import CRYPTOGRAPHY, VERIFICATION, one_and_two
from benchmarks.timing import Timings, time_in_turn


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the figures and the goals, and return the exit code."""
    options = _options(arguments)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start; medians, quartiles in parentheses\n")
    with tempfile.TemporaryDirectory(prefix="sluicegate-bench-") as folder:
        found = list(_measure(options, Path(folder), load))
    print("Goals")
    for goal in found:
        print(f"  {goal}")
    return 1 if options.goals and not all(goal.met for goal in found) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500, help="calls of each contender (%(default)s)")
    parser.add_argument(
        "--verifications", type=int, default=goals.FULL_RUN, help="verifications to watch the memory over (%(default)s)"
    )
    parser.add_argument("--warm-up", type=int, default=2_000, help="verifications before those (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="how long one and two processes verify (%(default)s)"
    )
    parser.add_argument("--goals", action="store_true", help="exit code 1 if a goal is missed")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace, folder: Path, load: float) -> Iterator[Goal]:
    every = list(_evidence(folder))
    doubled = one_and_two(options.seconds, 5, folder)
    for name, found in doubled.items():
        print(f"{name}, a second: one process {found.one:.0f}, two {found.two:.0f}; two by one {found.ratio:.2f}")
    print()
    yield goals.processes_goal(doubled[VERIFICATION].ratio, doubled[CRYPTOGRAPHY].ratio, load)
    for number, evidence in enumerate(every):
        timings = time_in_turn(contenders(evidence, folder / f"roots-{number}"), options.rounds)
        _print_timings(evidence, timings)
        yield from goals.speed_goals(evidence.name, timings)
    readings = resident_over(every[0], options.verifications, warm_up=options.warm_up)
    print(
        f"Resident memory (MiB) over {options.verifications} verifications, half of them of evidence never seen before:"
    )
    print("  " + "  ".join(f"{reading:.1f}" for reading in readings) + "\n")
    yield goals.memory_goal(readings, options.verifications)


def _evidence(folder: Path) -> Iterator[Evidence]:
    if REAL_SDIST.exists():
        yield real("slsa", folder / "slsa")
        yield real("publish", folder / "publish")
    else:
        print(f"(no real evidence: `make {REAL_SDIST.relative_to(ROOT)}` fetches it)\n")
    yield simulated()


def _print_timings(evidence: Evidence, timings: Timings) -> None:
    print(f"{evidence.name:30}{'ms a call':24}{'speed, bare sigstore = 1':>30}")
    for name in timings.seconds:
        print(
            f"  {name:28}{timings.milliseconds(name):>.2f}".ljust(54) + f"{timings.speed(name, SIGSTORE):.2f}".rjust(30)
        )
    print()


if __name__ == "__main__":
    sys.exit(main())
