"""Step 10: times in order and not in the future, a commit that is one, and no placeholder where a fact should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from verification.build_types.interface import Fact, FactSource, FactSources, Reading
from verification.provenance import Facts
from verification.reasons import Reason, Step
from verification.verdict import Check, decide

CLOCK_SKEW = timedelta(seconds=60)
"""How far two honest clocks may differ: the log's, the builder's and ours."""

PLACEHOLDERS = frozenset({"", '""', "''", "unknown", "none", "null", "undefined", "n/a", "nan", "todo", "placeholder"})
"""What tools write where they know nothing. CircleCI's certificates really say ``\"\"``."""


def check_plausible(
    reading: Reading, *, sources: FactSources, signed_at: datetime | None, now: datetime
) -> Iterator[Check]:
    """Yield the checks of times and values. ``signed_at`` is the trusted time of signing, if any; ``now`` the caller's clock.

    ``sources`` is the build type's table: a commit is asked of whoever declares one (trust rules, "Evidence" 5).
    """
    yield from _check_times(reading, signed_at, now)
    yield from _check_values(reading.facts)
    if sources[Fact.COMMIT] is not FactSource.ABSENT and Fact.COMMIT not in reading.lacks:
        yield _check_commit(reading.facts.commit or "")


def _check_times(reading: Reading, signed_at: datetime | None, now: datetime) -> Iterator[Check]:
    moments = [
        ("started", reading.started_at),
        ("finished", reading.finished_at),
        ("signed", signed_at),
        ("received", now),
    ]
    known = [(label, moment) for label, moment in moments if moment is not None]
    in_order = all(earlier <= later + CLOCK_SKEW for (_, earlier), (_, later) in pairwise(known))
    told = ", ".join(f"{label} {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for label, moment in known)
    yield decide(Step.PLAUSIBLE, Reason.TIME_IMPLAUSIBLE, "times in order, none in the future", told, holds=in_order)


def _check_values(facts: Facts) -> Iterator[Check]:
    for field in fields(facts):
        value = getattr(facts, field.name)
        if value is not None and value.strip().lower() in PLACEHOLDERS:
            yield decide(
                Step.PLAUSIBLE, Reason.VALUE_IMPLAUSIBLE, "a real value", ascii(value), holds=False, where=field.name
            )


def _check_commit(commit: str) -> Check:
    return decide(
        Step.PLAUSIBLE,
        Reason.VALUE_IMPLAUSIBLE,
        "a commit of 40 or 64 hex digits",
        ascii(commit)[1:-1][:80] or "(absent)",
        holds=len(commit) in (40, 64) and set(commit) <= set("0123456789abcdef") and set(commit) != {"0"},
        where="commit",
    )
