"""The outcome of the gate, as data that explains itself: ``Accepted | Refused``, each with all its checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, Self

from verification.provenance import Provenance, is_overdue
from verification.reasons import Reason, Step

MAX_TOLD = 2_048
"""Longest text of a check. A sender chooses much of it; it goes into a page's line, and is stored for ever."""


class Outcome(StrEnum):
    """What became of a check. ``NOT_REACHED`` says that an earlier failure left nothing to look at."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


_PASSED, _FAILED = Outcome.PASSED, Outcome.FAILED
"""Under names of their own: to ask an enumeration for a member takes longer than to compare it, and every check does."""


class _Told(NamedTuple):
    """The members of a check."""

    step: Step
    outcome: Outcome
    expected: str
    actual: str
    reason: Reason | None = None
    where: str = ""


class Check(_Told):
    """One thing that was looked at: what was expected, what came, and by which reason it failed, if it did.

    ``where`` is a JSON pointer, a claim's name or a file name: the exact place, in the sender's own terms. All three texts
    are printable ASCII whatever was put in (trust rules, "Expectations" 2), and cut to MAX_TOLD characters.
    """

    # A tuple: a verdict has some forty of these, and a frozen dataclass takes twice as long to make (2.0 us, not 1.2).
    __slots__ = ()

    def __new__(
        cls, step: Step, outcome: Outcome, expected: str, actual: str, reason: Reason | None = None, where: str = ""
    ) -> Self:
        """Raise ValueError where outcome and reason contradict each other: a failure without a reason helps nobody."""
        if (outcome is _FAILED) != (reason is not None):
            raise ValueError(f"a check has a reason exactly when it failed: {outcome}, {reason}, {expected}, {actual}")
        told = expected + actual + where
        if len(told) > MAX_TOLD or not (told.isascii() and told.isprintable()):
            expected, actual, where = _plain(expected), _plain(actual), _plain(where)
        return tuple.__new__(cls, (step, outcome, expected, actual, reason, where))


def _plain(text: str) -> str:
    """Look-alikes, marks that reorder, and what moves a terminal's cursor show as what they are."""
    if len(text) > MAX_TOLD:
        text = f"{text[: MAX_TOLD - 3]}..."
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(c if c.isascii() and c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= MAX_TOLD else f"{shown[: MAX_TOLD - 3]}..."


def passed(step: Step, expected: str, actual: str, *, where: str = "") -> Check:
    """Return a check that held."""
    return Check(step, Outcome.PASSED, expected, actual, where=where)


def failed(step: Step, reason: Reason, expected: str, actual: str, *, where: str = "") -> Check:
    """Return a check that did not hold."""
    return Check(step, Outcome.FAILED, expected, actual, reason, where)


def decide(step: Step, reason: Reason, expected: str, actual: str, *, holds: bool, where: str = "") -> Check:
    """Return a check that held or not, as ``holds`` says."""
    if holds:
        return Check(step, _PASSED, expected, actual, None, where)
    return Check(step, _FAILED, expected, actual, reason, where)


def not_reached(step: Step) -> Check:
    """Return a check that an earlier failure made impossible."""
    return Check(step, Outcome.NOT_REACHED, "", "")


def all_passed(checks: Iterable[Check]) -> bool:
    """Say whether every one of the checks held."""
    return all(check.outcome is _PASSED for check in checks)


def any_failed(checks: Iterable[Check]) -> bool:
    """Say whether some check did not hold."""
    return any(check.outcome is _FAILED for check in checks)


class Role(StrEnum):
    """What an attestation was to the verdict. Only ``MATCHED`` and ``CORROBORATING`` are served with the file."""

    MATCHED = "matched"
    CORROBORATING = "corroborating"
    UNMATCHED = "unmatched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AttestationReport:
    """One attestation as it was judged. ``digest`` is the SHA-256 (hex) of its bytes exactly as sent."""

    digest: str
    role: Role
    checks: tuple[Check, ...]
    provenance: Provenance | None


class Circumstances(NamedTuple):
    """What a verdict was reached by and over, so that it can be reached again.

    ``resource_uri`` is a purl with the file's name; digests are SHA-256 in hex; ``at`` is UTC.
    """

    verifier: str
    at: datetime
    resource_uri: str
    artifact_sha256: str
    roots_digest: str
    policy_digest: str
    expectation_digest: str | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The file was built as its package promised. ``level`` is the matched attestation's SLSA build level."""

    circumstances: Circumstances
    checks: tuple[Check, ...]
    attestations: tuple[AttestationReport, ...]
    recipe: str
    level: int

    def __post_init__(self) -> None:
        """Raise ValueError if any check failed, or nothing matched: such a verdict must be impossible to write down."""
        if not (all_passed(self.checks) and all(all_passed(report.checks) for report in self.attestations)):
            raise ValueError("an accepted verdict has a check that did not pass")
        if [report.role for report in self.attestations].count(Role.MATCHED) != 1:
            raise ValueError("an accepted verdict rests on exactly one matched attestation")
        if self.unsigned and (self.level != 1 or len(self.attestations) != 1):
            raise ValueError("unsigned evidence is accepted at level 1 and alone, or not at all")

    @property
    def unsigned(self) -> bool:
        """Whether it rests on a statement that nobody signed: whoever shows the file has to say so."""
        return self.matched.signer.unsigned

    @property
    def matched(self) -> Provenance:
        """The provenance that met the recipe whole."""
        (report,) = (report for report in self.attestations if report.role is Role.MATCHED)
        assert report.provenance is not None
        return report.provenance

    @property
    def review_overdue(self) -> bool:
        """Whether somebody should have looked at the roots' entry of this builder again before this verdict."""
        review_by = self.matched.builder_review_by
        return review_by is not None and is_overdue(review_by, self.circumstances.at)


@dataclass(frozen=True, slots=True)
class Refused:
    """The file was not shown to be built as promised. ``main`` is the failed check to tell one who reads one line only."""

    circumstances: Circumstances
    checks: tuple[Check, ...]
    attestations: tuple[AttestationReport, ...]
    main: Check

    def __post_init__(self) -> None:
        """Raise ValueError if the main failure is none of the failed checks: a refusal without a reason helps nobody."""
        if self.main not in list(failures(self)):
            raise ValueError("a refused verdict's main failure is not among its failed checks")

    @property
    def reason(self) -> Reason:
        """The reason of the main failure."""
        assert self.main.reason is not None
        return self.main.reason


Verdict = Accepted | Refused


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the checks in the order of the steps, those of one step as they came."""
    return tuple(sorted(checks, key=attrgetter("step")))


def all_checks(verdict: Verdict) -> Iterator[Check]:
    """Yield every check of a verdict: those of the upload as a whole, then each attestation's."""
    yield from verdict.checks
    for report in verdict.attestations:
        yield from report.checks


def failures(verdict: Verdict) -> Iterator[Check]:
    """Yield the failed checks in the order of the steps."""
    yield from in_order(check for check in all_checks(verdict) if check.outcome is Outcome.FAILED)
