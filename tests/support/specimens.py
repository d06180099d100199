"""One honest build of every build type, and for each the other builds that its first expectation must not let in.

A change is either another run (fields of the identity), from which statement and certificate are made anew, or edits of
the statement by path. All of them are sound evidence of another build: nothing but the expectation can refuse them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import slsa_statements as slsa
from tests.support import statements
from tests.support.honest import CONTENT, Honest, Statement
from tests.support.identities import CircleCiPipeline, GitHubWorkflow, GitLabPipeline, GoogleAccount
from tests.support.keys import dsse_envelope
from tests.support.roots import with_simulated_instance
from verification.examination import Examination
from verification.root_of_trust import RootsOfTrust, parse_roots

Path = tuple[Any, ...]
Edits = tuple[tuple[Path, Any], ...]

KEY = ec.generate_private_key(ec.SECP256R1())
"""The key of the one builder that signs by a key of its own."""

_EVIL = "git+https://github.com/evil/widget"

GENERATORS = f"{slsa.GENERATOR}.github/workflows/"


@dataclass(frozen=True)
class Specimen:
    """A build type's honest build of widget 1.0. Without a ``run`` a plain key signs."""

    name: str
    statement: Callable[..., Statement]
    run: Any = None
    other_runs: tuple[dict[str, Any], ...] = ()
    other_statements: tuple[Edits, ...] = ()
    by_name_only: bool = False

    def make(self, run: Any = None, filename: str = "widget-1.0.tar.gz") -> Statement:
        """Return the statement of a run, by default the honest one."""
        subject = statements.subject(filename, CONTENT)
        return self.statement(run or self.run, subject) if self.run else self.statement(subject)

    def sign(self, honest: Honest, statement: Statement, run: Any = None) -> Any:
        """Return the statement signed by the run's certificate, or by the key."""
        if self.run:
            return honest.sign(statement, run or self.run)
        return dsse_envelope(statements.encode(statement), KEY)

    def other_builds(self) -> list[tuple[str, Statement, Any]]:
        """Return what changed, the statement and the run of each other build."""
        found = []
        for fields in self.other_runs:
            run = replace(self.run, **fields)
            found.append((str(fields), self.make(run), run))
        for edits in self.other_statements:
            found.append((str(edits), edited(self.make(), edits), self.run))
        return found


def roots_with_key(honest: Honest) -> RootsOfTrust:
    """Return the simulated roots, with the builder that signs by a key of its own."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return parse_roots(with_simulated_instance(honest.world, keys={"operator": pem}))


def examined(bench: Honest, specimen: Specimen, statement: Statement, run: Any = None, **artifact: Any) -> Examination:
    """Return signed evidence examined, as if received an hour after it was signed."""
    found = bench.artifact(**artifact) if artifact else None
    return bench.examine(specimen.sign(bench, statement, run), artifact=found)


def edited(statement: Statement, edits: Edits) -> Statement:
    """Return the statement with the values at some paths replaced."""
    statement = copy.deepcopy(statement)  # what is made of a constant has to stay as it was for the next
    for path, value in edits:
        target: Any = statement
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value
    return statement


def _publish(_run: Any, subject: statements.Subject) -> Statement:
    return statements.publish_attestation([subject])


def _github(run: GitHubWorkflow, subject: statements.Subject) -> Statement:
    return statements.github_provenance(run, [subject])


OTHER_SOURCES: tuple[dict[str, Any], ...] = (
    {"repository": "evil/widget", "repository_id": "666", "owner_id": "66"},
    {"repository": "evil/widget"},
    {"repository_id": "666"},
    {"owner_id": "66"},
    {"ref": "refs/heads/main"},
    {"ref": "refs/tags/v1.1"},
    {"trigger": "pull_request_target"},
)
OTHER_RUNS: tuple[dict[str, Any], ...] = (
    *OTHER_SOURCES,
    {"workflow": ".github/workflows/other.yml"},
    {"runner": "self-hosted"},
)

_PARAMETERS = ("predicate", "buildDefinition", "externalParameters")
_DEPENDENCY = ("predicate", "buildDefinition", "resolvedDependencies", 0, "uri")
_INVOCATION = ("predicate", "invocation")


def _called(workflow: str, ref: str = "refs/tags/v2.1.0") -> GitHubWorkflow:
    return GitHubWorkflow(signer_workflow=f"{GENERATORS}{workflow}@{ref}")


def _other_callee(workflow: str) -> dict[str, Any]:
    return {"signer_workflow": f"{GENERATORS}{workflow}@refs/tags/v2.0.0"}


def _by_generator(kind: str, workflow: str) -> Specimen:
    inputs = (*_INVOCATION, "environment", "github_event_payload", "inputs")
    return Specimen(
        f"slsa-github-generator-{kind}",
        partial(slsa.generator, kind=kind),
        _called(workflow),
        (*OTHER_RUNS, _other_callee(workflow)),
        (
            ((inputs, {"channel": "nightly"}),),
            ((inputs, {}),),
            ((inputs, {"channel": "stable", "debug": "true"}),),
            (((*_INVOCATION, "parameters"), {"debug": True}),),
        ),
    )


def _google_older(kind: str) -> Specimen:
    predicate = ("predicate",)
    return Specimen(
        f"google-cloud-build-{kind}",
        partial(slsa.google_cloud_build_older, kind=kind),
        other_statements=(
            (((*predicate, "materials", 0, "uri"), f"https://github.com/evil/widget/commit/{'a' * 40}"),),
            (((*predicate, "materials", 0), {"uri": _EVIL, "digest": {"sha1": "a" * 40}}),),
            (((*predicate, "materials", 0), {"uri": "gs://evil/widget.tgz#1"}),),
            (((*predicate, "recipe", "entryPoint"), "other.yaml"),),
            (((*predicate, "recipe", "entryPoint"), None),),
            (((*predicate, "recipe", "arguments", "substitutions", "_CHANNEL"), "nightly"),),
            (((*predicate, "recipe", "arguments", "substitutions", "TAG_NAME"), "v2.0"),),
        ),
        by_name_only=True,
    )


def _google_archive() -> Specimen:
    predicate = ("predicate",)
    return Specimen(
        "google-cloud-build-archive",
        slsa.google_cloud_build_archive,
        other_statements=(
            (((*predicate, "materials", 0, "uri"), "gs://evil_cloudbuild/source/1.tgz#1665165361152729"),),
            (((*predicate, "materials", 0, "uri"), "gs://example_cloudbuild/source/1.tgz#2"),),
            (((*predicate, "recipe", "arguments", "steps", 0, "args", 1), "evil"),),
            (((*predicate, "recipe", "entryPoint"), "cloudbuild.yaml"),),
        ),
        by_name_only=True,
    )


_DELEGATOR = "delegator_lowperms-generic_slsa3.yml"
_CONTAINER = "builder_container-based_slsa3.yml"
_TOOL = f"{GENERATORS}builder_gradle_slsa3.yml@refs/tags/v2.1.0"

SPECIMENS = (
    Specimen("github-workflow", _github, GitHubWorkflow(), OTHER_RUNS),
    Specimen(
        "github-workflow-reusable",
        _github,
        GitHubWorkflow(signer_workflow="https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/v1.0"),
        (*OTHER_RUNS, {"signer_workflow": "https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/v2.0"}),
    ),
    _by_generator("generic", "generator_generic_slsa3.yml"),
    _by_generator("go", "builder_go_slsa3.yml"),
    _by_generator("container", "generator_container_slsa3.yml"),
    Specimen(
        "container-based",
        slsa.container_based,
        _called(_CONTAINER),
        (*OTHER_RUNS, _other_callee(_CONTAINER)),
        (
            (((*_PARAMETERS, "builderImage", "uri"), "bash@sha256:" + "8" * 64),),
            (((*_PARAMETERS, "configPath"), ".github/other.toml"),),
            (((*_PARAMETERS, "more"), "x"),),
        ),
    ),
    Specimen(
        "delegator-maven",
        slsa.delegated,
        _called(_DELEGATOR),
        (*OTHER_RUNS, _other_callee(_DELEGATOR)),
        (
            (((*_PARAMETERS, "inputs", "directory"), "./evil"),),
            (((*_PARAMETERS, "vars"), {"debug": "1"}),),
            ((("predicate", "runDetails", "builder", "id"), _TOOL),),
        ),
    ),
    Specimen(
        "delegator-node",
        slsa.delegated_node,
        _called(_DELEGATOR),
        (*OTHER_RUNS, _other_callee(_DELEGATOR)),
        (
            (((*_INVOCATION, "parameters", "inputs"), {}),),
            ((("predicate", "builder", "id"), _TOOL),),
        ),
    ),
    Specimen("npm-v1", slsa.npm_v1, GitHubWorkflow(), OTHER_RUNS),
    Specimen("npm-v0.2", slsa.npm_v02, GitHubWorkflow(), OTHER_RUNS),
    Specimen("publish-github", _publish, GitHubWorkflow(), OTHER_RUNS),
    Specimen(
        "publish-gitlab",
        _publish,
        GitLabPipeline(),
        (
            {"repository": "evil/widget", "repository_id": "666", "owner_id": "66"},
            *OTHER_SOURCES[1:6],
            {"configuration": "ci/other.yml"},
            {"runner": "self-hosted"},
        ),
    ),
    Specimen(
        "publish-circleci",
        _publish,
        CircleCiPipeline(),
        (
            {"repository": "github.com/evil/widget"},
            {"project": "00000000-0000-0000-0000-000000000000"},
            {"definition": "00000000-0000-0000-0000-000000000000"},
            {"ref": "refs/heads/main"},
        ),
        by_name_only=True,
    ),
    Specimen(
        "publish-google",
        _publish,
        GoogleAccount(),
        ({"san": "666-compute@developer.gserviceaccount.com"},),
        by_name_only=True,
    ),
    Specimen(
        "google-cloud-build",
        slsa.google_cloud_build,
        other_statements=(
            (
                ((*_PARAMETERS, "buildConfigSource", "repository"), _EVIL),
                (_DEPENDENCY, f"{_EVIL}@refs/tags/v1.0"),
            ),
            (
                ((*_PARAMETERS, "buildConfigSource", "ref"), "refs/heads/main"),
                (_DEPENDENCY, "git+https://github.com/example/widget@refs/heads/main"),
            ),
            (((*_PARAMETERS, "buildConfigSource", "path"), "other.yaml"),),
            (((*_PARAMETERS, "substitutions", "_CHANNEL"), "nightly"),),
        ),
        by_name_only=True,
    ),
    _google_older("CloudBuildYaml@v0.1"),
    _google_older("GoogleHostedWorker@v0.2"),
    _google_archive(),
    Specimen(
        "buildkite",
        slsa.buildkite,
        other_statements=(
            (((*_PARAMETERS, "repository"), "https://github.com/evil/widget.git"), (_DEPENDENCY, _EVIL)),
            (((*_PARAMETERS, "pipeline"), "https://buildkite.com/example/other"),),
            (((*_PARAMETERS, "build", "tag"), "v1.1"),),
            (((*_PARAMETERS, "build", "branch"), "evil"),),
            (((*_PARAMETERS, "step", "command"), "make evil"),),
        ),
        by_name_only=True,
    ),
    Specimen(
        "gitlab-runner",
        slsa.gitlab_runner,
        other_statements=(
            (
                ((*_PARAMETERS, "source"), "https://gitlab.com/evil/widget"),
                (_DEPENDENCY, "https://gitlab.com/evil/widget"),
            ),
            (((*_PARAMETERS, "entryPoint"), "other"),),
        ),
        by_name_only=True,
    ),
    Specimen(
        "gitlab-runner-v0.2",
        slsa.gitlab_runner_v02,
        other_statements=(
            (((*_INVOCATION, "configSource", "uri"), "https://gitlab.com/evil/widget"),),
            (((*_INVOCATION, "configSource", "entryPoint"), "other"),),
        ),
        by_name_only=True,
    ),
    Specimen(
        "tekton",
        slsa.tekton,
        other_statements=(
            (((*_PARAMETERS, "buildConfigSource", "repository"), _EVIL), (_DEPENDENCY, _EVIL)),
            (((*_PARAMETERS, "buildConfigSource", "ref"), "refs/heads/other"),),
            (((*_PARAMETERS, "buildConfigSource", "path"), "other.yaml"),),
            (((*_PARAMETERS, "runSpec", "params"), []),),
        ),
        by_name_only=True,
    ),
    Specimen(
        "tekton-v0.2",
        slsa.tekton_v02,
        other_statements=(
            (((*_INVOCATION, "configSource", "uri"), _EVIL),),
            (((*_INVOCATION, "configSource", "entryPoint"), "other.yaml"),),
            (((*_INVOCATION, "parameters", "channel"), "nightly"),),
        ),
        by_name_only=True,
    ),
)
