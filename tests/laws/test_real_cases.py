"""The law of the single byte over real evidence: a folder of cases in the corpus's format beside the checkout.

``SLUICEGATE_CORPUS`` names another folder. The evidence is others' and stays where it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.corpus.case import Case, read_cases
from tests.corpus.gate import run
from tests.corpus.promise import promise
from tests.corpus.scope import Question, question_of
from tests.corpus.trust import roots_of
from tests.laws.accepted import AcceptedCase
from tests.laws.one_byte import places, raw_byte, with_byte
from tests.laws.test_one_byte import same_or_refused
from verification import first_use
from verification.expectation import Expectation
from verification.pipeline import examine_all

CORPUS = Path(os.environ.get("SLUICEGATE_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))

NOW = datetime.now(UTC)

CHANGES = 150
"""How many bytes of each case are changed in what it carries, and again as many of its JSON."""


def accepted(cases: Iterator[Case]) -> Iterator[AcceptedCase]:
    """Yield the cases that the gate lets in, each under its own expectation."""
    for case in cases:
        if question_of(case) is not Question.ADMITTED or not run(case, now=NOW).accepted:
            continue
        roots = roots_of(case)
        derived = first_use.derive(examine_all(case.field, artifact=case.artifact, roots=roots, now=NOW))
        assert isinstance(derived, Expectation)
        expectation = promise(derived, case.expectation)
        yield AcceptedCase(case.identifier, case.field, case.artifact, expectation, roots, NOW)


@pytest.mark.long
def test_one_byte_of_real_evidence() -> None:
    """Changing any single byte of an accepted case never yields acceptance of other facts."""
    if not CORPUS.is_dir():
        pytest.skip(
            f"NO REAL EVIDENCE WAS TRIED: there is no folder of cases at {CORPUS} (SLUICEGATE_CORPUS names one)"
        )
    tried = 0
    for case in accepted(read_cases(CORPUS)):
        random = Random(case.name)
        found = places(case.field)
        for _ in range(CHANGES):
            place = random.choice(found)
            same_or_refused(
                case, with_byte(case.field, place, random.randrange(len(place.content)), random.randint(1, 255))
            )
            same_or_refused(case, raw_byte(case.field, random.randrange(len(case.field)), random.randint(1, 255)))
        tried += 1
    assert tried, f"{CORPUS} holds no case that is accepted"
    print(f"{tried} real cases, {2 * CHANGES} changes of each")
