"""Honest statements of the builders beside GitHub's own, in the exact shape of the real ones.

Those of GitHub runs are made of the run, so that a changed run is a consistent other build; those that keys sign are
made of nothing, and are changed by path.
"""

from __future__ import annotations

from typing import Any

from tests.support.identities import GitHubWorkflow
from tests.support.statements import SLSA_PROVENANCE_V1, STATEMENT_V1, Subject

SLSA_PROVENANCE_V02 = "https://slsa.dev/provenance/v0.2"
SLSA_PROVENANCE_V01 = "https://slsa.dev/provenance/v0.1"
GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/"
KEY_BUILDER = "https://builder.example/1"

Statement = dict[str, Any]


def statement(predicate_type: str, predicate: Statement, subject: Subject) -> Statement:
    """Return a statement about one file."""
    name, sha256 = subject
    return {
        "_type": STATEMENT_V1,
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def generator(run: GitHubWorkflow, subject: Subject, *, kind: str = "generic") -> Statement:
    """Return what slsa-github-generator's generic, go or container builder says of a dispatched or pushed run."""
    payload = {"inputs": {"channel": "stable"}, "ref": run.ref}
    environment = {
        "github_event_name": run.trigger,
        "github_event_payload": payload,
        "github_ref": run.ref,
        "github_repository_id": run.repository_id,
        "github_repository_owner_id": run.owner_id,
        "github_run_attempt": "1",
        "github_run_id": run.run_id,
        "github_sha1": run.commit,
    }
    predicate = _v02(run, f"{GENERATOR}{kind}@v1", run.san, environment, {})
    predicate["metadata"] = {"buildInvocationID": f"{run.run_id}-1"}
    return statement(SLSA_PROVENANCE_V02, predicate, subject)


def container_based(run: GitHubWorkflow, subject: Subject) -> Statement:
    """Return what the container-based builder says of a run."""
    parameters = {
        "source": {"uri": _source(run), "digest": {"sha1": run.commit}},
        "builderImage": {"uri": "bash@sha256:" + "9" * 64, "digest": {"sha256": "9" * 64}},
        "configPath": ".github/build.toml",
        "buildConfig": {"ArtifactPath": "dist/widget-1.0.tar.gz", "Command": ["make"]},
    }
    dependencies = [{"uri": _source(run), "digest": {"sha1": run.commit}}]
    return _v1(run, "https://slsa.dev/container-based-build/v0.1?draft", run.san, parameters, dependencies, subject)


def delegated(run: GitHubWorkflow, subject: Subject, *, tool: str = "maven") -> Statement:
    """Return what a delegator says of a tool that it ran."""
    builder = f"{GENERATOR}.github/workflows/builder_{tool}_slsa3.yml@refs/tags/v2.1.0"
    parameters = {"inputs": {"directory": ".", "jdk-version": 17}, "vars": {}}
    dependencies = [{"uri": _source(run), "digest": {"gitCommit": run.commit}}]
    return _v1(run, f"{GENERATOR}delegator-generic@v0", builder, parameters, dependencies, subject)


def delegated_node(run: GitHubWorkflow, subject: Subject) -> Statement:
    """Return what a delegator says of the Node builder, whose predicates are v0.2."""
    builder = f"{GENERATOR}.github/workflows/builder_nodejs_slsa3.yml@refs/tags/v2.1.0"
    parameters = {"inputs": {"directory": "."}}
    predicate = _v02(run, f"{GENERATOR}delegator-generic@v0", builder, _environment(run), parameters)
    predicate["metadata"] = {"buildInvocationId": run.invocation_uri}
    return statement(SLSA_PROVENANCE_V02, predicate, subject)


def npm_v1(run: GitHubWorkflow, subject: Subject) -> Statement:
    """Return what the npm CLI says of a run."""
    kind = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
    parameters = {"workflow": {"ref": run.ref, "repository": run.repository_url, "path": run.workflow}}
    dependencies = [{"uri": _source(run), "digest": {"gitCommit": run.commit}}]
    made = _v1(run, kind, f"https://github.com/actions/runner/{run.runner}", parameters, dependencies, subject)
    made["predicate"]["buildDefinition"]["internalParameters"] = {
        "github": {
            "event_name": run.trigger,
            "repository_id": run.repository_id,
            "repository_owner_id": run.owner_id,
        }
    }
    return made


def npm_v02(run: GitHubWorkflow, subject: Subject) -> Statement:
    """Return what the npm CLI said of a run before."""
    kind = "https://github.com/npm/cli/gha/v2"
    predicate = _v02(run, kind, "https://github.com/actions/runner", _environment(run), {})
    predicate["metadata"] = {"buildInvocationId": f"{run.run_id}-1"}
    return statement(SLSA_PROVENANCE_V02, predicate, subject)


def google_cloud_build(subject: Subject) -> Statement:
    """Return what Google Cloud Build says, with SLSA provenance v1."""
    return _by_key(
        "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
        {
            "buildConfigSource": {
                "path": "cloudbuild.yaml",
                "ref": "refs/tags/v1.0",
                "repository": "git+https://github.com/example/widget",
            },
            "substitutions": {"_CHANNEL": "stable"},
        },
        "git+https://github.com/example/widget@refs/tags/v1.0",
        subject,
    )


def google_cloud_build_older(subject: Subject, *, kind: str) -> Statement:
    """Return what Google Cloud Build said in 2022 (v0.2) and 2023, of a build with a file of instructions."""
    commit, source = "a" * 40, "https://github.com/example/widget"
    by_page = {"uri": f"{source}/commit/{commit}"}
    by_digest = {"uri": f"git+{source}", "digest": {"sha1": commit}}
    substitutions = {"_CHANNEL": "stable"}
    if kind.endswith("@v0.1"):
        substitutions |= {"COMMIT_SHA": commit, "SHORT_SHA": commit[:7], "REF_NAME": "v1.0", "TAG_NAME": "v1.0"}
    recipe = {"entryPoint": "cloudbuild.yaml", "arguments": {"substitutions": substitutions, "steps": _STEPS}}
    return _google_v01(kind, recipe, by_page if kind.endswith("@v0.2") else by_digest, subject)


def google_cloud_build_archive(subject: Subject) -> Statement:
    """Return what Google Cloud Build said of steps that were given by hand, over an archive in a bucket."""
    archive = {"uri": "gs://example_cloudbuild/source/1.tgz#1665165361152729", "digest": {"md5": "b" * 32}}
    recipe = {"arguments": {"substitutions": {"_CHANNEL": "stable"}, "steps": _STEPS}, "definedInMaterial": "-1"}
    return _google_v01("CloudBuildSteps@v0.1", recipe, archive, subject)


_STEPS = [
    {"name": "python", "args": ["-m", "build"], "status": "SUCCESS", "timing": {"startTime": "2026-03-01T11:59:00Z"}}
]


def _google_v01(kind: str, recipe: dict[str, Any], material: dict[str, Any], subject: Subject) -> Statement:
    predicate = {
        "builder": {"id": KEY_BUILDER},
        "recipe": {"type": f"https://cloudbuild.googleapis.com/{kind}", **recipe},
        "materials": [material],
    }
    return statement(SLSA_PROVENANCE_V01, predicate, subject)


def buildkite(subject: Subject) -> Statement:
    """Return what Buildkite says of a job."""
    return _by_key(
        "https://buildkite.github.io/slsa-buildtypes/job/v1",
        {
            "pipeline": "https://buildkite.com/example/widget",
            "repository": "https://github.com/example/widget.git",
            "build": {"branch": "main", "tag": "v1.0", "commit": "a" * 40},
            "step": {"key": "build", "command": "make"},
        },
        "git+https://github.com/example/widget.git",
        subject,
    )


def gitlab_runner(subject: Subject) -> Statement:
    """Return what a GitLab runner says of a job, with SLSA provenance v1."""
    return _by_key(
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.1.0/PROVENANCE.md",
        {
            "source": "https://gitlab.com/example/widget",
            "entryPoint": "build",
            "variables": {"CI": "true"},
        },
        "https://gitlab.com/example/widget",
        subject,
    )


def gitlab_runner_v02(subject: Subject) -> Statement:
    """Return what a GitLab runner says of a job, with SLSA provenance v0.2."""
    predicate = {
        "builder": {"id": KEY_BUILDER},
        "buildType": "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v15.11.0/PROVENANCE.md",
        "invocation": {
            "configSource": {
                "uri": "https://gitlab.com/example/widget",
                "digest": {"sha256": "a" * 40},
                "entryPoint": "build",
            },
            "parameters": {"CI": "true"},
        },
    }
    return statement(SLSA_PROVENANCE_V02, predicate, subject)


def tekton(subject: Subject) -> Statement:
    """Return what Tekton Chains says of a pipeline's run."""
    return _by_key(
        "https://tekton.dev/chains/v2/slsa",
        {
            "runSpec": {"pipelineRef": {"name": "release"}, "params": [{"name": "channel", "value": "stable"}]},
            "buildConfigSource": {
                "repository": "git+https://github.com/example/widget",
                "path": "release.yaml",
                "ref": "refs/heads/main",
            },
        },
        "git+https://github.com/example/widget",
        subject,
    )


def tekton_v02(subject: Subject) -> Statement:
    """Return what Tekton Chains said of a task's run, with SLSA provenance v0.2."""
    predicate = {
        "builder": {"id": KEY_BUILDER},
        "buildType": "https://tekton.dev/chains/v2/slsa-tekton",
        "invocation": {
            "configSource": {
                "uri": "git+https://github.com/example/widget",
                "digest": {"sha1": "a" * 40},
                "entryPoint": "release.yaml",
            },
            "parameters": {"channel": "stable"},
        },
    }
    return statement(SLSA_PROVENANCE_V02, predicate, subject)


def _source(run: GitHubWorkflow) -> str:
    return f"git+{run.repository_url}@{run.ref}"


def _environment(run: GitHubWorkflow) -> Statement:
    return {
        "GITHUB_EVENT_NAME": run.trigger,
        "GITHUB_REF": run.ref,
        "GITHUB_REPOSITORY": run.repository,
        "GITHUB_REPOSITORY_ID": run.repository_id,
        "GITHUB_REPOSITORY_OWNER_ID": run.owner_id,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": int(run.run_id),
        "GITHUB_SHA": run.commit,
        "GITHUB_WORKFLOW_REF": f"{run.repository}/{run.workflow}@{run.ref}",
    }


def _v1(
    run: GitHubWorkflow, kind: str, builder: str, parameters: Statement, dependencies: list[Any], subject: Subject
) -> Statement:
    predicate = {
        "buildDefinition": {
            "buildType": kind,
            "externalParameters": parameters,
            "internalParameters": _environment(run),
            "resolvedDependencies": dependencies,
        },
        "runDetails": {"builder": {"id": builder}, "metadata": {"invocationId": run.invocation_uri}},
    }
    return statement(SLSA_PROVENANCE_V1, predicate, subject)


def _v02(run: GitHubWorkflow, kind: str, builder: str, environment: Statement, parameters: Statement) -> Statement:
    return {
        "builder": {"id": builder},
        "buildType": kind,
        "invocation": {
            "configSource": {"uri": _source(run), "digest": {"sha1": run.commit}, "entryPoint": run.workflow},
            "environment": environment,
            "parameters": parameters,
        },
        "materials": [{"uri": _source(run), "digest": {"sha1": run.commit}}],
    }


def _by_key(kind: str, parameters: Statement, source: str, subject: Subject) -> Statement:
    predicate = {
        "buildDefinition": {
            "buildType": kind,
            "externalParameters": parameters,
            "resolvedDependencies": [{"uri": source, "digest": {"gitCommit": "a" * 40}}],
        },
        "runDetails": {"builder": {"id": KEY_BUILDER}},
    }
    return statement(SLSA_PROVENANCE_V1, predicate, subject)
