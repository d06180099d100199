"""SLSA v1.0, threats (C) "Build from modified source", and what else can be wrong with the source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.gate import judged, kept_out, let_in, not_pinned
from tests.support.honest import Honest
from tests.support.specimens import SPECIMENS, edited
from verification.judgement import ReleaseSource
from verification.reasons import Reason
from verification.verdict import Verdict

BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
WORKFLOWS = [specimen for specimen in SPECIMENS if specimen.run is not None and "repository" in vars(specimen.run)]
CERTIFIED = [specimen for specimen in WORKFLOWS if hasattr(specimen.run, "commit")]
CLOUD_BUILD = BY_NAME["google-cloud-build"]

RELEASED = ReleaseSource("simulated https://token.actions.githubusercontent.com", "123456", "a" * 40)


def build(honest: Honest, **fields: Any) -> Verdict:
    """Return the verdict on a run of which some facts are others; the honest run is let in first."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(**fields)
    return honest.judge(honest.sign(honest.provenance(run), run))


def test_a_fork(honest: Honest) -> None:
    """(C) Build from unofficial fork of code: the expected builder builds a stranger's fork, at the same tag."""
    verdict = build(honest, repository="evil/widget", repository_id="666", owner_id="66")
    kept_out(verdict, Reason.PARAMETER_UNEXPECTED, "/workflow/repository")


@pytest.mark.parametrize("specimen", WORKFLOWS, ids=lambda specimen: specimen.name)
def test_a_fork_by_any_builder(bench: Honest, specimen: Any) -> None:
    """(C) Build from unofficial fork of code: whichever builder of GitHub, GitLab or CircleCI it is."""
    fork = next(fields for fields in specimen.other_runs if "evil" in fields.get("repository", ""))
    run = type(specimen.run)(**{**vars(specimen.run), **fork})
    verdict = judged(bench, specimen, specimen.make(run), run)
    # A delegator's source stands in no parameter.
    by_claims = specimen.name.startswith("delegator")
    kept_out(verdict, Reason.CLAIM_UNEXPECTED if by_claims else Reason.PARAMETER_UNEXPECTED)


def test_a_branch(honest: Honest) -> None:
    """(C) Build from unofficial branch: the right repository, but a branch that nobody released from."""
    kept_out(build(honest, ref="refs/heads/main"), Reason.REF_MOVED, "/workflow/ref")


def test_a_tag(honest: Honest) -> None:
    """(C) Build from unofficial tag: the tag of another version, which the package's own maintainers made."""
    kept_out(build(honest, ref="refs/tags/v1.1"), Reason.PARAMETER_UNEXPECTED, "/workflow/ref")


@pytest.mark.parametrize("ref", ["refs/heads/v1.0", "v1.0", "refs/tags/refs/tags/v1.0", "refs/pull/7/merge"])
def test_a_ref_that_looks_like_the_tag(honest: Honest, ref: str) -> None:
    """A branch is named like a tag, or a ref is cut short: only the whole ref counts."""
    branch = ref.startswith("refs/heads/")
    kept_out(build(honest, ref=ref), Reason.REF_MOVED if branch else Reason.PARAMETER_UNEXPECTED, "/workflow/ref")


def test_another_commit_than_the_certificates(honest: Honest) -> None:
    """(C) Build from modified version of code modified after checkout: the predicate names the commit that was reviewed."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    forged = honest.provenance(honest.as_run(commit="b" * 40))
    kept_out(honest.judge(honest.sign(forged)), Reason.CLAIMS_DISAGREE, "commit of the source")


@pytest.mark.parametrize("specimen", CERTIFIED, ids=lambda specimen: specimen.name)
def test_a_build_without_a_commit(bench: Honest, specimen: Any) -> None:
    """(C) A checkout that is no commit at all: nobody could ever look at what was built."""
    run = type(specimen.run)(**{**vars(specimen.run), "commit": "0" * 40})
    kept_out(judged(bench, specimen, specimen.make(run), run), Reason.VALUE_IMPLAUSIBLE, "commit")


def test_an_uploaded_tarball(bench: Honest) -> None:
    """(C) Cloud Build builds whatever its user uploads: without a source of a trigger's there is nothing to compare."""
    statement = CLOUD_BUILD.make()
    del statement["predicate"]["buildDefinition"]["externalParameters"]["buildConfigSource"]
    kept_out(judged(bench, CLOUD_BUILD, statement), Reason.CLAIMS_DISAGREE, "repository of the source")


def test_a_trigger_on_one_repository_that_built_another(bench: Honest) -> None:
    """(C) The trigger's configuration is the package's, and what was fetched and built is a fork."""
    dependency = ("predicate", "buildDefinition", "resolvedDependencies", 0, "uri")
    statement = edited(CLOUD_BUILD.make(), ((dependency, "git+https://github.com/evil/widget@refs/tags/v1.0"),))
    kept_out(judged(bench, CLOUD_BUILD, statement), Reason.CLAIMS_DISAGREE, "repository of the source")


def test_a_repository_registered_anew(honest: Honest) -> None:
    """The owner's account was deleted, and a stranger registers its name and repository again."""
    verdict = build(honest, repository_id="999", owner_id="99")
    kept_out(verdict, Reason.CLAIM_UNEXPECTED, "source_repository_id")
    kept_out(verdict, Reason.CLAIM_UNEXPECTED, "source_repository_owner_id")


def test_a_repository_in_other_hands(honest: Honest) -> None:
    """The repository is transferred to a new owner who keeps its name and number."""
    kept_out(build(honest, owner_id="66"), Reason.REPOSITORY_TRANSFERRED, "source_repository_owner_id")


def test_a_moved_tag_adds_a_wheel(honest: Honest) -> None:
    """A moved tag adds a wheel to an old release: the same tag and workflow, another commit."""
    let_in(honest.judge(honest.sign(honest.provenance()), release=RELEASED))
    run = honest.as_run(commit="b" * 40)
    verdict = honest.judge(honest.sign(honest.provenance(run), run), release=RELEASED)
    kept_out(verdict, Reason.RELEASE_SOURCE_DIFFERS)


def test_a_commit_of_another_repository(honest: Honest) -> None:
    """A release is joined from the very same commit in another repository, by a recipe that allows both."""
    elsewhere = ReleaseSource(RELEASED.issuer, "666", RELEASED.commit)
    let_in(honest.judge(honest.sign(honest.provenance()), release=RELEASED))
    kept_out(honest.judge(honest.sign(honest.provenance()), release=elsewhere), Reason.RELEASE_SOURCE_DIFFERS)


def test_first_use_of_two_repositories(honest: Honest) -> None:
    """A stranger's provenance of the same file, of a higher level, is slipped in beside the first upload's own."""
    generator = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
    stranger = honest.as_run(
        repository="evil/widget",
        repository_id="666",
        owner_id="66",
        signer_workflow=f"{generator}generator_generic_slsa3.yml@refs/tags/v2.1.0",
    )
    both = [honest.sign(honest.provenance()), honest.sign(honest.provenance(stranger), stranger)]
    let_in(honest.judge(both[0]))
    not_pinned(honest.first_use(*both), Reason.FIRST_USE_UNSUPPORTED)
    not_pinned(honest.first_use(*reversed(both)), Reason.FIRST_USE_UNSUPPORTED)
