"""Measure this registry beside pypiserver and devpi-server, and say which goals were met.

The short form fits in some minutes, and its figures are rough; ``--full`` fills the registry, sends 1 GiB, and takes more rounds.
Exit code 0 whatever was measured; with ``--goals`` 1 if a goal was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving import big_file, figures, fill, installs, pages, peers, uploads
from benchmarks.serving.figures import Figure
from benchmarks.serving.ours import Ours, installed, serving

ROOT = Path(__file__).resolve().parent.parent.parent
FULL = 100_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    uploads: int
    rounds: int
    seconds: float
    many: int
    filling: int
    mebibytes: int


SHORT = Extent(uploads=80, rounds=2, seconds=1, many=200, filling=2_000, mebibytes=128)
LONG = Extent(uploads=400, rounds=5, seconds=4, many=2_000, filling=FULL, mebibytes=1_024)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the plot where asked, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure at length (half an hour)")
    parser.add_argument("--goals", action="store_true", help="exit code 1 if a goal is missed")
    parser.add_argument("--plot", type=Path, help="where to write a drawing (SVG)")
    options = parser.parse_args(arguments)
    print(f"beside {', '.join(f'{name} {version}' for name, version in peers.versions().items())}\n")
    with tempfile.TemporaryDirectory(prefix="sluicegate-bench-") as folder:
        found = []
        for figure in measure(LONG if options.full else SHORT, Path(folder)):
            print(f"{figure.what}: {figure.measured}; goal: {figure.goal}", flush=True)
            found.append(figure)
    print(f"\n{figures.table(found)}")
    if options.plot:
        options.plot.write_text(figures.plot(found))
    return 1 if options.goals and not all(figure.met for figure in found) else 0


def measure(extent: Extent, folder: Path) -> Iterator[Figure]:
    """Yield each figure as it is there. Whoever is measured is served the whole time, and idle while others are."""
    with ExitStack() as running:
        ours = running.enter_context(installed(ROOT, folder))
        pypiserver = running.enter_context(peers.pypiserver(folder / "pypiserver"))
        devpi = running.enter_context(peers.devpi(folder / "devpi"))
        with serving(ours, workers=2) as registry:
            uploads.send(ours, registry, extent.uploads)
            empty = [uploads.send(ours, registry, extent.uploads).per_second for _ in range(extent.rounds)]
            yield from uploads.compare(ours, registry, pypiserver, devpi, uploads=extent.uploads, rounds=extent.rounds)
            pages.publish(ours, registry, [pypiserver, devpi], many=extent.many)
            installs.publish(ours, registry, pypiserver)
            yield from installs.compare(registry, pypiserver, rounds=extent.rounds)
        few = yield from _pages(extent, ours, pypiserver, devpi, folder)
        fill.fill(ours.database, ours.var, extent.filling)
        yield from _full(extent, ours, empty, few)
        with serving(ours, workers=2) as registry:
            yield from big_file.measure(ours, registry, mebibytes=extent.mebibytes)


def _pages(
    extent: Extent, ours: Ours, pypiserver: peers.Peer, devpi: peers.Peer, folder: Path
) -> Generator[Figure, None, list[float]]:
    """Yield the figures of index pages; return pages a second of the registry before it is filled."""
    with serving(ours, workers=1) as registry:
        yield from pages.compare(
            registry, pypiserver, devpi, many=extent.many, seconds=extent.seconds, rounds=extent.rounds
        )
        few = [pages.read(f"{registry.url}/simple/{pages.TEN}/", extent.seconds) for _ in range(extent.rounds)]
    with serving(ours, workers=2, SLUICEGATE_BEHIND_NGINX="1") as registry:
        yield from pages.behind_nginx(registry, folder, seconds=extent.seconds, rounds=extent.rounds)
    return few


def _full(extent: Extent, ours: Ours, empty: list[float], few: list[float]) -> Iterator[Figure]:
    """Yield what filling it has cost: the rest of the run lies in between, and with it whatever the machine did."""
    with serving(ours, workers=2) as registry:
        uploads.send(ours, registry, extent.uploads)
        full = [uploads.send(ours, registry, extent.uploads).per_second for _ in range(extent.rounds)]
    yield figures.compared(f"uploads with {extent.filling} files, to few", full, empty, goal=0.9, unit="a second")
    with serving(ours, workers=1) as registry:
        pages.read(f"{registry.url}/simple/{pages.TEN}/", 1)
        many = [pages.read(f"{registry.url}/simple/{pages.TEN}/", extent.seconds) for _ in range(extent.rounds)]
    yield figures.compared(f"page with {extent.filling} packages, to few", many, few, goal=0.8, unit="a second")


if __name__ == "__main__":
    sys.exit(main())
