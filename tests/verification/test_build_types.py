"""Every build type: what has to agree, and that a forged predicate is believed only as far as its certificate goes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support import statements
from tests.support.honest import NOW, SIGNED_AT, Honest, Statement
from tests.support.identities import CircleCiPipeline, GitHubWorkflow, GoogleAccount
from tests.support.specimens import GENERATORS, SPECIMENS, Path, Specimen, edited, examined
from verification import first_use
from verification.build_types import BY_URI, PUBLISHERS, required_pins
from verification.build_types.interface import Fact, FactSource
from verification.examination import Examination
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.judgement import Terms
from verification.parameters import DocumentInvalid
from verification.pipeline import examine_all, judge
from verification.provenance import Signer
from verification.reasons import Reason
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots
from verification.verdict import Accepted, Check, Outcome, failures

BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
UNKNOWN = "https://builder.example/own/v1"
EVIL = "git+https://github.com/evil/widget@refs/tags/v1.0"
V1 = ("predicate", "buildDefinition")
V02 = ("predicate", "invocation")


def failed(examination: Examination) -> set[tuple[Reason | None, str]]:
    """Return the reason and the place of each failed check."""
    return {
        (check.reason, check.where)
        for each in examination.attestations
        for check in each.checks
        if check.outcome is Outcome.FAILED
    }


def forged(bench: Honest, specimen: Specimen, path: Path, value: Any) -> set[tuple[Reason | None, str]]:
    """Return what fails where a predicate says something else than its honest certificate."""
    return failed(examined(bench, specimen, edited(specimen.make(), ((path, value),))))


def _v02(name: str, upper: bool) -> list[tuple[str, str, Path, Any]]:
    def variable(key: str) -> Path:
        return (*V02, "environment", key if upper else key.lower())

    return [
        (name, "source repository", (*V02, "configSource", "uri"), EVIL),
        (name, "source ref", (*V02, "configSource", "uri"), "git+https://github.com/example/widget@refs/heads/x"),
        (name, "source ref", (*V02, "configSource", "uri"), "git+https://github.com/example/widget"),
        (name, "source commit", (*V02, "configSource", "digest", "sha1"), "f" * 40),
        (name, "workflow path", (*V02, "configSource", "entryPoint"), ".github/workflows/x.yml"),
        (name, "commit of the source", ("predicate", "materials", 0, "digest", "sha1"), "f" * 40),
        (name, "repository of the source", ("predicate", "materials", 0, "uri"), EVIL),
        (name, "trigger", variable("GITHUB_EVENT_NAME"), "pull_request"),
        (name, "repository id", variable("GITHUB_REPOSITORY_ID"), "666"),
        (name, "owner id", variable("GITHUB_REPOSITORY_OWNER_ID"), "66"),
        (name, "ref", variable("GITHUB_REF"), "refs/heads/x"),
        (name, "commit", variable("GITHUB_SHA" if upper else "GITHUB_SHA1"), "f" * 40),
        (name, "run id", variable("GITHUB_RUN_ID"), "7"),
        (name, "run attempt", variable("GITHUB_RUN_ATTEMPT"), "2"),
    ]


def _v1(name: str) -> list[tuple[str, str, Path, Any]]:
    return [
        (name, "commit of the source", (*V1, "resolvedDependencies", 0, "digest"), {"gitCommit": "f" * 40}),
        (name, "repository of the source", (*V1, "resolvedDependencies", 0, "uri"), EVIL),
        (name, "run", ("predicate", "runDetails", "metadata", "invocationId"), "https://github.com/evil/widget"),
    ]


def _variables(name: str) -> list[tuple[str, str, Path, Any]]:
    internal = (*V1, "internalParameters")
    return [
        (name, "trigger", (*internal, "GITHUB_EVENT_NAME"), "pull_request"),
        (name, "repository", (*internal, "GITHUB_REPOSITORY"), "evil/widget"),
        (name, "repository id", (*internal, "GITHUB_REPOSITORY_ID"), "666"),
        (name, "workflow", (*internal, "GITHUB_WORKFLOW_REF"), "evil/widget/.github/workflows/x.yml@refs/heads/x"),
        (name, "run id", (*internal, "GITHUB_RUN_ID"), True),
    ]


FORGERIES = [
    *_v02("slsa-github-generator-generic", upper=False),
    *_v02("slsa-github-generator-go", upper=False),
    *_v02("slsa-github-generator-container", upper=False),
    *_v02("delegator-node", upper=True),
    *_v02("npm-v0.2", upper=True),
    ("npm-v0.2", "run", ("predicate", "metadata", "buildInvocationId"), "7-1"),
    *_v1("delegator-maven"),
    *_variables("delegator-maven"),
    *_v1("container-based"),
    *_variables("container-based"),
    ("container-based", "source repository", (*V1, "externalParameters", "source", "uri"), EVIL),
    ("container-based", "source commit", (*V1, "externalParameters", "source", "digest", "sha1"), "f" * 40),
    *_v1("npm-v1"),
    ("npm-v1", "source repository", (*V1, "externalParameters", "workflow", "repository"), "https://github.com/evil/w"),
    ("npm-v1", "source ref", (*V1, "externalParameters", "workflow", "ref"), "refs/heads/x"),
    ("npm-v1", "workflow path", (*V1, "externalParameters", "workflow", "path"), ".github/workflows/x.yml"),
    ("npm-v1", "trigger", (*V1, "internalParameters", "github", "event_name"), "pull_request"),
    (
        "npm-v1",
        "runner of the builder",
        ("predicate", "runDetails", "builder", "id"),
        "https://github.com/actions/runner/self-hosted",
    ),
    ("google-cloud-build", "repository of the source", (*V1, "resolvedDependencies", 0, "uri"), EVIL),
    (
        "google-cloud-build",
        "ref of the source",
        (*V1, "resolvedDependencies", 0, "uri"),
        "git+https://github.com/example/widget@refs/heads/x",
    ),
    (
        "google-cloud-build-GoogleHostedWorker@v0.2",
        "commit of the source",
        ("predicate", "materials", 0),
        {"uri": f"https://github.com/example/widget/commit/{'a' * 40}", "digest": {"sha1": "f" * 40}},
    ),
    (
        "google-cloud-build-CloudBuildYaml@v0.1",
        "commit of COMMIT_SHA",
        ("predicate", "materials", 0, "digest", "sha1"),
        "f" * 40,
    ),
    (
        "google-cloud-build-CloudBuildYaml@v0.1",
        "commit of SHORT_SHA",
        ("predicate", "recipe", "arguments", "substitutions", "SHORT_SHA"),
        "f" * 7,
    ),
    ("buildkite", "commit of the source", (*V1, "resolvedDependencies", 0, "digest", "gitCommit"), "f" * 40),
    ("gitlab-runner", "repository of the source", (*V1, "resolvedDependencies", 0, "uri"), EVIL),
]


@pytest.mark.parametrize(("name", "fact", "path", "value"), FORGERIES, ids=[f"{n}-{f}" for n, f, _, _ in FORGERIES])
def test_what_two_places_say_has_to_agree(bench: Honest, name: str, fact: str, path: Path, value: Any) -> None:
    """Step 6: each thing that the predicate says beside the certificate, changed alone, refuses by its own name."""
    assert (Reason.CLAIMS_DISAGREE, fact) in forged(bench, BY_NAME[name], path, value)


CERTIFIED = [specimen for specimen in SPECIMENS if isinstance(specimen.run, GitHubWorkflow)]


@pytest.mark.parametrize("specimen", CERTIFIED, ids=[specimen.name for specimen in CERTIFIED])
@pytest.mark.parametrize(
    "claim", ["source_repository_uri", "source_repository_ref", "build_config_uri", "build_signer_uri"]
)
def test_what_the_certificate_does_not_back_is_not_believed(bench: Honest, specimen: Specimen, claim: str) -> None:
    """Step 6: without the certificate's claim, no predicate's word counts, whoever's build type it is."""
    examination = bench.examine(bench.sign(specimen.make(), specimen.run, **{claim: None}))
    assert Reason.CLAIMS_DISAGREE in {reason for reason, _ in failed(examination)}


KEYED = [specimen for specimen in SPECIMENS if specimen.run is None]


@pytest.mark.parametrize("specimen", KEYED, ids=[specimen.name for specimen in KEYED])
def test_a_tenant_cannot_tell_what_only_a_key_is_believed_for(bench: Honest, specimen: Specimen) -> None:
    """Step 6: a workflow that writes a cloud builder's statement of another repository is believed in nothing of it."""
    tenant = GitHubWorkflow(repository="evil/widget", repository_id="666", owner_id="66")
    examination = bench.examine(bench.sign(specimen.make(), tenant))
    assert (Reason.CLAIMS_DISAGREE, "source repository") in failed(examination)
    assert Reason.BUILDER_NOT_SIGNERS in {reason for reason, _ in failed(examination)}


LACKING: dict[str, set[Fact]] = {
    "gitlab-runner-v0.2": {Fact.REF},
    "tekton-v0.2": {Fact.REF},
    "google-cloud-build-GoogleHostedWorker@v0.2": {Fact.REF},
    "google-cloud-build-archive": {Fact.REPOSITORY, Fact.COMMIT, Fact.REF, Fact.CONFIGURATION_PATH},
}
"""What a build of this form does not say, though others of its type do."""


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])
def test_the_table_of_fact_sources_is_true(bench: Honest, specimen: Specimen) -> None:
    """Evidence 5: what a build type declares it has, and what it declares absent it has not."""
    provenance = examined(bench, specimen, specimen.make()).strongest
    assert provenance is not None
    build_type = PUBLISHERS.get(provenance.signer.issuer or "") or BY_URI[provenance.build_type]
    build_type = BY_URI.get(provenance.build_type, build_type)
    assert build_type.fact_sources.keys() == set(Fact)
    lacking = LACKING.get(specimen.name, set())
    for fact in set(Fact) - {Fact.DEPLOYMENT_ENVIRONMENT, Fact.INPUTS}:
        absent = build_type.fact_sources[fact] is FactSource.ABSENT
        value = getattr(provenance.facts, fact)
        assert not (absent and value), fact
        assert absent or value or fact in lacking, fact


LEVELS = {
    "github-workflow": 2,
    "github-workflow-reusable": 2,
    "slsa-github-generator-generic": 3,
    "slsa-github-generator-go": 3,
    "slsa-github-generator-container": 3,
    "container-based": 3,
    "delegator-maven": 3,
    "delegator-node": 3,
    "npm-v1": 2,
    "npm-v0.2": 2,
    "publish-github": 1,
    "publish-gitlab": 1,
    "publish-circleci": 1,
    "publish-google": 1,
}


@pytest.mark.parametrize(("name", "level"), LEVELS.items())
def test_levels_are_what_the_shipped_roots_believe(bench: Honest, name: str, level: int) -> None:
    """Levels: a workflow that signs for itself 2, a listed reusable workflow 3, a publish attestation 1."""
    specimen = BY_NAME[name]
    provenance = examined(bench, specimen, specimen.make()).strongest
    assert provenance is not None
    assert provenance.level == level


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/nightly", "a" * 40])
def test_a_listed_builder_counts_at_its_release_tags_alone(bench: Honest, ref: str) -> None:
    """Levels: the listed workflow at a branch is anybody's who can push there; it is a workflow like others, level 2."""
    specimen = BY_NAME["slsa-github-generator-generic"]
    run = replace(specimen.run, signer_workflow=f"{GENERATORS}generator_generic_slsa3.yml@{ref}")
    provenance = examined(bench, specimen, specimen.make(run), run).strongest
    assert provenance is not None
    assert provenance.level == 2


@pytest.mark.parametrize(
    ("name", "path", "builder"),
    [
        ("github-workflow", ("predicate", "runDetails", "builder", "id"), "https://github.com/actions/runner"),
        (
            "slsa-github-generator-generic",
            ("predicate", "builder", "id"),
            f"{GENERATORS}builder_go_slsa3.yml@refs/tags/v2.1.0",
        ),
        ("delegator-maven", ("predicate", "runDetails", "builder", "id"), "https://cloudbuild.googleapis.com/x@v1"),
        ("npm-v1", ("predicate", "runDetails", "builder", "id"), "https://github.com/actions/runner/github-hosted/x"),
    ],
)
def test_a_builder_id_that_the_signer_may_not_speak_for(bench: Honest, name: str, path: Path, builder: str) -> None:
    """Step 3: which signer may speak for which builder is part of the roots of trust, or the build type's own rule."""
    reasons = {reason for reason, _ in forged(bench, BY_NAME[name], path, builder)}
    assert reasons & {Reason.BUILDER_NOT_SIGNERS, Reason.CLAIMS_DISAGREE}


def test_a_delegator_speaks_for_tools_and_its_own_workflow_does_not(bench: Honest) -> None:
    """Step 3: a tenant's workflow that writes a delegator's statement of a listed tool is not the delegator."""
    specimen = BY_NAME["delegator-maven"]
    tenant = GitHubWorkflow()
    examination = examined(bench, specimen, specimen.make(tenant), tenant)
    assert Reason.BUILDER_NOT_SIGNERS in {reason for reason, _ in failed(examination)}


def test_a_tool_that_nobody_listed_is_level_2(bench: Honest) -> None:
    """Levels: the delegator has found out which tool it ran, but only a listed one is believed to level 3."""
    specimen = BY_NAME["delegator-maven"]
    tool = "https://github.com/acme/tools/.github/workflows/build.yml@refs/tags/v1"
    statement = edited(specimen.make(), ((("predicate", "runDetails", "builder", "id"), tool),))
    examination = examined(bench, specimen, statement)
    assert examination.sound
    assert examination.strongest is not None
    assert examination.strongest.level == 2


@pytest.mark.parametrize(
    "email", ["mallory@gmail.com", "mallory@gserviceaccount.com.evil.example", "a.gserviceaccount.com@b.example"]
)
def test_a_human_is_never_a_builder(bench: Honest, email: str) -> None:
    """Levels: the service account under Google's issuer; a human's e-mail never."""
    specimen = BY_NAME["publish-google"]
    examination = examined(bench, specimen, specimen.make(), GoogleAccount(email))
    assert not examination.sound


def test_circleci_run_again_over_ssh(bench: Honest) -> None:
    """Expectations 5: CircleCI's ssh-rerun is refused; what is not its usual placeholder is taken for one."""
    specimen = BY_NAME["publish-circleci"]
    rerun = replace(CircleCiPipeline(), runner="ssh-rerun")
    assert (Reason.CLAIMS_DISAGREE, "run without SSH") in failed(examined(bench, specimen, specimen.make(), rerun))


def test_a_dispatchs_inputs_are_parameters(bench: Honest) -> None:
    """Projection: slsa-github-generator's inputs of a dispatch stand under /inputs; none are none."""
    specimen = BY_NAME["slsa-github-generator-generic"]
    given = examined(bench, specimen, specimen.make()).strongest
    assert given is not None
    assert isinstance(given.external_parameters, dict)
    assert given.external_parameters["inputs"] == {"channel": "stable"}
    without = edited(specimen.make(), (((*V02, "environment", "github_event_payload"), {"inputs": None}),))
    pushed = examined(bench, specimen, without).strongest
    assert pushed is not None
    assert isinstance(pushed.external_parameters, dict)
    assert pushed.external_parameters.keys() == {"workflow"}


UNFIT: list[tuple[str, Path, Any, Reason]] = [
    ("github-workflow", ("predicateType",), "https://slsa.dev/provenance/v0.2", Reason.STATEMENT_MALFORMED),
    (
        "slsa-github-generator-generic",
        ("predicateType",),
        "https://slsa.dev/provenance/v0.1",
        Reason.STATEMENT_MALFORMED,
    ),
    ("npm-v1", (*V1, "buildType"), "https://github.com/npm/cli/gha/v2", Reason.PREDICATE_TYPE_UNKNOWN),
    ("github-workflow", ("predicateType",), "https://example.org/mine/v1", Reason.PREDICATE_TYPE_UNKNOWN),
    ("publish-github", ("predicate",), {"x": 1}, Reason.STATEMENT_MALFORMED),
    ("container-based", (*V1, "externalParameters", "source"), {"uri": EVIL}, Reason.STATEMENT_MALFORMED),
    ("delegator-maven", (*V1, "externalParameters"), {"vars": {}}, Reason.STATEMENT_MALFORMED),
    ("slsa-github-generator-go", (*V02, "configSource"), {"entryPoint": "x"}, Reason.STATEMENT_MALFORMED),
    ("slsa-github-generator-go", (*V02, "environment"), ["x"], Reason.STATEMENT_MALFORMED),
    ("npm-v1", (*V1, "resolvedDependencies"), [{"uri": EVIL}], Reason.STATEMENT_MALFORMED),
    ("npm-v0.2", ("predicate", "metadata", "buildStartedOn"), "yesterday", Reason.STATEMENT_MALFORMED),
    # A list where a build type should be: Makes on Nix (docs/decisions/0007).
    ("github-workflow", (*V1, "buildType"), ["https://fluidattacks.com/x"], Reason.STATEMENT_MALFORMED),
]


@pytest.mark.parametrize(("name", "path", "value", "reason"), UNFIT)
def test_a_predicate_of_another_shape_is_refused(
    bench: Honest, name: str, path: Path, value: Any, reason: Reason
) -> None:
    """Step 5: the predicate type is one that the build type is known by, and has its shape; nothing raises."""
    assert reason in {found for found, _ in forged(bench, BY_NAME[name], path, value)}


@pytest.mark.parametrize("draft", ["https://slsa.dev/provenance/v1.0?draft", "https://slsa.dev/provenance/v1.0"])
def test_drafts_of_v1_are_read_as_v1(bench: Honest, draft: str) -> None:
    """Step 5: builders have signed under the drafts' names."""
    specimen = BY_NAME["delegator-maven"]
    assert examined(bench, specimen, edited(specimen.make(), ((("predicateType",), draft),))).sound


def _of_unknown_type(specimen: Specimen) -> Statement:
    return edited(specimen.make(), (((*V1, "buildType"), UNKNOWN),))


def test_an_unknown_build_type_is_for_explicit_expectations(bench: Honest) -> None:
    """A build type that nobody described: facts from the certificate alone, and nothing that says what to pin."""
    specimen = BY_NAME["github-workflow"]
    examination = examined(bench, specimen, _of_unknown_type(specimen))
    assert examination.sound
    assert examination.strongest is not None
    assert examination.strongest.facts.repository == "https://github.com/example/widget"
    verdict = judge(examination, terms=Terms(_explicit(bench, {"equals": specimen.run.san}), 1, "0" * 64))
    assert isinstance(verdict, Accepted), list(failures(verdict))
    with pytest.raises(DocumentInvalid, match="identity"):
        _explicit(bench, None)


def _explicit(bench: Honest, identity: Any) -> Expectation:
    """Return an expectation for the unknown type, as a person would write it after the known one's."""
    derived = first_use.derive(examined(bench, BY_NAME["github-workflow"], BY_NAME["github-workflow"].make()))
    assert isinstance(derived, Expectation)
    document = json.loads(derived.canonical)
    recipe = document["recipes"][0]
    recipe["build_types"] = [UNKNOWN]
    if identity:
        recipe["signer"]["identity"] = identity
    return parse_expectation(document, required_pins=required_pins)


def test_an_unknown_build_type_by_key_has_no_facts(bench: Honest) -> None:
    """Nobody can say where a stranger's predicate keeps its source."""
    specimen = BY_NAME["buildkite"]
    examination = examined(bench, specimen, _of_unknown_type(specimen))
    assert examination.strongest is not None
    assert examination.strongest.facts.repository is None


@pytest.fixture(scope="module")
def roots() -> RootsOfTrust:
    """The roots that a new registry starts with."""
    return shipped_roots()


@pytest.mark.parametrize(
    ("issuer", "identity"),
    [
        ("https://token.actions.githubusercontent.com", "https://github.com/o/r/x.yml@refs/heads/main"),
        ("https://gitlab.com", "https://gitlab.com.evil.example/g/p//.gitlab-ci.yml@refs/heads/main"),
        ("https://gitlab.com", "https://gitlab.com/g/p"),
        ("https://gitlab.example", "https://gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main"),
        ("https://github.com/login/oauth", "somebody@example.org"),
        ("https://accounts.google.com", "somebody@gmail.com"),
        ("https://oidc.circleci.com", "https://circleci.com/api/v2/projects/x/other/y"),
        ("https://oidc.circleci.com/org/1", "https://circleci.com/api/v2/projects/x/pipeline-definitions/y"),
    ],
)
def test_shipped_entries_are_no_prefixes(roots: RootsOfTrust, issuer: str, identity: str) -> None:
    """Expectations 9: exact issuers, and identities of exactly one shape."""
    assert roots.builders_of(Signer("public-good", issuer, None, identity, {})) == ()


def test_every_shipped_entry_says_where_its_level_is_argued(roots: RootsOfTrust) -> None:
    """Roots: the builder's level document and the date by which it must be reviewed again."""
    assert all(builder.level_document.startswith("https://") for builder in roots.builders)
    assert [builder.level for builder in roots.builders if "slsa-github-generator" not in builder.name][:2] == [2, 2]


def test_a_person_is_no_builder_even_where_roots_say_so(bench: Honest) -> None:
    """Levels: a human's e-mail never. What else of the attestation holds is told; the builder is nobody."""
    credential = bench.world.issue("a@example.org", {"issuer": "https://github.com/login/oauth"}, at=SIGNED_AT)
    evidence = bench.world.attest(statements.encode(bench.publish()), credential, at=SIGNED_AT)
    examination = bench.examine(evidence)
    assert {reason for reason, _ in failed(examination)} == {Reason.SIGNER_UNKNOWN}
    careless = json.loads(bench.roots.canonical)
    entry = {"sigstore": "simulated", "issuer": "https://github.com/login/oauth", "identity": "*@example.org"}
    careless["builders"].append(careless["builders"][-1] | {"name": "people", "signer": entry})
    examination = examine_all(
        json.dumps([evidence]).encode(), artifact=bench.artifact(), roots=parse_roots(careless), now=NOW
    )
    assert {reason for reason, _ in failed(examination)} == {Reason.BUILDER_NOT_SIGNERS}
    assert isinstance(first_use.derive(examination), Check)
