"""Run each target in a process of its own for its share of the time, and tell what was tried and what was found.

The corpus of each target is kept below ``var/fuzz/``, so that the next run begins where this one ended. Exit status 1
where a law was broken: the input and its traceback lie below ``var/fuzz/TARGET/findings/``. What is found becomes a test
that says in words what the input was, beside the other tests of what it broke (``tests/verification/``).
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.laws.targets import TARGETS

BELOW = Path(__file__).resolve().parents[3] / "var" / "fuzz"

_DONE = re.compile(r"Done (\d+) runs in (\d+) second")
_COVERED = re.compile(r" cov: (\d+) ")


@dataclass(frozen=True)
class Told:
    """What came of one target."""

    target: str
    runs: int
    seconds: int
    branches: int
    findings: int
    ended: bool

    @property
    def line(self) -> str:
        """One line of the table."""
        rate = self.runs / self.seconds if self.seconds else 0
        how = "" if self.ended else "  THE PROCESS DIED"
        return (
            f"{self.target:12} {self.runs:>10} executions {rate:>8.0f} a second"
            f" {self.branches:>6} branches {self.findings:>3} findings{how}"
        )


def main(arguments: list[str]) -> int:
    """Fuzz the targets; return 1 where anything was found, 2 where there is no fuzzer."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--minutes", type=float, default=5.0, help="for all targets together (default: 5)")
    options = parser.parse_args(arguments)
    if unknown := set(options.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("atheris is not installed: it has wheels for Linux on x86-64, CPython 3.11 to 3.13, alone\n")
        return 2
    names = options.targets or list(TARGETS)
    told = [_fuzz(name, max(1, round(options.minutes * 60 / len(names)))) for name in names]
    print(*(each.line for each in told), sep="\n")
    print(f"executions {sum(each.runs for each in told)}, findings {sum(each.findings for each in told)}")
    return 0 if all(each.ended and not each.findings for each in told) else 1


def _fuzz(name: str, seconds: int) -> Told:
    folder = BELOW / name
    for each in ("corpus", "findings"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.laws.fuzz.process", name, str(folder), str(seconds)]
    with (folder / "log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    text = (folder / "log").read_text(errors="replace")
    done, covered = _DONE.search(text), _COVERED.findall(text)
    findings = len(list((folder / "findings").glob("*.txt")))
    return Told(
        name,
        int(done[1]) if done else 0,
        int(done[2]) if done else 0,
        int(covered[-1]) if covered else 0,
        findings,
        done is not None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
