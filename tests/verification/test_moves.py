"""Honest flows that would be refused: docs/trust-rules, each with a reason of its own, and nothing else told as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.honest import Honest, Statement
from tests.support.identities import CircleCiPipeline, GitLabPipeline
from tests.support.specimens import SPECIMENS, Specimen, edited, examined
from verification import first_use
from verification.expectation import Expectation
from verification.judgement import ReleaseSource, Terms
from verification.pipeline import judge
from verification.reasons import MOVES, Reason
from verification.verdict import Accepted, Refused

SPECIMEN = {specimen.name: specimen for specimen in SPECIMENS}

RENAMED = {"repository": "example/renamed"}
TRANSFERRED = {"repository": "acme/widget", "owner_id": "4711"}
OTHER_WORKFLOW = {"workflow": ".github/workflows/other.yml"}
BRANCH = {"ref": "refs/heads/main"}


def reason_of(bench: Honest, specimen: Specimen, run: Any, statement: Statement | None = None) -> Reason:
    """Return why another run is refused by what the honest one has pinned."""
    expectation = first_use.derive(examined(bench, specimen, specimen.make()))
    assert isinstance(expectation, Expectation)
    examination = examined(bench, specimen, statement or specimen.make(run), run)
    assert examination.sound, [each.checks for each in examination.attestations]
    verdict = judge(examination, terms=Terms(expectation, 1, "0" * 64))
    assert isinstance(verdict, Refused)
    return verdict.reason


BY_GITHUB = [specimen for specimen in SPECIMENS if hasattr(specimen.run, "workflow")]
by_github = pytest.mark.parametrize("specimen", BY_GITHUB, ids=[specimen.name for specimen in BY_GITHUB])


@by_github
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (RENAMED, Reason.REPOSITORY_RENAMED),
        (TRANSFERRED, Reason.REPOSITORY_TRANSFERRED),
        ({"owner_id": "4711"}, Reason.REPOSITORY_TRANSFERRED),
        (OTHER_WORKFLOW, Reason.WORKFLOW_MOVED),
        (BRANCH, Reason.REF_MOVED),
    ],
    ids=["renamed", "transferred", "owner-id-alone", "workflow", "branch"],
)
def test_a_move_has_a_reason_of_its_own(
    bench: Honest, specimen: Specimen, fields: dict[str, str], reason: Reason
) -> None:
    """Same repository id under a new URL; new owner id; another workflow path; another branch: whoever signs."""
    assert reason_of(bench, specimen, replace(specimen.run, **fields)) is reason


@by_github
@pytest.mark.parametrize(
    "fields",
    [
        {"repository": "evil/widget", "repository_id": "666", "owner_id": "66"},
        {"repository": "example/widget", "repository_id": "666"},
        RENAMED | {"trigger": "workflow_dispatch"},
        RENAMED | {"runner": "self-hosted"},
        RENAMED | OTHER_WORKFLOW,
        TRANSFERRED | BRANCH,
        OTHER_WORKFLOW | {"trigger": "pull_request_target"},
        OTHER_WORKFLOW | BRANCH,
        BRANCH | {"repository_id": "666"},
        {"ref": "refs/tags/v1.1"},
        {"ref": "refs/pull/7/merge"},
    ],
    ids=str,
)
def test_nothing_else_is_told_as_a_move(bench: Honest, specimen: Specimen, fields: dict[str, str]) -> None:
    """A fork, a re-registered name, an old tag, or a move beside which something else changed, is told as what it is."""
    assert reason_of(bench, specimen, replace(specimen.run, **fields)) not in MOVES


CALLED = [specimen for specimen in BY_GITHUB if specimen.run.signer_workflow]


@pytest.mark.parametrize("specimen", CALLED, ids=[specimen.name for specimen in CALLED])
def test_a_moved_major_of_a_reusable_workflow(bench: Honest, specimen: Specimen) -> None:
    """The same reusable workflow at another version of its own; another workflow beside it is another builder."""
    called, _, _ = specimen.run.signer_workflow.rpartition("@")
    moved = replace(specimen.run, signer_workflow=f"{called}@refs/tags/v3.0.0")
    assert reason_of(bench, specimen, moved) is Reason.BUILDER_REF_MOVED


def test_another_reusable_workflow_is_another_builder(bench: Honest) -> None:
    """A stranger's workflow of the same file name is no version of the expected one."""
    specimen = SPECIMEN["github-workflow-reusable"]
    run = replace(specimen.run, signer_workflow="https://github.com/evil/ci/.github/workflows/b.yml@refs/tags/v2.0")
    assert reason_of(bench, specimen, run) is Reason.BUILDER_UNEXPECTED


def test_a_tool_of_the_delegator_at_another_version(bench: Honest) -> None:
    """Where the builder is another than the signer, its ref may move alone."""
    specimen = SPECIMEN["delegator-maven"]
    path = ("predicate", "runDetails", "builder", "id")
    tool = specimen.make()["predicate"]["runDetails"]["builder"]["id"].rpartition("@")[0]
    statement = edited(specimen.make(), ((path, f"{tool}@refs/tags/v9.0.0"),))
    assert reason_of(bench, specimen, specimen.run, statement) is Reason.BUILDER_REF_MOVED


def test_the_other_issuers_moves(bench: Honest) -> None:
    """GitLab's ids are as good as GitHub's; CircleCI certifies none, so there nothing shows a rename."""
    gitlab, circle = SPECIMEN["publish-gitlab"], SPECIMEN["publish-circleci"]
    assert isinstance(gitlab.run, GitLabPipeline)
    assert isinstance(circle.run, CircleCiPipeline)
    renamed = replace(gitlab.run, repository="example/tools/renamed")
    assert reason_of(bench, gitlab, renamed) is Reason.REPOSITORY_RENAMED
    assert reason_of(bench, gitlab, replace(gitlab.run, configuration="ci/other.yml")) is Reason.WORKFLOW_MOVED
    assert reason_of(bench, circle, replace(circle.run, ref="refs/heads/main")) is Reason.REF_MOVED
    assert reason_of(bench, circle, replace(circle.run, repository="github.com/example/renamed")) not in MOVES


def test_a_pinned_tags_next_version(bench: Honest) -> None:
    """A tag that first use had to pin as it is refuses the next version, as its caution said: a move of the ref."""
    specimen = SPECIMEN["github-workflow"]
    first, second = (replace(specimen.run, ref=f"refs/tags/rev{number}") for number in (12, 13))
    expectation = first_use.derive(examined(bench, specimen, specimen.make(first), first))
    assert isinstance(expectation, Expectation)
    verdict = judge(examined(bench, specimen, specimen.make(second), second), terms=Terms(expectation, 1, "0" * 64))
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.REF_MOVED


def test_sdist_and_wheels_of_two_workflows(honest: Honest) -> None:
    """Another workflow of the very commit that the release's first file came from: one recipe each."""
    first = honest.judge(honest.sign(honest.provenance()))
    assert isinstance(first, Accepted)
    run = honest.as_run(**OTHER_WORKFLOW)
    other = honest.sign(honest.provenance(run), run)
    verdict = honest.judge(other, release=ReleaseSource.of(first.matched))
    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.RELEASE_OF_TWO_WORKFLOWS
    moved = replace(ReleaseSource.of(first.matched), commit="b" * 40)
    elsewhere = honest.judge(other, release=moved)
    assert isinstance(elsewhere, Refused)
    assert elsewhere.reason is Reason.WORKFLOW_MOVED


def test_unsound_evidence_is_no_move(honest: Honest) -> None:
    """What the evidence cannot show is not said: a move is told of sound evidence alone."""
    run = honest.as_run(**RENAMED)
    verdict = honest.judge(honest.sign(honest.provenance(run), run), artifact=honest.artifact(content=b"x"))
    assert isinstance(verdict, Refused)
    assert not any(check.reason in MOVES for report in verdict.attestations for check in report.checks)


def test_long_values_are_cheap(honest: Honest) -> None:
    """A sender's megabyte in the place of a ref is compared with nothing, let alone replaced within."""
    run = honest.as_run(ref="refs/heads/" + "a" * 3_000)
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    assert isinstance(verdict, Refused)
    assert verdict.reason not in MOVES
