"""SLSA v1.0, threats (E) "Forge values of the provenance": whose word a fact is, and what that word may be about."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.attacks.gate import judged, kept_out, let_in
from tests.support.honest import Honest, Statement
from tests.support.specimens import GENERATORS, SPECIMENS, Specimen, edited
from verification.expectation import Expectation
from verification.reasons import Reason

BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
WRITTEN = [specimen for specimen in SPECIMENS if hasattr(specimen.run, "trigger")]
BY_KEY = [specimen for specimen in SPECIMENS if specimen.run is None]

LIES = {
    "repository": "evil/widget",
    "repository_id": "666",
    "owner_id": "66",
    "ref": "refs/tags/v9.9",
    "commit": "f" * 40,
    "workflow": ".github/workflows/evil.yml",
    "trigger": "workflow_dispatch",
    "runner": "self-hosted",
    "run_id": "666",
}
"""One other value of each fact that a run has."""

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
RUNNER = "https://github.com/actions/runner"


def builder_of(specimen: Specimen) -> tuple[str, ...]:
    """Return where the statement names its builder."""
    newer = "runDetails" in specimen.make()["predicate"]
    return ("predicate", "runDetails", "builder", "id") if newer else ("predicate", "builder", "id")


def lied(specimen: Specimen, fact: str) -> Statement:
    """Return the statement of a run in which one fact is another, but by the honest builder."""
    at = builder_of(specimen)
    honest: Any = specimen.make()
    for key in at:
        honest = honest[key]
    return edited(specimen.make(replace(specimen.run, **{fact: LIES[fact]})), ((at, honest),))


def told() -> Iterator[Any]:
    """Yield each fact that some builder's predicate tells: the others it cannot lie about."""
    for specimen in WRITTEN:
        if specimen.make()["predicate"] is None:
            continue
        for fact in LIES:
            if lied(specimen, fact) != specimen.make():
                yield pytest.param(specimen, fact, id=f"{specimen.name}-{fact}")


@pytest.mark.parametrize(("specimen", "fact"), list(told()))
def test_the_predicate_lies_about_a_fact(bench: Honest, specimen: Specimen, fact: str) -> None:
    """(E) The tenant, who can write the predicate, writes another value of a fact that the certificate knows."""
    kept_out(judged(bench, specimen, lied(specimen, fact)), Reason.CLAIMS_DISAGREE)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("source_repository_uri", "https://github.com/evil/widget"),
        ("source_repository_digest", "f" * 40),
        ("source_repository_ref", "refs/tags/v9.9"),
        ("source_repository_identifier", "666"),
        ("source_repository_owner_identifier", "66"),
        ("build_config_uri", "https://github.com/example/widget/.github/workflows/evil.yml@refs/tags/v1.0"),
        ("build_signer_uri", "https://github.com/example/widget/.github/workflows/evil.yml@refs/tags/v1.0"),
        ("build_trigger", "pull_request_target"),
        ("runner_environment", "self-hosted"),
        ("run_invocation_uri", "https://github.com/evil/widget/actions/runs/1/attempts/1"),
    ],
)
def test_predicate_and_certificate_disagree_in_a_field(honest: Honest, claim: str, value: str) -> None:
    """Predicate and certificate disagree in one field: an honest predicate under another run's certificate."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(honest.provenance(), None, **{claim: value})), Reason.CLAIMS_DISAGREE)


@pytest.mark.parametrize("dropped", ["source_repository_uri", "source_repository_ref", "build_config_uri"])
def test_a_fact_that_no_certificate_backs(honest: Honest, dropped: str) -> None:
    """(E) A certificate that is silent about a fact leaves the field to the tenant's word."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    kept_out(honest.judge(honest.sign(honest.provenance(), **{dropped: None})), Reason.CLAIMS_DISAGREE)


@pytest.mark.parametrize(
    "builder",
    [
        f"{GENERATORS}generator_generic_slsa3.yml@refs/tags/v2.1.0",
        f"{GENERATORS}builder_maven_slsa3.yml@refs/tags/v2.1.0",
        "https://github.com/example/trusted/.github/workflows/build.yml@refs/tags/v1.0",
        "https://cloudbuild.googleapis.com/GoogleHostedWorker",
        "https://builder.example/1",
        "",
    ],
)
def test_a_builder_that_the_signer_is_not(honest: Honest, builder: str) -> None:
    """(E) Under his own certificate a tenant claims that a better builder built it (such forgeries are in the wild)."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    forged = edited(honest.provenance(), ((("predicate", "runDetails", "builder", "id"), builder),))
    kept_out(honest.judge(honest.sign(forged)), Reason.BUILDER_NOT_SIGNERS)


@pytest.mark.parametrize("builder", [RUNNER, f"{RUNNER}/github-hosted"])
def test_a_builder_id_that_is_everybodys(honest: Honest, builder: str) -> None:
    """(E) npm's name of GitHub's runner, for which every workflow may speak, as the builder of another build type."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    forged = edited(honest.provenance(), ((("predicate", "runDetails", "builder", "id"), builder),))
    kept_out(honest.judge(honest.sign(forged)), Reason.CLAIMS_DISAGREE, "builder")


def test_a_runner_that_the_builder_id_names(bench: Honest) -> None:
    """(E) npm's builder id says "github-hosted", and the certificate knows better."""
    specimen = BY_NAME["npm-v1"]
    run = replace(specimen.run, runner="self-hosted")
    kept_out(judged(bench, specimen, specimen.make(), run), Reason.CLAIMS_DISAGREE, "runner of the builder")


@pytest.mark.parametrize("specimen", BY_KEY, ids=lambda specimen: specimen.name)
def test_a_tenant_writes_what_only_a_keys_owner_may(bench: Honest, specimen: Specimen) -> None:
    """(E) A tenant's own job signs, by its certificate, what Cloud Build, Buildkite or Tekton would have said."""
    forged = bench.sign(specimen.make())
    judged(bench, specimen, specimen.make())
    kept_out(bench.judge(forged), Reason.BUILDER_NOT_SIGNERS)


def test_a_predicate_under_the_name_of_a_publish_attestation(honest: Honest) -> None:
    """(E) A predicate calls its build type a publish attestation, whose facts are the certificate's, and tells its own."""
    ci = "https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/v1.0"
    official = honest.as_run(signer_workflow=ci)
    pinned = honest.first_use(honest.sign(honest.publish(), official))
    assert isinstance(pinned, Expectation)
    let_in(honest.judge(honest.sign(honest.publish(), official), expectation=pinned))
    other = replace(official, ref="refs/heads/evil", workflow=".github/workflows/evil.yml")
    kept_out(honest.judge(honest.sign(honest.publish(), other), expectation=pinned), Reason.PARAMETER_UNEXPECTED)
    forged = edited(honest.provenance(official), ((("predicate", "buildDefinition", "buildType"), PUBLISH),))
    kept_out(honest.judge(honest.sign(forged, other), expectation=pinned), Reason.BUILD_TYPE_UNKNOWN)


@pytest.mark.parametrize("part", ["builder", "buildType", "invocation", "materials", "recipe"])
def test_a_predicate_of_two_versions(honest: Honest, part: str) -> None:
    """(E) One predicate has the parts of two versions of SLSA provenance, so that two readers read two builds."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    forged = edited(honest.provenance(), ((("predicate", part), {}),))
    kept_out(honest.judge(honest.sign(forged)), Reason.STATEMENT_MALFORMED)


@pytest.mark.parametrize(
    "name", ["slsa-github-generator-generic", "delegator-node", "tekton-v0.2", "gitlab-runner-v0.2"]
)
def test_an_older_predicate_with_the_newer_parts(bench: Honest, name: str) -> None:
    """(E) An older predicate that carries a newer one within it, for readers who look there first."""
    specimen = BY_NAME[name]
    newer = copy.deepcopy(BY_NAME["delegator-maven"].make()["predicate"])
    forged = edited(specimen.make(), ((("predicate", "runDetails"), newer["runDetails"]),))
    kept_out(judged(bench, specimen, forged), Reason.STATEMENT_MALFORMED)


@pytest.mark.parametrize(
    "build_type",
    [
        "https://actions.github.io/buildtypes/workflow/v1/",
        "HTTPS://actions.github.io/buildtypes/workflow/v1",
        "https://actions.github.io/buildtypes/workflow/v\uff11",
        "https://example.org/mine",
    ],
)
def test_a_build_type_like_the_expected_one(honest: Honest, build_type: str) -> None:
    """(E) A build type whose name only looks like the expected one, and under which nothing has to agree."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    forged = edited(honest.provenance(), ((("predicate", "buildDefinition", "buildType"), build_type),))
    kept_out(honest.judge(honest.sign(forged)), Reason.BUILD_TYPE_UNEXPECTED)


@pytest.mark.parametrize("wanted", [2, 3])
def test_a_level_that_is_not_the_signers(honest: Honest, wanted: int) -> None:
    """(E) Evidence of a lower level where a higher one is asked: a publish attestation, or a self-signed workflow."""
    let_in(honest.judge(honest.sign(honest.provenance()), level_floor=2))
    weaker = honest.publish() if wanted == 2 else honest.provenance()
    kept_out(honest.judge(honest.sign(weaker), level_floor=wanted), Reason.LEVEL_TOO_LOW)
