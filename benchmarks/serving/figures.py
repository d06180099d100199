"""What was measured, as a table in Markdown and as a plot in SVG."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from random import Random
from statistics import median

WIDTH, ROW, LEFT = 760, 30, 380


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: ``measured`` against ``goal``, both told in words; ``part`` is how much of the goal was reached."""

    what: str
    measured: str
    goal: str
    part: float

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.part >= 1


def in_turn(contenders: Mapping[str, Callable[[int], float]], rounds: int) -> dict[str, list[float]]:
    """Let everybody run once a round, in another order each round: what disturbs the machine disturbs them all."""
    names, order = list(contenders), Random(0)  # noqa: S311  (no secret: the same orders in every run)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in order.sample(names, len(names)):
            found[name].append(contenders[name](number))
    return found


def times(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how many times theirs ours is: the median over the rounds."""
    return median(mine / other for mine, other in zip(ours, theirs, strict=True))


def compared(what: str, ours: Sequence[float], theirs: Sequence[float], *, goal: float, unit: str) -> Figure:
    """Return a figure for a rate that is to be so many times another's."""
    ratio = times(ours, theirs)
    told = f"{ratio:.2f} times ({median(ours):.0f} to {median(theirs):.0f} {unit})"
    return Figure(what, told, f"{goal:g} times", ratio / goal)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table, with the machine's load beside them."""
    lines = ["| what | measured | goal | |", "|---|---|---|---|"]
    lines += [
        f"| {figure.what} | {figure.measured} | {figure.goal} | {'met' if figure.met else '**not met**'} |"
        for figure in figures
    ]
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return "\n".join([*lines, "", f"{os.cpu_count()} cores; load at the end (1, 5, 15 minutes): {load}."])


def plot(figures: Sequence[Figure]) -> str:
    """Return an SVG drawing: a bar a figure, as long as the part of its goal that was reached, and the goal as a line."""
    height = ROW * (len(figures) + 1)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
            "<title>How much of each goal of speed was reached</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            *_bars(figures),
            f'<line x1="{_x(1)}" x2="{_x(1)}" y1="0" y2="{height - ROW}" stroke="black" stroke-dasharray="4"/>',
            f'<text x="{_x(1)}" y="{height - 10}" text-anchor="middle">the goal</text>',
            "</svg>",
            "",
        ]
    )


def _bars(figures: Sequence[Figure]) -> Iterator[str]:
    for number, figure in enumerate(figures):
        top = number * ROW + 5
        colour = "#2a7d4f" if figure.met else "#b3402a"
        yield f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(figure.what)}</text>'
        yield f'<rect x="{LEFT}" y="{top}" width="{_x(figure.part) - LEFT:.0f}" height="{ROW - 10}" fill="{colour}"/>'


def _x(part: float) -> float:
    """Twice the goal and more is drawn as twice."""
    return LEFT + min(part, 2) * (WIDTH - LEFT - 10) / 2
