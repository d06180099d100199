"""Narrowing what a promise allows never turns a refusal into an acceptance."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.accepted import NO_POLICY, by_build_type, simulated
from tests.laws.narrowing import loaded, narrowed, widened
from tests.support.specimens import SPECIMENS, examined
from verification.build_types import required_pins
from verification.examination import Examination
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.judgement import Terms
from verification.parameters import DocumentInvalid
from verification.pipeline import judge
from verification.verdict import Accepted


@cache
def builds(number: int) -> tuple[Examination, ...]:
    """Return a specimen's honest build and each of its other builds, all of them sound."""
    bench, specimen = simulated(), SPECIMENS[number]
    honest = examined(bench, specimen, specimen.make())
    return (honest, *(examined(bench, specimen, statement, run) for _, statement, run in specimen.other_builds()))


def read(document: Any) -> Expectation | None:
    """Return a document's expectation, or None where it is invalid: nothing can then be accepted under it."""
    try:
        return parse_expectation(document, required_pins=required_pins)
    except DocumentInvalid:
        return None


def accepts(expectation: Expectation | None, examination: Examination) -> bool:
    """Say whether a build is let in."""
    return expectation is not None and isinstance(judge(examination, terms=Terms(expectation, 1, NO_POLICY)), Accepted)


@given(st.integers(0, len(SPECIMENS) - 1), st.randoms(use_true_random=False), st.data())
@settings(deadline=None)
def test_what_a_promise_refuses_a_narrower_one_refuses(number: int, random: Random, data: st.DataObject) -> None:
    """Versions, stages, level, builders, build types, choices, patterns, rules: whichever is narrowed."""
    wide = widened(loaded(by_build_type()[number].expectation.canonical), random)
    narrow = narrowed(wide, random)
    examination = data.draw(st.sampled_from(builds(number)))
    wide_read = read(wide)
    if wide_read is None:
        return
    if not accepts(wide_read, examination):
        assert not accepts(read(narrow), examination)


@pytest.mark.parametrize("number", range(len(SPECIMENS)), ids=[specimen.name for specimen in SPECIMENS])
def test_the_law_is_about_something(number: int) -> None:
    """Among the promises that it is tried on, some let a build in that their narrower ones refuse, and some read well."""
    random, changed, kept = Random(number), 0, 0
    for _ in range(150):
        wide = widened(loaded(by_build_type()[number].expectation.canonical), random)
        let_in, still = accepts(read(wide), builds(number)[0]), accepts(read(narrowed(wide, random)), builds(number)[0])
        changed += let_in and not still
        kept += let_in and still
    assert changed
    assert kept
