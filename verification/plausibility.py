"""Step 10: times in order and not in the future, a commit that is one, and no placeholder where a fact should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from verification import moments
from verification.build_types.interface import Fact, FactSource, FactSources, Reading
from verification.provenance import Facts
from verification.reasons import Reason, Step
from verification.verdict import Check, decide, failed

CLOCK_SKEW = timedelta(seconds=60)
"""How far two honest clocks may differ: the log's, the builder's and ours."""

PLACEHOLDERS = frozenset({"", '""', "''", "unknown", "none", "null", "undefined", "n/a", "nan", "todo", "placeholder"})
"""What tools write where they know nothing. CircleCI's certificates really say ``\"\"``."""


_FACTS = tuple(field.name for field in fields(Facts))
_values_of = attrgetter(*_FACTS)

_HEX = "0123456789abcdef"


def check_plausible(
    reading: Reading, *, sources: FactSources, signed_at: datetime | None, now: datetime
) -> Iterator[Check]:
    """Yield the checks of times and values. ``signed_at`` is the trusted time of signing, if any; ``now`` the caller's clock.

    ``sources`` is the build type's table: a commit is asked of whoever declares one (trust rules, "Evidence" 5).
    """
    yield _check_times(reading, signed_at, now)
    yield from _check_values(reading.facts)
    if sources[Fact.COMMIT] is not FactSource.ABSENT and Fact.COMMIT not in reading.lacks:
        yield _check_commit(reading.facts.commit or "")


def _check_times(reading: Reading, signed_at: datetime | None, now: datetime) -> Check:
    labelled = [
        ("started", reading.started_at),
        ("finished", reading.finished_at),
        ("signed", signed_at),
        ("received", now),
    ]
    known = [(label, moment) for label, moment in labelled if moment is not None]
    in_order = all(earlier <= later + CLOCK_SKEW for (_, earlier), (_, later) in pairwise(known))
    told = ", ".join(f"{label} {moments.told(moment.astimezone(UTC))}" for label, moment in known)
    return decide(Step.PLAUSIBLE, Reason.TIME_IMPLAUSIBLE, "times in order, none in the future", told, holds=in_order)


def _check_values(facts: Facts) -> Iterator[Check]:
    for name, value in zip(_FACTS, _values_of(facts), strict=True):
        if value is not None and value.strip().lower() in PLACEHOLDERS:
            yield failed(Step.PLAUSIBLE, Reason.VALUE_IMPLAUSIBLE, "a real value", ascii(value), where=name)


def _check_commit(commit: str) -> Check:
    return decide(
        Step.PLAUSIBLE,
        Reason.VALUE_IMPLAUSIBLE,
        "a commit of 40 or 64 hex digits",
        ascii(commit)[1:-1][:80] or "(absent)",
        holds=len(commit) in (40, 64) and not commit.strip(_HEX) and bool(commit.strip("0")),
        where="commit",
    )
