"""What can be wrong with a file, and how it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from verification.reasons import Reason

LONGEST_SHOWN = 200
"""Characters of hostile text that a sentence repeats: enough to recognise it by, too few to flood a terminal."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong: the reason's word, and a sentence (printable ASCII where it repeats the file)."""

    reason: Reason
    detail: str


class DistributionRefused(Exception):
    """A file is no distribution that this registry takes. `problems` holds all that could be known, never none."""

    def __init__(self, *problems: FileProblem) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = problems


def archive_problem(detail: str) -> FileProblem:
    """Return that the archive is malformed."""
    return FileProblem(Reason.ARCHIVE_MALFORMED, detail)


def malformed(detail: str) -> DistributionRefused:
    """Return the refusal of an archive in which reading on would mean to guess."""
    return DistributionRefused(archive_problem(detail))


def shown(text: str) -> str:
    """Return text of the uploader's quoted for a sentence: escaped to printable ASCII, and cut."""
    return ascii(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")


def shown_some(texts: Collection[str]) -> str:
    """Return the first few of many names, in order, and how many there are besides."""
    first = sorted(texts)[:3]
    listed = ", ".join(shown(text) for text in first)
    return listed if len(texts) == len(first) else f"{listed} and {len(texts) - len(first)} more"
