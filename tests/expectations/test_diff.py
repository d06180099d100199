"""What a proposal's page says of its changes. What lets in anything new is never told as only tightening."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from expectations.cautions import UNSIGNED
from expectations.differences.change import Change, Effect
from expectations.differences.expectation import NOTHING, difference
from tests.support.unsigned import unsigned_document, unsigned_recipe
from tests.support.voices import document
from verification.build_types import required_pins
from verification.expectation import Expectation, covering, match
from verification.expectation_document import parse_expectation
from verification.provenance import Facts, Provenance, Signer
from verification.verdict import Outcome

NAME = canonicalize_name("widget")
WORKFLOW = "https://actions.github.io/buildtypes/workflow/v1"
PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
BUILDER = "https://github.com/example/widget/.github/workflows/release.yml@refs/"
LEFT_OUT: Any = object()


def read(value: dict[str, Any]) -> Expectation:
    return parse_expectation(value, required_pins=required_pins)


def changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[Change, ...]:
    return difference(read(old), read(new))


def the_change(**parts: Any) -> Change:
    """Return the one change that replacing these parts of the usual document's recipe makes."""
    (change,) = changes(document(), document(**parts))
    return change


def with_rule(part: str, key: str, rule: dict[str, Any] | None) -> dict[str, Any]:
    """Return the usual document with one rule set, or removed."""
    whole = document()
    rules = whole["recipes"][0][part]
    rules.pop(key, None)
    if rule is not None:
        rules[key] = rule
    return whole


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (None, ">=2", Effect.TIGHTENS),
        (">=2", None, Effect.WEAKENS),
        (">=2", ">=3", Effect.TIGHTENS),
        ("<3", "<2", Effect.TIGHTENS),
        ("<2", "<2rc2", Effect.REPLACES),  # PEP 440: <2 leaves out 2rc1, <2rc2 does not
        (">=1", ">=1,<3", Effect.TIGHTENS),
        ("<2", ">=2", Effect.REPLACES),
        ("==1.*", "==2.*", Effect.REPLACES),
    ],
)
def test_versions(before: str | None, after: str | None, effect: Effect) -> None:
    """Narrower is tighter; what cannot be compared counts as both."""
    old, new = (document(**({"versions": text} if text else {})) for text in (before, after))
    (change,) = changes(old, new)
    assert (change.where, change.effect) == ("release: versions", effect)


def test_stages_and_level() -> None:
    """Fewer stages and a higher level refuse more."""
    assert the_change(stages=["final"]).effect is Effect.TIGHTENS
    assert the_change(minimum_level=3).effect is Effect.TIGHTENS
    assert the_change(minimum_level=1) == Change("release: minimum level", "2", "1", Effect.WEAKENS)


def test_builders() -> None:
    """One builder more weakens; a glob over the template's tags does too; another one replaces."""
    (known,) = document()["recipes"][0]["builder_ids"]
    other = {"equals": "https://builder.example/"}
    assert the_change(builder_ids=[known, other]).effect is Effect.WEAKENS
    assert the_change(builder_ids=[{"glob": f"{BUILDER}tags/v*"}]).effect is Effect.WEAKENS
    assert the_change(builder_ids=[other]).effect is Effect.REPLACES


def test_build_types_and_further_attestations() -> None:
    """One more build type lets in more; one more demand lets in less."""
    assert the_change(build_types=[WORKFLOW, PUBLISH]).effect is Effect.WEAKENS
    assert the_change(also_require=[PUBLISH]).effect is Effect.TIGHTENS


def test_no_signer_at_all_is_warned_of() -> None:
    """Who would agree to unsigned evidence is told what it is worth, in a changed recipe and in a new one."""
    signed = unsigned_document(signer={"key": "operator"})
    (change,) = changes(signed, unsigned_document())
    assert (change.after, change.effect, change.note) == ("nobody: unsigned", Effect.REPLACES, UNSIGNED)
    both = {**signed, "recipes": [*signed["recipes"], unsigned_recipe(name="also")]}
    (added,) = changes(signed, both)
    assert (added.effect, added.note) == (Effect.WEAKENS, UNSIGNED)


def test_another_signer_replaces() -> None:
    """Signers are exact: another one is never only an addition."""
    change = the_change(signer={"sigstore": "public-good", "issuer": "https://token.actions.githubusercontent.com"})
    assert change.effect is Effect.REPLACES
    assert change.after == '"https://token.actions.githubusercontent.com" by Sigstore instance "public-good"'


@pytest.mark.parametrize(
    ("part", "key", "rule", "effect"),
    [
        ("claims", "runner_environment", {"equals": "github-hosted"}, Effect.TIGHTENS),
        ("claims", "source_repository_id", {"one_of": ["123456", "1"]}, Effect.WEAKENS),
        ("claims", "source_repository_id", {"equals": "1"}, Effect.REPLACES),
        ("external_parameters", "/inputs", {"any": True}, Effect.REPLACES),
        ("external_parameters", "/inputs", {"any": True, "optional": True}, Effect.WEAKENS),
        ("external_parameters", "/workflow/ref", {"glob": "refs/tags/*"}, Effect.WEAKENS),
        ("external_parameters", "/workflow/ref", {"glob": "refs/heads/*"}, Effect.REPLACES),
    ],
)
def test_rules(part: str, key: str, rule: dict[str, Any], effect: Effect) -> None:
    """A rule on a claim narrows; a rule on a parameter that no rule covered before lets that parameter in."""
    (change,) = changes(document(), with_rule(part, key, rule))
    assert change.effect is effect
    assert change.where.endswith(key)


def test_a_removed_rule_on_an_optional_parameter_only_tightens() -> None:
    """Expectations 2: a parameter that no rule covers is refused, and its absence was fine before."""
    (change,) = changes(with_rule("external_parameters", "/inputs", {"any": True, "optional": True}), document())
    assert (change.effect, change.after) == (Effect.TIGHTENS, NOTHING)


def test_a_removed_rule_above_another_lets_in_what_that_one_covers() -> None:
    """What stood below it is covered still, and held to less."""
    below = {"/x/y": {"any": True, "optional": True}}
    both = {"/x": {"equals": {"y": 1}, "optional": True}, **below}
    usual = document()["recipes"][0]["external_parameters"]
    (change,) = changes(*(document(external_parameters={**usual, **extra}) for extra in (both, below)))
    assert change.effect is Effect.REPLACES


def test_the_same_rule_in_other_words_is_neutral() -> None:
    """It is shown, for the digest differs; it changes nothing."""
    (change,) = changes(document(), with_rule("claims", "build_trigger", {"one_of": ["push"]}))
    assert change.effect is Effect.NEUTRAL


def test_true_is_not_one() -> None:
    """Expectations 1: values that Python calls equal are told apart."""
    one, true = (with_rule("external_parameters", "/x", {"equals": value}) for value in (1, True))
    (change,) = changes(one, true)
    assert (change.before, change.after, change.effect) == ("equals 1", "equals true", Effect.REPLACES)


@pytest.mark.parametrize("trigger", ["pull_request", "pull_request_target", "workflow_run", "issue_comment"])
def test_triggers_of_strangers_are_shown_as_weakening(trigger: str) -> None:
    """Expectations 5."""
    (change,) = changes(document(), with_rule("claims", "build_trigger", {"one_of": ["push", trigger]}))
    assert change.effect is Effect.WEAKENS
    assert change.note.startswith(f"{trigger}: somebody without write access")


def test_workflow_dispatch_says_that_inputs_are_not_recorded() -> None:
    """Expectations 5; and it is not said again of what was allowed before."""
    push, dispatch = document(), with_rule("claims", "build_trigger", {"one_of": ["push", "workflow_dispatch"]})
    assert changes(push, dispatch)[0].note == "workflow_dispatch: inputs are not recorded"
    assert changes(dispatch, with_rule("claims", "build_trigger", {"equals": "workflow_dispatch"}))[0].note == ""


def test_recipes_come_and_go() -> None:
    """A new recipe lets in more, with what to know of its trigger; a removed one lets in less."""
    whole = with_rule("claims", "build_trigger", {"equals": "workflow_dispatch"})
    whole["recipes"][0]["name"] = "by hand"
    removed, added = changes(document(), whole)
    assert (removed.where, removed.after, removed.effect) == ("recipe release", "removed", Effect.TIGHTENS)
    assert (added.where, added.before, added.effect) == ("recipe by hand", "no such recipe", Effect.WEAKENS)
    assert added.after.startswith("Built by GitHub Actions from example/widget")
    assert added.note == "workflow_dispatch: inputs are not recorded"


def test_immutable_is_for_ever() -> None:
    """It tightens, and says what it means."""
    (change,) = changes(document(), {**document(), "change_control": "immutable"})
    assert change.effect is Effect.TIGHTENS
    assert "no approval can change the expectation again" in change.note
    (back,) = changes({**document(), "change_control": "immutable"}, document())
    assert back.effect is Effect.WEAKENS


TEXT_RULES = [
    {"equals": "push"},
    {"equals": "release"},
    {"one_of": ["push", "release"]},
    {"glob": "pu*"},
    {"glob": "p*s*"},
    {"template": "v{version}"},
]
VALUE_RULES = [
    *[LEFT_OUT] * 6,
    {"equals": 1},
    {"equals": True},
    {"equals": {"y": 1}},
    {"one_of": [1, "a"]},
    {"any": True},
]
VALUES = [*[LEFT_OUT] * 3, 1, True, "a", {"y": 1}, {"y": 2, "z": True}, {}]


def rules(pool: list[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of rules, each also as an optional one; a rule may be left out where the pool says so."""
    optional = [{**rule, "optional": True} for rule in pool if rule is not LEFT_OUT]
    return st.sampled_from([*pool, *optional])


ANY_TAG = {"glob": "refs/tags/*"}


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "versions": some(LEFT_OUT, ">=1", ">=2", "<2", "<2rc2", "<3", "==1.*", ">=1,<3", "~=1.0"),
    "stages": some(LEFT_OUT, ["final"], ["final", "pre"]),
    "minimum_level": st.integers(1, 3),
    "build_types": some([WORKFLOW], [PUBLISH], [WORKFLOW, PUBLISH]),
    "builder_ids": st.lists(st.sampled_from(TEXT_RULES), min_size=1, max_size=2),
    "claims": st.fixed_dictionaries(
        {
            "build_trigger": st.sampled_from(TEXT_RULES),
            "deployment_environment": rules([LEFT_OUT, *TEXT_RULES, {"any": True}]),
        }
    ),
    "external_parameters": st.fixed_dictionaries(
        {"/workflow/ref": st.just(ANY_TAG), "/x": rules(VALUE_RULES), "/x/y": rules(VALUE_RULES)}
    ),
}

ALL_TEXTS = ["push", "release", "pus", "v1.5", "v2"]
WIDE: dict[str, Any] = {
    "minimum_level": 1,
    "build_types": [WORKFLOW, PUBLISH],
    "builder_ids": [{"one_of": ALL_TEXTS}],
    "claims": {"build_trigger": {"one_of": ALL_TEXTS}},
    "external_parameters": {"/workflow/ref": ANY_TAG, "/x": {"any": True, "optional": True}},
}
"""Takes all of the provenance below, so that what one part takes decides."""


def with_parts(parts: dict[str, Any], name: str = "release") -> dict[str, Any]:
    """Return the usual recipe with its parts replaced and its rules added to; what is left out is left out."""
    recipe = deepcopy(document()["recipes"][0])
    for part, value in parts.items():
        if isinstance(value, dict):
            recipe[part] |= {key: rule for key, rule in value.items() if rule is not LEFT_OUT}
        elif value is not LEFT_OUT:
            recipe[part] = value
    return {**recipe, "name": name}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents of one or two recipes in which every part is drawn."""
    names = draw(st.lists(st.sampled_from(["release", "old"]), min_size=1, max_size=2, unique=True))
    recipes = [with_parts({part: draw(values) for part, values in PARTS.items()}, name) for name in names]
    return {**document(), "recipes": recipes}


@st.composite
def provenances(draw: st.DrawFn) -> Provenance:
    """Provenance that such documents often take."""
    texts = st.sampled_from(ALL_TEXTS)
    claims = {"source_repository_id": "123456", "source_repository_owner_id": "7890", "build_trigger": draw(texts)}
    if draw(st.booleans()):
        claims["deployment_environment"] = draw(texts)
    parameters: dict[str, Any] = {
        "workflow": {
            "repository": "https://github.com/example/widget",
            "path": ".github/workflows/release.yml",
            "ref": "refs/tags/v1.5",
        }
    }
    if (value := draw(st.sampled_from(VALUES))) is not LEFT_OUT:
        parameters["x"] = value
    return Provenance(
        build_type=draw(st.sampled_from([WORKFLOW, PUBLISH])),
        predicate_type="https://slsa.dev/provenance/v1",
        builder_id=draw(texts),
        builder_name="GitHub Actions",
        builder_review_by=date(2030, 1, 1),
        signer=Signer("simulated", "https://token.actions.githubusercontent.com", None, "any", claims),
        level=draw(st.integers(1, 3)),
        facts=Facts(),
        external_parameters=parameters,
        signed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


VERSIONS = st.sampled_from([Version("1.5"), Version("2rc1")])


def accepts(expectation: Expectation, provenance: Provenance, version: Version) -> bool:
    checks = [
        match(recipe, provenance, name=NAME, version=version, level_floor=1)
        for recipe in covering(expectation, version)
    ]
    return any(all(check.outcome is Outcome.PASSED for check in each) for each in checks)


@given(documents())
def test_identical_documents_have_no_changes(value: dict[str, Any]) -> None:
    """Whatever they say."""
    assert changes(value, deepcopy(value)) == ()


def check(old: Expectation, new: Expectation, provenance: Provenance, version: Version) -> None:
    if accepts(new, provenance, version) and not accepts(old, provenance, version):
        assert any(change.effect.lets_in for change in difference(old, new))


@pytest.mark.parametrize("part", PARTS)
@settings(max_examples=400, deadline=None)
@given(st.data(), provenances(), VERSIONS)
def test_what_one_part_newly_accepts_is_never_only_tightening(
    part: str, data: st.DataObject, provenance: Provenance, version: Version
) -> None:
    """Anything that accepts something that was refused before counts as weakening. Only this part differs here."""
    old, new = data.draw(st.lists(PARTS[part], min_size=2, max_size=2, unique_by=repr))
    before, after = (read({**document(), "recipes": [with_parts({**WIDE, part: value})]}) for value in (old, new))
    check(before, after, provenance, version)


@settings(max_examples=400, deadline=None)
@given(documents(), documents(), provenances(), VERSIONS)
def test_what_is_newly_accepted_is_never_only_tightening(
    old: dict[str, Any], new: dict[str, Any], provenance: Provenance, version: Version
) -> None:
    """The same of documents that differ in everything, with recipes that come and go."""
    check(read(old), read(new), provenance, version)


def test_inputs_that_the_provenance_records_are_not_said_to_be_unrecorded() -> None:
    """Evidence 5: slsa-github-generator has them in its predicate, where they are parameters like any other."""
    generator = "https://github.com/slsa-framework/slsa-github-generator/generic@v1"
    push, dispatch = document(), with_rule("claims", "build_trigger", {"equals": "workflow_dispatch"})
    for each in (push, dispatch):
        each["recipes"][0]["build_types"] = [generator]
    assert [change.note for change in changes(push, dispatch)] == [""]
    both = with_rule("claims", "build_trigger", {"equals": "workflow_dispatch"})
    both["recipes"][0]["build_types"].append(generator)
    assert any("not recorded" in change.note for change in changes(push, both))
