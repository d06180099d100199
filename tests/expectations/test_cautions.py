"""What is to be known of an expectation is read from the document alone, so that it shows as long as it is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from expectations.cautions import UNSIGNED, cautions
from tests.support.honest import Honest
from tests.support.sigstore_world import SigstoreWorld
from tests.support.specimens import SPECIMENS, Specimen, edited, examined, roots_with_key
from tests.support.unsigned import unsigned_expectation
from verification import first_use
from verification.first_use import Caution, FirstExpectation

BY_NAME = "bound by name only: a renamed and re-registered repository could take it over"
PINNED = "so the next version's would be refused"


@pytest.fixture(scope="module")
def bench() -> Honest:
    """A simulated world, whose roots also know a builder's own key."""
    bench = Honest(SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))
    bench.roots = roots_with_key(bench)
    return bench


def pinned(bench: Honest, specimen: Specimen, statement: object, run: object = None) -> FirstExpectation:
    """Return what first use pins."""
    derived = first_use.derive(examined(bench, specimen, statement, run))  # type: ignore[arg-type]  # specimens make statements of several kinds
    assert isinstance(derived, FirstExpectation), derived
    return derived


TAGGED = [specimen for specimen in SPECIMENS if getattr(specimen.run, "ref", None) == "refs/tags/v1.0"]


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])
def test_what_first_use_cautions_of_is_told_of_its_document(bench: Honest, specimen: Specimen) -> None:
    """First use: "bound by name only" stands on the pages for every build type whose evidence has no numeric ids."""
    expectation = pinned(bench, specimen, specimen.make())
    told = "\n".join(cautions(expectation))
    assert (BY_NAME in told) is (Caution.BOUND_BY_NAME_ONLY in expectation.cautions)
    assert (PINNED in told) is bool({Caution.REF_PINNED, Caution.ARCHIVE_PINNED} & set(expectation.cautions))


@pytest.mark.parametrize("specimen", TAGGED, ids=[specimen.name for specimen in TAGGED])
def test_a_tag_that_is_pinned_as_it_is(bench: Honest, specimen: Specimen) -> None:
    """First use: "the next version will be refused" stands on the pages, wherever a build type tells its ref."""
    run = replace(specimen.run, ref="refs/tags/rev12")
    expectation = pinned(bench, specimen, specimen.make(run), run)
    assert Caution.REF_PINNED in expectation.cautions
    assert any("refs/tags/rev12" in told and PINNED in told for told in cautions(expectation))


def test_a_tag_of_buildkites(bench: Honest) -> None:
    """Buildkite tells the tag by its bare name."""
    specimen = next(specimen for specimen in SPECIMENS if specimen.name == "buildkite")
    edits = ((("predicate", "buildDefinition", "externalParameters", "build", "tag"), "rev12"),)
    expectation = pinned(bench, specimen, edited(specimen.make(), edits))
    assert Caution.REF_PINNED in expectation.cautions
    assert any('"rev12"' in told and PINNED in told for told in cautions(expectation))


def test_inputs_that_nobody_records(bench: Honest) -> None:
    """Expectations 5: a run that is started by hand has inputs, and GitHub's predicate records none."""
    specimen = SPECIMENS[0]
    run = replace(specimen.run, trigger="workflow_dispatch")
    told = cautions(pinned(bench, specimen, specimen.make(run), run))
    assert any("inputs are not recorded" in each for each in told)


def test_unsigned_evidence_is_cautioned_of() -> None:
    """Levels: who expects unsigned evidence is told what it is worth."""
    assert any(UNSIGNED in told for told in cautions(unsigned_expectation()))
