"""Roots at work: authentic evidence of a known builder that is nevertheless not believed, and overdue reviews."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.honest import NOW, SIGNED_AT, Honest
from tests.support.roots import SIMULATED, with_simulated_instance
from tests.support.specimens import KEY, SPECIMENS, Specimen
from verification import first_use
from verification.examination import Examination
from verification.judgement import Terms
from verification.pipeline import examine_all, judge
from verification.provenance import is_overdue
from verification.reasons import Reason, Step
from verification.root_of_trust import parse_roots
from verification.verdict import Accepted, Refused
from verification.verdict_document import to_document

Json = dict[str, Any]
BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
GITHUB, BY_KEY = BY_NAME["github-workflow"], BY_NAME["buildkite"]
SIGNED = SIGNED_AT + timedelta(minutes=2)


def at(moment: datetime) -> str:
    """Return a moment as the roots spell it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def document(honest: Honest) -> Json:
    """Roots with the simulated builders, and one that signs by its own key."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return with_simulated_instance(honest.world, keys={"operator": pem})


def builder(document: Json, name: str = "GitHub Actions") -> Json:
    """Return a builder's entry."""
    (found,) = (entry for entry in document["builders"] if entry["name"] == name)
    assert isinstance(found, dict)
    return found


def examined(honest: Honest, document: Json, specimen: Specimen, now: datetime = NOW) -> Examination:
    """Return the specimen's honest build examined under the document."""
    evidence = json.dumps([specimen.sign(honest, specimen.make())]).encode()
    return examine_all(evidence, artifact=honest.artifact(), roots=parse_roots(document), now=now)


def reasons(examination: Examination) -> set[Reason | None]:
    """Return why the evidence is refused."""
    (attestation,) = examination.attestations
    assert all(check.step is Step.BUILDER for check in attestation.checks if check.reason)
    return {check.reason for check in attestation.checks} - {None}


ENTRIES: list[tuple[Specimen, Callable[[Json], Json]]] = [
    (GITHUB, lambda document: document["sigstore"][SIMULATED]),
    (GITHUB, builder),
    (BY_KEY, lambda document: document["keys"]["operator"]),
    (BY_KEY, lambda document: builder(document, "key operator")),
]


@pytest.mark.parametrize(("specimen", "entry"), ENTRIES, ids=["instance", "builder", "key", "key's builder"])
def test_an_entry_is_believed_from_and_until(
    honest: Honest, document: Json, specimen: Specimen, entry: Callable[[Json], Json]
) -> None:
    """Roots at work: valid_from and distrusted_from against the time of signing; for plain keys, that of receipt."""
    second = timedelta(seconds=1)

    moment = SIGNED if specimen is GITHUB else NOW
    for member, believed, not_believed in (
        ("valid_from", moment, moment + second),
        ("distrusted_from", moment + second, moment),
    ):
        entry(document)[member] = at(believed)
        assert reasons(examined(honest, document, specimen)) == set()
        entry(document)[member] = at(not_believed)
        assert reasons(examined(honest, document, specimen)) == {Reason.BUILDER_DISTRUSTED}
        del entry(document)[member]


def test_a_plain_keys_time_is_that_of_receipt(honest: Honest, document: Json) -> None:
    """Roots at work: evidence without a trusted time cannot be backdated past the distrust of its key."""
    document["keys"]["operator"]["distrusted_from"] = at(NOW + timedelta(days=1))
    assert not reasons(examined(honest, document, BY_KEY))
    later = examined(honest, document, BY_KEY, now=NOW + timedelta(days=1))
    assert reasons(later) == {Reason.BUILDER_DISTRUSTED}


def test_distrust_does_not_fall_through_to_a_wider_entry(honest: Honest, document: Json) -> None:
    """A distrusted reusable workflow is also a workflow like others: it must not be believed as that, at a lower level."""
    specimen = BY_NAME["slsa-github-generator-generic"]
    builder(document, "slsa-github-generator, generic")["distrusted_from"] = at(SIGNED)
    assert reasons(examined(honest, document, specimen)) == {Reason.BUILDER_DISTRUSTED}


def test_what_is_denied(honest: Honest, document: Json) -> None:
    """Roots at work: deny lists of run, commit, digest and builder ref, for all builders or for one."""
    provenance = examined(honest, document, GITHUB).strongest
    assert provenance is not None
    commit, run = provenance.facts.commit, provenance.facts.invocation
    assert run is not None
    above = run.rpartition("/attempts/")[0]
    hits = [
        {"runs": [run]},
        {"runs": [above]},
        {"runs": [f"{above}/"]},
        {"commits": ["f" * 40, commit]},
        {"commits": [provenance.signer.claims["build_signer_digest"]]},
        {"artifacts": [honest.artifact().sha256]},
        {"builders": [provenance.builder_id]},
        {"builders": ["https://github.com/example/*/.github/workflows/*@refs/tags/*"]},
        {"builders": ["https://github.com/example/**"]},
        {"builders": ["https://github.com/example/widget/.github/workflows/release.yml@**"]},
    ]
    misses = [
        {"runs": [above[:-1]]},
        {"runs": [f"{run}0", "1"]},
        {"commits": ["f" * 40]},
        {"artifacts": ["f" * 64]},
        {"builders": ["https://github.com/example/*"]},
        {"builders": ["https://github.com/exam/**", f"{provenance.builder_id}/**"]},
    ]
    for denied, wanted in [(hit, {Reason.BUILD_DENIED}) for hit in hits] + [(miss, set()) for miss in misses]:
        assert reasons(examined(honest, document | {"denied": denied}, GITHUB)) == wanted, denied
        builder(document)["denied"] = denied
        assert reasons(examined(honest, document, GITHUB)) == wanted, denied
        del builder(document)["denied"]


def test_one_builders_denials_are_its_own(honest: Honest, document: Json) -> None:
    """What one entry denies says nothing of another's builds; what the document denies holds for every builder."""
    builder(document, "GitLab CI")["denied"] = {"artifacts": [honest.artifact().sha256]}
    assert not reasons(examined(honest, document, GITHUB))
    document["denied"] = {"artifacts": [honest.artifact().sha256]}
    assert reasons(examined(honest, document, BY_KEY)) == {Reason.BUILD_DENIED}


def test_a_verdict_says_so(honest: Honest, document: Json) -> None:
    """A distrusted builder's file is refused with a sentence that helps, whatever the package expects."""
    derived = first_use.derive(examined(honest, document, GITHUB))
    assert isinstance(derived, first_use.FirstExpectation)
    builder(document)["distrusted_from"] = at(SIGNED)
    verdict = judge(examined(honest, document, GITHUB), terms=Terms(derived, 1, "0" * 64))
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.BUILDER_DISTRUSTED
    assert verdict.main.expected == f"signed before {at(SIGNED)}"


@pytest.mark.parametrize(("review_by", "overdue"), [("2026-02-28", True), ("2026-03-01", False)])
def test_an_overdue_review_is_said_and_refuses_nothing(
    honest: Honest, document: Json, review_by: str, overdue: bool
) -> None:
    """Roots: past its review date an entry is believed as before, and every verdict that leans on it says so."""
    builder(document)["review_by"] = review_by
    examination = examined(honest, document, GITHUB)
    derived = first_use.derive(examination)
    assert isinstance(derived, first_use.FirstExpectation)
    verdict = judge(examination, terms=Terms(derived, 1, "0" * 64))
    assert isinstance(verdict, Accepted)
    told = to_document(verdict)
    assert isinstance(told, dict)
    assert (told["builder_name"], told["builder_review_by"]) == ("GitHub Actions", review_by)
    assert told["review_overdue"] is verdict.review_overdue is overdue


def test_a_review_is_due_until_the_end_of_its_day() -> None:
    """Days are days of UTC."""
    assert not is_overdue(date(2026, 3, 1), datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
    assert is_overdue(date(2026, 3, 1), datetime(2026, 3, 2, tzinfo=UTC))
