"""The registry's benchmark: what it sends is what clients send, and figures are told as they were measured."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.serving import big_file, figures, wheels
from benchmarks.serving.figures import Figure, compared, in_turn
from registry.distribution import read_distribution
from tests.support.sigstore_world import SigstoreWorld

NOW = datetime.now(UTC)


def test_a_rate_is_compared_round_by_round() -> None:
    """A machine that is slow for a while is slow for everybody: rounds are compared, and then the median is taken."""
    figure = compared("uploads", [100, 10, 30], [50, 5, 10], goal=2, unit="a second")
    assert figure.met
    assert figure.measured.startswith("2.00 times (30 to 10")
    assert not compared("uploads", [19], [10], goal=2, unit="a second").met


def test_everybody_runs_once_a_round() -> None:
    """Contenders take turns, in an order that changes and is the same in every run."""
    ran: list[str] = []

    def contender(name: str) -> Callable[[int], float]:
        def run(number: int) -> float:
            ran.append(name)
            return float(number)

        return run

    found = in_turn({name: contender(name) for name in "abc"}, 4)
    assert found == {name: [0.0, 1.0, 2.0, 3.0] for name in "abc"}
    assert [set(ran[start : start + 3]) for start in range(0, 12, 3)] == [set("abc")] * 4


def test_a_missed_goal_is_told() -> None:
    """Table and plot show what was reached, not what was hoped for."""
    missed = Figure("uploads & <more>", "1.00 times", "2 times", 0.5)
    assert "**not met**" in figures.table([missed])
    drawing = ElementTree.fromstring(figures.plot([missed, Figure("pages", "9 times", "3 times", 3.0)]))
    assert "uploads & <more>" in "".join(drawing.itertext())


def test_what_is_sent_is_a_real_wheel(tmp_path: Path) -> None:
    """Small wheels are of the size that is told, and the large one passes every check of the archive."""
    small = wheels.release("bench", "1.0", SigstoreWorld(NOW - timedelta(days=1)), at=NOW)
    assert 4_500 < len(small.content) < 5_500
    assert len(small.plain) < len(small.attested)
    large = tmp_path / "large-1.0-py3-none-any.whl"
    big_file.write_wheel(large, 2)
    assert zipfile.ZipFile(large).testzip() is None
    assert read_distribution(large, large.name).name == "large"
