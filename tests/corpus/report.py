"""What a run came to: disagreements, a table by class, and one line that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.corpus.gate import Result


@dataclass(frozen=True)
class Totals:
    """The counts of a run. A false accept is a forgery let in, a false refusal an honest upload turned away."""

    agreeing: int
    in_scope: int
    false_accepts: int
    false_refusals: int
    out_of_scope: int

    @property
    def line(self) -> str:
        """The last line of the report."""
        return (
            f"agree {self.agreeing} of {self.in_scope}, false accepts {self.false_accepts}, "
            f"false refusals {self.false_refusals}, out of scope {self.out_of_scope}"
        )


def totals(results: Sequence[Result]) -> Totals:
    """Return the counts of some results."""
    counted = [result for result in results if result.counts]
    wrong = [result for result in counted if not result.agrees]
    return Totals(
        agreeing=len(counted) - len(wrong),
        in_scope=len(counted),
        false_accepts=sum(result.accepted for result in wrong),
        false_refusals=sum(not result.accepted for result in wrong),
        out_of_scope=len(results) - len(counted),
    )


def as_text(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of the report."""
    for result in results:
        if result.broken:
            yield f"could not be run: {result.case.identifier}: {result.why}"
        if result.counts and not result.agrees:
            told = "FALSE ACCEPT" if result.accepted else "false refusal"
            yield f"{told}: {result.case.identifier}: {result.why}"
    yield ""
    yield f"{'class':<42}{'asked':<14}{'agree':>6}{'of':>5}"
    for kind, question in sorted({(result.case.kind, result.question) for result in results}):
        group = [result for result in results if (result.case.kind, result.question) == (kind, question)]
        found = totals(group)
        yield f"{kind:<42}{question:<14}{found.agreeing:>6}{found.in_scope or len(group):>5}"
    yield ""
    yield totals(results).line


def as_json(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return one object a case."""
    return [
        {
            "id": result.case.identifier,
            "class": result.case.kind,
            "asked": result.question,
            "expected": "accept" if result.case.accept else "reject",
            "actual": "accept" if result.accepted else "reject",
            "agrees": result.agrees if result.counts else None,
            "why": result.why,
        }
        for result in results
    ]
