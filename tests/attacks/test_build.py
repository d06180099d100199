"""SLSA v1.0, threats (C) of build steps and parameters, and who may start and host a build."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.attacks.gate import judged, kept_out, let_in, not_pinned
from tests.support.honest import Honest
from tests.support.identities import CircleCiPipeline
from tests.support.specimens import GENERATORS, SPECIMENS, edited
from verification.reasons import Reason
from verification.verdict import Verdict, failures

BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}

STRANGERS = ["pull_request", "pull_request_target", "workflow_run", "issue_comment", "fork", "merge_request_event"]

PARAMETERS = ("predicate", "buildDefinition", "externalParameters")
INVOCATION = ("predicate", "invocation")
INPUTS = (*INVOCATION, "environment", "github_event_payload", "inputs")

TURNED_FLAGS = [
    ("slsa-github-generator-generic", INPUTS, {"channel": "stable", "debug": "1"}, Reason.PARAMETER_UNEXPECTED),
    ("slsa-github-generator-go", INPUTS, {"channel": "nightly"}, Reason.PARAMETER_UNEXPECTED),
    ("slsa-github-generator-container", INPUTS, {}, Reason.PARAMETER_MISSING),
    ("slsa-github-generator-generic", (*INVOCATION, "parameters"), {"debug": True}, Reason.PARAMETER_UNCOVERED),
    ("container-based", (*PARAMETERS, "builderImage", "uri"), "bash@sha256:" + "8" * 64, Reason.PARAMETER_UNEXPECTED),
    ("container-based", (*PARAMETERS, "flag"), "on", Reason.PARAMETER_UNCOVERED),
    ("delegator-maven", (*PARAMETERS, "inputs", "directory"), "./evil", Reason.PARAMETER_UNEXPECTED),
    ("delegator-maven", (*PARAMETERS, "vars", "MAVEN_OPTS"), "-X", Reason.PARAMETER_UNEXPECTED),
    ("delegator-node", (*INVOCATION, "parameters", "inputs", "run"), "evil", Reason.PARAMETER_UNEXPECTED),
    ("google-cloud-build", (*PARAMETERS, "substitutions", "_DEBUG"), "1", Reason.PARAMETER_UNEXPECTED),
    ("google-cloud-build", (*PARAMETERS, "more"), {}, Reason.PARAMETER_UNCOVERED),
    ("buildkite", (*PARAMETERS, "step", "env"), {"DEBUG": "1"}, Reason.PARAMETER_UNEXPECTED),
    ("buildkite", (*PARAMETERS, "build", "env"), [], Reason.PARAMETER_UNCOVERED),
    ("tekton", (*PARAMETERS, "runSpec", "params"), [], Reason.PARAMETER_UNEXPECTED),
    ("github-workflow", (*PARAMETERS, "inputs"), {"publish": True}, Reason.PARAMETER_UNCOVERED),
    ("github-workflow", (*PARAMETERS, "workflow", "inputs"), {"publish": True}, Reason.PARAMETER_UNCOVERED),
    ("npm-v1", (*PARAMETERS, "workflow", "debug"), None, Reason.PARAMETER_UNCOVERED),
]


def build(honest: Honest, **fields: Any) -> Verdict:
    """Return the verdict on a run of which some facts are others; the honest run is let in first."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(**fields)
    return honest.judge(honest.sign(honest.provenance(run), run))


def test_other_build_steps(honest: Honest) -> None:
    """(C) Build from unofficial build steps: another workflow of the right repository, at the right tag."""
    kept_out(build(honest, workflow=".github/workflows/evil.yml"), Reason.WORKFLOW_MOVED, "/workflow/path")


@pytest.mark.parametrize(
    ("name", "path", "steps"),
    [
        ("google-cloud-build", (*PARAMETERS, "buildConfigSource", "path"), "evil.yaml"),
        ("buildkite", (*PARAMETERS, "step", "command"), "make evil"),
        ("gitlab-runner", (*PARAMETERS, "entryPoint"), "evil"),
        ("tekton", (*PARAMETERS, "runSpec", "pipelineRef", "name"), "evil"),
        ("container-based", (*PARAMETERS, "configPath"), ".github/evil.toml"),
    ],
)
def test_other_build_steps_elsewhere(bench: Honest, name: str, path: Any, steps: str) -> None:
    """(C) Build from unofficial build steps: another configuration, command, job or pipeline of the right repository."""
    specimen = BY_NAME[name]
    verdict = judged(bench, specimen, edited(specimen.make(), ((path, steps),)))
    # Where what differs is the path of a configuration and nothing else, that is what the refusal says.
    kept_out(verdict, Reason.WORKFLOW_MOVED if path[-1] == "path" else Reason.PARAMETER_UNEXPECTED)


@pytest.mark.parametrize(("name", "path", "value", "reason"), TURNED_FLAGS)
def test_unofficial_parameters(bench: Honest, name: str, path: Any, value: Any, reason: Reason) -> None:
    """(C) Build from unofficial parameters: an input, a substitution or a flag that the official build has not."""
    specimen = BY_NAME[name]
    kept_out(judged(bench, specimen, edited(specimen.make(), ((path, value),))), reason)


@pytest.mark.parametrize("value", [True, 1, "1", [], {}, None, 1.5])
def test_a_parameter_of_another_type(bench: Honest, value: Any) -> None:
    """(C) A parameter of another JSON type that some reader takes for the expected one."""
    specimen = BY_NAME["google-cloud-build"]
    path = (*PARAMETERS, "substitutions", "_CHANNEL")
    kept_out(judged(bench, specimen, edited(specimen.make(), ((path, value),))), Reason.PARAMETER_UNEXPECTED)


@pytest.mark.parametrize("trigger", STRANGERS)
def test_a_strangers_trigger(honest: Honest, trigger: str) -> None:
    """pull_request_target, forks and comments start the package's own workflow with a stranger's input."""
    kept_out(build(honest, trigger=trigger), Reason.CLAIM_UNEXPECTED, "build_trigger")


@pytest.mark.parametrize("trigger", STRANGERS)
def test_a_strangers_trigger_on_first_use(honest: Honest, trigger: str) -> None:
    """What a stranger started becomes the first expectation, and from then on is as it should be."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    run = honest.as_run(trigger=trigger)
    not_pinned(honest.first_use(honest.sign(honest.provenance(run), run)), Reason.FIRST_USE_TRIGGER)


def test_a_trigger_that_only_the_certificate_knows(honest: Honest) -> None:
    """The tenant writes "push" into the predicate of a run that pull_request_target started."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    verdict = honest.judge(honest.sign(honest.provenance(), honest.as_run(trigger="pull_request_target")))
    kept_out(verdict, Reason.CLAIMS_DISAGREE, "trigger")


def test_a_self_hosted_runner(honest: Honest) -> None:
    """The workflow runs on a machine whose owner can reach into the build."""
    kept_out(build(honest, runner="self-hosted"), Reason.LEVEL_TOO_LOW)


@pytest.mark.parametrize("runner", ["Github-Hosted", "github-hosted ", "", "hosted", "gitlab-hosted\u200b"])
def test_a_runner_with_a_name_like_a_hosted_one(honest: Honest, runner: str) -> None:
    """A runner whose kind only looks like a hosted one, or is not certified at all."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    statement = honest.provenance()
    del statement["predicate"]["buildDefinition"]["internalParameters"]
    verdict = honest.judge(honest.sign(statement, runner_environment=runner))
    kept_out(verdict, Reason.LEVEL_TOO_LOW)


def test_a_self_hosted_runner_that_is_said_to_be_hosted(honest: Honest) -> None:
    """The tenant writes a hosted runner into the predicate of a self-hosted one."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    verdict = honest.judge(honest.sign(honest.provenance(), honest.as_run(runner="self-hosted")))
    kept_out(verdict, Reason.CLAIMS_DISAGREE, "runner environment")


@pytest.mark.parametrize("said", ["yes", "true", "1", "ssh-rerun", "github-hosted"])
def test_a_job_run_again_over_ssh(bench: Honest, said: str) -> None:
    """CircleCI lets a human into a job that is run again over SSH: whatever the certificate says of it refuses."""
    specimen = BY_NAME["publish-circleci"]
    verdict = judged(bench, specimen, specimen.make(), CircleCiPipeline(runner=said))
    kept_out(verdict, Reason.CLAIMS_DISAGREE, "run without SSH")


def test_a_strangers_reusable_workflow(honest: Honest) -> None:
    """A reusable workflow of a stranger builds and signs, called from the right workflow at the right tag."""
    verdict = build(honest, signer_workflow="https://github.com/evil/ci/.github/workflows/release.yml@refs/tags/v1.0")
    kept_out(verdict, Reason.BUILDER_UNEXPECTED, "builder.id")


@pytest.mark.parametrize(
    "called",
    [
        f"{GENERATORS}generator_generic_slsa3.yml@refs/heads/main",
        f"{GENERATORS}generator_generic_slsa3.yml@refs/tags/v2.0.0",
        f"{GENERATORS}generator_generic_slsa3.yml@{'c' * 40}",
        f"{GENERATORS}builder_go_slsa3.yml@refs/tags/v2.1.0",
        "https://github.com/evil/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0",
    ],
)
def test_another_ref_of_the_builder(bench: Honest, called: str) -> None:
    """The builder's own version is in its ref: its branch, an older tag, a commit or a fork of it is another builder."""
    specimen = BY_NAME["slsa-github-generator-generic"]
    run = replace(specimen.run, signer_workflow=called)
    verdict = judged(bench, specimen, specimen.make(run), run)
    listed = "slsa-framework" in called and "@refs/tags/" in called
    # The same workflow at another tag is told as just that; at a branch or a commit it is no listed builder.
    other = Reason.BUILDER_REF_MOVED if "generic" in called and listed else Reason.BUILDER_UNEXPECTED
    refusal = kept_out(verdict, other if listed else Reason.LEVEL_TOO_LOW)
    assert other in {check.reason for check in failures(refusal)}


def test_the_builders_own_version_is_not_the_packages(honest: Honest) -> None:
    """The builder's tag v1.0 spells this package's version 1.0: its v2.0 must not become this package's 2.0."""
    builder = "https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/"
    run = honest.as_run(signer_workflow=f"{builder}v1.0")
    pinned = honest.first_use(honest.sign(honest.provenance(run), run))
    let_in(honest.judge(honest.sign(honest.provenance(run), run), expectation=pinned))  # type: ignore[arg-type]  # what first use pins is held elsewhere to be an expectation
    later = replace(run, signer_workflow=f"{builder}v2.0", ref="refs/tags/v2.0")
    second = honest.artifact("widget-2.0.tar.gz", version="2.0")
    statement = honest.provenance(later, filename="widget-2.0.tar.gz")
    verdict = honest.judge(honest.sign(statement, later), expectation=pinned, artifact=second)  # type: ignore[arg-type]  # what first use pins is held elsewhere to be an expectation
    kept_out(verdict, Reason.BUILDER_REF_MOVED, "builder.id")
