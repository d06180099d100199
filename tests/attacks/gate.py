"""How an attack is told: the honest twin is let in, and the forgery is refused for the one reason meant."""

from __future__ import annotations

from typing import Any

from tests.support.honest import Honest, Statement
from tests.support.specimens import Specimen
from verification import first_use
from verification.build_types import required_pins
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.judgement import Terms
from verification.pipeline import judge
from verification.reasons import Reason
from verification.verdict import Accepted, Check, Refused, Verdict, failures


def let_in(verdict: Verdict) -> Accepted:
    """Hold that a verdict accepts: the test that follows does not pass for a reason of its own making."""
    assert isinstance(verdict, Accepted), list(failures(verdict))
    return verdict


def kept_out(verdict: Verdict, reason: Reason, where: str = "") -> Refused:
    """Hold that a verdict refuses mainly for the reason; ``where``, if said, is a place where it failed for it."""
    assert isinstance(verdict, Refused), "let in"
    assert verdict.reason is reason, list(failures(verdict))
    if where:
        assert where in {check.where for check in failures(verdict) if check.reason is reason}, list(failures(verdict))
    return verdict


def expectation_of(document: dict[str, Any]) -> Expectation:
    """Return the expectation of a document that holds to the rules."""
    return parse_expectation(document, required_pins=required_pins)


def not_pinned(derived: Expectation | Check, reason: Reason) -> None:
    """Hold that first use pins nothing, for the reason."""
    assert isinstance(derived, Check), "pinned"
    assert derived.reason is reason, derived


_PROMISES: dict[tuple[int, str], Expectation] = {}


def promise_of(bench: Honest, specimen: Specimen) -> Expectation:
    """Return what first use pins of a build type's honest build; fails where that build is not let in by it.

    Kept between tests: one world makes each honest build once.
    """
    key = id(bench.roots), specimen.name
    if key not in _PROMISES:
        examination = bench.examine(specimen.sign(bench, specimen.make()))
        derived = first_use.derive(examination)
        assert isinstance(derived, Expectation), derived
        let_in(judge(examination, terms=Terms(derived, 1, "0" * 64)))
        _PROMISES[key] = derived
    return _PROMISES[key]


def judged(bench: Honest, specimen: Specimen, statement: Statement, run: Any = None) -> Verdict:
    """Return the verdict on a signed statement under what first use pins of the specimen's honest build, its twin."""
    terms = Terms(promise_of(bench, specimen), 1, "0" * 64)
    return judge(bench.examine(specimen.sign(bench, statement, run)), terms=terms)
