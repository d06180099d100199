"""The expectation document and what matches it (Trust rules, Expectations)."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from verification import pointer, signer
from verification.canonical import JsonValue, canonical, sha256_hex
from verification.expectation import (
    CLAIM_NAMES,
    ChangeControl,
    Expectation,
    Recipe,
    RequiredPins,
    Stage,
    covering,
    match,
    stage_of,
)
from verification.expectation_document import MAX_BYTES, MAX_RECIPES, MAX_RULES, parse_expectation
from verification.parameters import MAX_CHOICES, DocumentInvalid
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason, Step
from verification.verdict import Check, Outcome

NAME = canonicalize_name("widget")
VERSION = Version("2.1")
BUILD_TYPE = "https://actions.github.io/buildtypes/workflow/v1"
UNKNOWN_TYPE = "https://builder.example/types/v1"
ISSUER = "https://token.actions.githubusercontent.com"
BUILDER = "https://github.com/example/widget/.github/workflows/release.yml@refs/tags/v{version}"
PINS = RequiredPins(
    frozenset({"source_repository_id", "source_repository_owner_id", "build_trigger"}),
    ("/workflow/repository", "/workflow/path", "/workflow/ref"),
)

# The document of the design, member by member.
RECIPE: dict[str, Any] = {
    "name": "release",
    "versions": ">=2",
    "minimum_level": 2,
    "builder_ids": [{"template": BUILDER}],
    "build_types": [BUILD_TYPE],
    "signer": {"sigstore": "public-good", "issuer": ISSUER},
    "claims": {
        "source_repository_id": {"equals": "123456"},
        "source_repository_owner_id": {"equals": "7890"},
        "build_trigger": {"one_of": ["push", "release"]},
        "runner_environment": {"equals": "github-hosted"},
    },
    "external_parameters": {
        "/workflow/repository": {"equals": "https://github.com/example/widget"},
        "/workflow/path": {"equals": ".github/workflows/release.yml"},
        "/workflow/ref": {"template": "refs/tags/v{version}"},
    },
}
PROVENANCE = Provenance(
    build_type=BUILD_TYPE,
    predicate_type="https://slsa.dev/provenance/v1",
    builder_id=BUILDER.replace("{version}", "2.1"),
    builder_name="GitHub Actions",
    builder_review_by=date(2030, 1, 1),
    signer=Signer(
        sigstore="public-good",
        issuer=ISSUER,
        key=None,
        identity=BUILDER.replace("{version}", "2.1"),
        claims={
            "source_repository_id": "123456",
            "source_repository_owner_id": "7890",
            "build_trigger": "push",
            "runner_environment": "github-hosted",
        },
    ),
    level=2,
    facts=Facts(),
    external_parameters={
        "workflow": {
            "repository": "https://github.com/example/widget",
            "path": ".github/workflows/release.yml",
            "ref": "refs/tags/v2.1",
        }
    },
    signed_at=datetime(2025, 1, 1, tzinfo=UTC),
)


def required_pins(build_type: str, issuer: str | None) -> RequiredPins | None:
    return PINS if build_type == BUILD_TYPE else None


def document(*recipes: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"schema": 1, "change_control": "two-person", "recipes": list(recipes or (RECIPE,)), **members}


def parse(value: Any) -> Expectation:
    return parse_expectation(value, required_pins=required_pins)


def recipe(**members: Any) -> Recipe:
    return parse(document({**RECIPE, **members})).recipes[0]


def problems(value: Any) -> list[str]:
    """Return the places of a document's problems."""
    with pytest.raises(DocumentInvalid) as caught:
        parse(value)
    assert all(problem.sentence.endswith(".") for problem in caught.value.problems)
    return [problem.where for problem in caught.value.problems]


def edited(where: str, *value: Any) -> dict[str, Any]:
    """Return the design's document with one place set to the value, or without it."""
    whole = copy.deepcopy(document())
    *above, last = pointer.parse(where)
    parent: Any = pointer.resolve(whole, tuple(above))
    if value:
        parent[last] = value[0]
    else:
        del parent[last]
    return whole


def judge(provenance: Provenance = PROVENANCE, *, floor: int = 1, **members: Any) -> tuple[Check, ...]:
    return match(recipe(**members), provenance, name=NAME, version=VERSION, level_floor=floor)


def failures(checks: tuple[Check, ...]) -> list[tuple[Reason | None, str]]:
    return [(each.reason, each.where) for each in checks if each.outcome is not Outcome.PASSED]


# The document


def test_the_designs_document_is_valid() -> None:
    """Design, "The expectation document"."""
    found = parse(document())
    assert found.change_control is ChangeControl.TWO_PERSON
    assert [each.name for each in found.recipes] == ["release"]
    assert found.canonical == canonical(document())
    assert found.digest == sha256_hex(found.canonical)


@given(st.randoms(use_true_random=False), st.integers(0, 4))
def test_a_document_is_named_by_what_it_says(random: Any, indent: int) -> None:
    """Expectations 1: whatever the spacing and the order of the keys, it is one document with one digest."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    expected = parse(document())
    assert parse(json.dumps(shuffled(document()), indent=indent).encode()) == expected
    assert parse(expected.canonical) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"schema": 1, "schema": 1}',
        b'{"schema": 1.0}',
        b'{"schema": 9007199254740993}',
        b'{"schema": NaN}',
        b'{"schema": "\\ud800"}',
        b" " * (MAX_BYTES + 1),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(data: bytes) -> None:
    """Expectations 1: no floats, no great integers, no lone surrogates, no duplicate keys."""
    assert problems(data) == [""]


def test_a_value_is_held_to_the_same_rules_as_bytes() -> None:
    """A form or an API hands over values that a laxer reader of JSON made."""
    assert problems({"schema": 1.5}) == [""]
    assert problems({"schema": "\ud800"}) == [""]
    assert problems({"x": "a" * MAX_BYTES}) == [""]
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    assert problems(deep) == [""]


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_a_document_is_an_object(value: JsonValue) -> None:
    """Anything else says nothing of builds."""
    assert problems(value) == [""]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("/schema", 2),
        ("/schema", True),
        ("/schema", "1"),
        ("/change_control", "one-person"),
        ("/change_control", None),
        ("/recipes", []),
        ("/recipes", {}),
        ("/unknown", 1),
        ("/release", {"hold": "P1D"}),
        ("/maximum_age", "P1D"),
        ("/recipes/0/release", {"approval": 1}),
        ("/recipes/0/maximum_age", "P1D"),
        ("/recipes/0/unknown", 1),
        ("/recipes/0/name", ""),
        ("/recipes/0/name", 1),
        ("/recipes/0/name", "x" * 65),
        ("/recipes/0/name", " x"),
        ("/recipes/0/name", "x\n"),
        ("/recipes/0/name", "\u202ex"),
        ("/recipes/0/versions", ""),
        ("/recipes/0/versions", ","),
        ("/recipes/0/versions", "2"),
        ("/recipes/0/versions", "===2"),
        ("/recipes/0/versions", "==2+local"),
        ("/recipes/0/versions", ">=2,x"),
        ("/recipes/0/versions", [">=2"]),
        ("/recipes/0/stages", []),
        ("/recipes/0/stages", "final"),
        ("/recipes/0/minimum_level", 0),
        ("/recipes/0/minimum_level", 4),
        ("/recipes/0/minimum_level", True),
        ("/recipes/0/minimum_level", "2"),
        ("/recipes/0/builder_ids", []),
        ("/recipes/0/builder_ids", {"any": True}),
        ("/recipes/0/build_types", []),
        ("/recipes/0/build_types", BUILD_TYPE),
        ("/recipes/0/claims", []),
        ("/recipes/0/external_parameters", {}),
        ("/recipes/0/external_parameters", []),
        ("/recipes/0/also_require", []),
        ("/recipes/0/signer", "public-good"),
    ],
)
def test_what_the_rules_do_not_say_is_refused(where: str, value: Any) -> None:
    """Expectations 1, 4, 6 and 8: nothing unknown, empty, of another type or not yet supported."""
    assert where in problems(edited(where, value))


@pytest.mark.parametrize(
    ("where", "value", "problem"),
    [
        ("/recipes/0/stages", ["final", "final"], "/recipes/0/stages/1"),
        ("/recipes/0/stages", ["beta"], "/recipes/0/stages/0"),
        ("/recipes/0/build_types", [BUILD_TYPE, BUILD_TYPE], "/recipes/0/build_types/1"),
        ("/recipes/0/build_types", ["not a uri"], "/recipes/0/build_types/0"),
        ("/recipes/0/build_types", [""], "/recipes/0/build_types/0"),
        ("/recipes/0/also_require", [{"predicate_type": "x:y"}], "/recipes/0/also_require/0"),
        ("/recipes/0/builder_ids", [{"any": True}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/builder_ids", [{"glob": "*/*"}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/builder_ids", [{"equals": 1}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/builder_ids", [{"one_of": ["a", 1]}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/builder_ids", [{"equals": "a", "optional": True}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/builder_ids", [{"regex": "a"}], "/recipes/0/builder_ids/0"),
        ("/recipes/0/signer", {}, "/recipes/0/signer"),
        ("/recipes/0/signer", {"sigstore": "public-good"}, "/recipes/0/signer"),
        ("/recipes/0/signer", {"key": "k", "issuer": ISSUER}, "/recipes/0/signer/issuer"),
        ("/recipes/0/signer", {"key": ""}, "/recipes/0/signer/key"),
        ("/recipes/0/signer", {"key": {"any": True}}, "/recipes/0/signer/key"),
        ("/recipes/0/signer", {"key": "k", "identity": {"any": True}}, "/recipes/0/signer/identity"),
        ("/recipes/0/claims/workflow_name", {"equals": "x"}, "/recipes/0/claims/workflow_name"),
        ("/recipes/0/claims/source_repository_id", {"equals": 123456}, "/recipes/0/claims/source_repository_id"),
        ("/recipes/0/claims/source_repository_uri", {"any": True}, "/recipes/0/claims/source_repository_uri"),
        (
            "/recipes/0/claims/source_repository_owner_uri",
            {"glob": "*"},
            "/recipes/0/claims/source_repository_owner_uri",
        ),
        ("/recipes/0/claims/issuer", {"any": True}, "/recipes/0/claims/issuer"),
        ("/recipes/0/external_parameters/", {"any": True}, "/recipes/0/external_parameters/"),
        ("/recipes/0/external_parameters/workflow", {"any": True}, "/recipes/0/external_parameters/workflow"),
        ("/recipes/0/external_parameters/~1a~02", {"any": True}, "/recipes/0/external_parameters/~1a~02"),
    ],
)
def test_each_problem_has_its_place(where: str, value: Any, problem: str) -> None:
    """Expectations 2 and 4: ``any``, however spelled, is not allowed on source, issuer, signer or root."""
    assert problem in problems(edited(where, value))


@pytest.mark.parametrize("key", ["name", "minimum_level", "builder_ids", "build_types", "signer", "claims"])
def test_nothing_required_is_taken_for_granted(key: str) -> None:
    """No default decides what is trusted."""
    assert "/recipes/0" in problems(edited(f"/recipes/0/{key}"))


def test_all_problems_are_told_at_once() -> None:
    """A person mends a document in one go."""
    whole = edited("/recipes/0/minimum_level", 9)
    whole["extra"] = 1
    whole["recipes"][0]["claims"]["build_trigger"] = {"regex": "push"}
    assert set(problems(whole)) == {
        "/extra",
        "/recipes/0/minimum_level",
        "/recipes/0/claims/build_trigger",
        "/recipes/0/claims/build_trigger/regex",
    }


def test_recipes_have_names_of_their_own() -> None:
    """A verdict names the recipe that was met; two of one name would leave it open which."""
    assert problems(document(RECIPE, RECIPE)) == ["/recipes/1/name"]


def test_documents_are_capped() -> None:
    """Two people must read all of it, and each rule is a line of every verdict."""
    many = [{**RECIPE, "name": str(index)} for index in range(MAX_RECIPES + 1)]
    assert problems(document(*many)) == ["/recipes"]
    rules = {**RECIPE["external_parameters"], **{f"/{index}": {"any": True} for index in range(MAX_RULES)}}
    assert problems(document({**RECIPE, "external_parameters": rules})) == ["/recipes/0"]
    choices = {"/x": {"one_of": list(range(MAX_CHOICES))}, **RECIPE["external_parameters"]}
    heavy = [{**RECIPE, "name": str(index), "external_parameters": choices} for index in range(5)]
    assert problems(document(*heavy)) == ["/recipes"]


# Required pins


@pytest.mark.parametrize("claim", sorted(PINS.claims))
@pytest.mark.parametrize("weak", [None, {"any": True}, {"glob": "*"}, {"glob": "1*", "optional": True}])
def test_a_required_claim_must_be_bound(claim: str, weak: Any) -> None:
    """Expectations 4: a document that lacks a required pin is invalid; a pin that any build meets is none."""
    where = f"/recipes/0/claims/{claim}"
    assert "/recipes/0/claims" in problems(edited(where, weak) if weak else edited(where))


@pytest.mark.parametrize("needed", PINS.parameters)
@pytest.mark.parametrize("weak", [None, {"any": True}, {"glob": "*/*"}, {"glob": "r*", "optional": True}])
def test_a_required_parameter_must_be_bound(needed: str, weak: Any) -> None:
    """Expectations 4, for external parameters."""
    where = "/recipes/0/external_parameters" + pointer.to_text((needed,))
    assert "/recipes/0/external_parameters" in problems(edited(where, weak) if weak else edited(where))


@pytest.mark.parametrize("where", ["", "/workflow"])
def test_a_rule_above_binds_what_is_below(where: str) -> None:
    """A rule covers the whole value below its pointer, so an exact object pins its members."""
    whole = PROVENANCE.external_parameters
    checks = judge(external_parameters={where: {"equals": pointer.resolve(whole, pointer.parse(where))}})
    assert not failures(checks)


def test_no_claims_are_fine_where_none_are_needed() -> None:
    """A plain key has no certificate; who signs and what was built must be bound all the same."""
    members: dict[str, Any] = {"build_types": [UNKNOWN_TYPE], "signer": {"key": "builder"}, "claims": {}}
    assert recipe(**members).claims == {}
    assert problems(document({**RECIPE, "claims": {}})) == ["/recipes/0/claims"] * 3
    open_rules = {"/a": {"any": True}, "/b": {"equals": 1, "optional": True}}
    assert problems(document({**RECIPE, **members, "external_parameters": open_rules})) == [
        "/recipes/0/external_parameters"
    ]


def test_an_unknown_build_type_needs_the_signers_identity() -> None:
    """Expectations 4: of a builder that nobody described, any user could otherwise sign under the shared issuer."""
    members = {**RECIPE, "build_types": [UNKNOWN_TYPE]}
    assert problems(document(members)) == ["/recipes/0/signer"]
    pinned = {**RECIPE["signer"], "identity": {"template": BUILDER}}
    assert parse(document({**members, "signer": pinned}))


def test_each_build_type_of_a_recipe_has_its_pins() -> None:
    """A known type beside an unknown one does not lend it its knowledge, nor the other way round."""
    assert problems(document({**RECIPE, "build_types": [BUILD_TYPE, UNKNOWN_TYPE]})) == ["/recipes/0/signer"]


def test_claims_have_the_names_that_certificates_are_read_with() -> None:
    """Documents are kept for ever: a claim that is read under another name tomorrow would refuse every build."""
    assert frozenset(signer.CLAIMS.values()) == CLAIM_NAMES


# Covering


@pytest.mark.parametrize(
    ("version", "stage"),
    [
        ("1.0", Stage.FINAL),
        ("1.0rc1", Stage.PRE),
        ("1.0.post1", Stage.POST),
        ("1.0.dev1", Stage.DEV),
        ("1.0a1.dev1", Stage.DEV),
        ("1.0.post1.dev1", Stage.DEV),
        ("1.0a1.post1", Stage.PRE),
    ],
)
def test_each_version_has_one_stage(version: str, stage: Stage) -> None:
    """Expectations 6: ``stages`` is a subset of final, pre, post, dev."""
    assert stage_of(Version(version)) is stage


@pytest.mark.parametrize(
    ("members", "covered", "uncovered"),
    [
        ({"versions": ">=2"}, ["2.0", "3.0rc1", "3.0.dev1"], ["1.9", "2.0rc1"]),
        ({"versions": ">=2,<3"}, ["2.9.post1"], ["3.0", "3.0rc1"]),
        ({"versions": ">=2", "stages": ["final", "post"]}, ["2.0", "2.0.post1"], ["2.1rc1", "2.1.dev1", "1.0"]),
        ({"versions": ">=0", "stages": ["dev"]}, ["1.0a1.dev1"], ["1.0a1", "1.0"]),
    ],
)
def test_a_recipe_covers_its_versions_and_stages(
    members: dict[str, Any], covered: list[str], uncovered: list[str]
) -> None:
    """Expectations 6: a PEP 440 specifier, evaluated with pre-releases on."""
    whole = parse(document({**RECIPE, **members}))
    assert all(covering(whole, Version(version)) == whole.recipes for version in covered)
    assert all(covering(whole, Version(version)) == () for version in uncovered)


def test_without_versions_a_recipe_covers_all_of_them() -> None:
    """Old release lines keep their own recipe; a recipe without a line is for all."""
    whole = parse(edited("/recipes/0/versions"))
    assert covering(whole, Version("0.0.dev0")) == whole.recipes


# Matching


def test_the_build_that_was_promised_matches() -> None:
    """Every check passes, and they are told in the order of the steps."""
    checks = judge()
    assert not failures(checks)
    assert [each.step for each in checks] == sorted(each.step for each in checks)
    steps = {Step.SIGNER, Step.BUILDER, Step.CLAIMS, Step.LEVEL, Step.BUILD_TYPE, Step.PARAMETERS}
    assert {each.step for each in checks} == steps


def with_signer(**members: Any) -> Provenance:
    return replace(PROVENANCE, signer=replace(PROVENANCE.signer, **members))


def with_claims(**members: str) -> Provenance:
    return with_signer(claims={**PROVENANCE.signer.claims, **members})


def with_workflow(**members: JsonValue) -> Provenance:
    workflow: Any = pointer.resolve(PROVENANCE.external_parameters, ("workflow",))
    return replace(PROVENANCE, external_parameters={"workflow": {**workflow, **members}})


@pytest.mark.parametrize(
    ("provenance", "reason", "where"),
    [
        (with_signer(sigstore="staging"), Reason.SIGNER_UNEXPECTED, "sigstore"),
        (with_signer(issuer=ISSUER + "/ghe"), Reason.SIGNER_UNEXPECTED, "issuer"),
        (with_signer(issuer=None), Reason.SIGNER_UNEXPECTED, "issuer"),
        (replace(PROVENANCE, builder_id=PROVENANCE.builder_id + "0"), Reason.BUILDER_UNEXPECTED, "builder.id"),
        (with_claims(source_repository_id="1"), Reason.CLAIM_UNEXPECTED, "source_repository_id"),
        (with_claims(build_trigger="pull_request"), Reason.CLAIM_UNEXPECTED, "build_trigger"),
        (replace(PROVENANCE, level=1), Reason.LEVEL_TOO_LOW, ""),
        (replace(PROVENANCE, build_type=BUILD_TYPE + "/"), Reason.BUILD_TYPE_UNEXPECTED, "buildType"),
        (
            with_workflow(repository="https://github.com/evil/widget"),
            Reason.PARAMETER_UNEXPECTED,
            "/workflow/repository",
        ),
        (with_workflow(ref="refs/tags/v2.0"), Reason.PARAMETER_UNEXPECTED, "/workflow/ref"),
        (with_workflow(ref="refs/heads/main"), Reason.PARAMETER_UNEXPECTED, "/workflow/ref"),
        (with_workflow(inputs="x"), Reason.PARAMETER_UNCOVERED, "/workflow/inputs"),
    ],
)
def test_each_deviation_is_refused_by_its_own_reason(provenance: Provenance, reason: Reason, where: str) -> None:
    """Authentic provenance of another builder, source, tag or trigger is no proof of this package's build."""
    assert failures(judge(provenance)) == [(reason, where)]


def test_a_rule_on_an_absent_claim_refuses_unless_optional() -> None:
    """Evidence 5: a rule on an absent fact refuses."""
    without = {k: v for k, v in PROVENANCE.signer.claims.items() if k != "runner_environment"}
    bare = with_signer(claims=without)
    assert failures(judge(bare)) == [(Reason.CLAIM_UNEXPECTED, "runner_environment")]
    lenient = {**RECIPE["claims"], "runner_environment": {"equals": "github-hosted", "optional": True}}
    assert not failures(judge(bare, claims=lenient))
    assert failures(judge(with_claims(runner_environment="self-hosted"), claims=lenient)) == [
        (Reason.CLAIM_UNEXPECTED, "runner_environment")
    ]


def test_a_missing_parameter_has_its_own_reason() -> None:
    """Expectations 2: a missing pointer refuses."""
    bare = replace(PROVENANCE, external_parameters={"workflow": {}})
    reasons = [reason for reason, _ in failures(judge(bare))]
    assert reasons == [Reason.PARAMETER_MISSING] * 3 + [Reason.PARAMETER_UNCOVERED]


def test_the_floor_counts_where_it_is_higher() -> None:
    """Levels: at least the expectation's minimum and the registry's floor."""
    assert failures(judge(floor=3)) == [(Reason.LEVEL_TOO_LOW, "")]
    assert failures(judge(minimum_level=3)) == [(Reason.LEVEL_TOO_LOW, "")]
    assert not failures(judge(replace(PROVENANCE, level=3), floor=3))


def test_every_check_is_made_whatever_failed_before() -> None:
    """All failures that can be known are reported together."""
    stranger = replace(PROVENANCE, signer=Signer(None, None, "k", "k", {}), builder_id="x", level=1, build_type="y")
    assert len(judge(stranger)) == len(judge())
    assert {each.step for each in judge(stranger) if each.outcome is Outcome.FAILED} == {
        Step.SIGNER,
        Step.BUILDER,
        Step.CLAIMS,
        Step.LEVEL,
        Step.BUILD_TYPE,
    }


def test_a_key_and_an_identity_are_compared() -> None:
    """The signer may be a configured key, and its identity may be bound beside it."""
    members: dict[str, Any] = {"build_types": [UNKNOWN_TYPE], "claims": {}}
    members["signer"] = {"key": "builder", "identity": {"equals": "builder"}}
    keyed = replace(PROVENANCE, build_type=UNKNOWN_TYPE, signer=Signer(None, None, "builder", "builder", {}))
    assert not failures(judge(keyed, **members))
    assert failures(judge(replace(keyed, signer=Signer(None, None, "b", "b", {})), **members)) == [
        (Reason.SIGNER_UNEXPECTED, "key"),
        (Reason.SIGNER_UNEXPECTED, "identity"),
    ]


def test_one_of_several_builders_is_enough() -> None:
    """``builder_ids`` lists builders, each of which may have built."""
    assert not failures(judge(builder_ids=[{"equals": "https://other.example"}, {"template": BUILDER}]))


def test_an_empty_recipe_refuses() -> None:
    """An empty policy refuses, even one that no document could have spelled."""
    empty = replace(recipe(), builder_ids=(), build_types=(), claims={}, external_parameters={})
    checks = match(empty, PROVENANCE, name=NAME, version=VERSION, level_floor=1)
    assert {reason for reason, _ in failures(checks)} == {
        Reason.BUILDER_UNEXPECTED,
        Reason.BUILD_TYPE_UNEXPECTED,
        Reason.PARAMETER_UNCOVERED,
    }
