"""Answers and documents mean each other: what is answered is what is promised, and opening a promise loses nothing of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.guided import answers as answered
from expectations.guided.answers import Answers, Expected, Recipe, RefKind, Written
from expectations.guided.parameter_lines import write_lines
from expectations.guided.reading import read, read_recipe
from expectations.guided.ways import WORKFLOWS, Way
from expectations.guided.writing import write, write_recipe
from tests.support.honest import Honest
from tests.support.sigstore_world import SigstoreWorld
from tests.support.specimens import SPECIMENS, Specimen, examined, roots_with_key
from tests.support.voices import document
from verification import first_use
from verification.build_types import required_pins
from verification.expectation import Stage
from verification.expectation_document import parse_expectation
from verification.first_use import FirstExpectation

WAYS: list[tuple[Way, type[Answers]]] = [
    *((way, answered.WorkflowAnswers) for way in WORKFLOWS if way is not Way.GITLAB_PUBLISH),
    (Way.GITLAB_PUBLISH, answered.PipelineAnswers),
    (Way.CIRCLECI_PUBLISH, answered.CircleCiAnswers),
    (Way.GOOGLE_PUBLISH, answered.ServiceAccountAnswers),
    (Way.CLOUD_BUILD, answered.CloudBuildAnswers),
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=5,
)
rules: st.SearchStrategy[Any] = st.just({"any": True}) | st.builds(lambda value: {"equals": value}, json_values)
lines = st.dictionaries(
    st.from_regex(re.compile(r"/inputs/[A-Za-z0-9 =~.-]{1,20}", re.ASCII), fullmatch=True)
    .map(lambda text: text.replace("~", "~0").strip())
    .filter(lambda text: " = " not in text),
    rules,
    max_size=3,
).map(write_lines)


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    """Any answers that the questions take."""
    way, kind = draw(st.sampled_from(WAYS))
    given_texts: dict[str, Any] = {
        field: draw(st.from_regex(shape, fullmatch=True)) for field, shape in kind.SHAPES.items()
    }
    ref_kind, stages = draw(st.sampled_from(RefKind)), draw(st.sets(st.sampled_from(Stage)))
    more: dict[str, Any] = {
        "stages": tuple(stage.value for stage in Stage if stage in stages),
        "versions": draw(st.sampled_from(["", ">=2", ">=1.0,<3"])),
        "minimum_level": draw(st.integers(1, 3)),
        "publish_too": draw(st.booleans()),
    }
    if "ref" in given_texts:
        more["ref_kind"] = ref_kind
        if ref_kind is not RefKind.TAGS:
            given_texts["ref"] = given_texts["ref"] or "main"
    if kind in (answered.WorkflowAnswers, answered.PipelineAnswers, answered.CloudBuildAnswers):
        more["parameters"] = draw(lines)
    if way in WORKFLOWS:
        shared = WORKFLOWS[way]
        ticked = draw(st.sets(st.sampled_from(shared.triggers), min_size=1))
        more["triggers"] = tuple(trigger for trigger in shared.triggers if trigger in ticked)
        more["runner"] = draw(st.sampled_from(["", *shared.runners]))
        given_texts["signing_workflow"] = draw(
            st.sampled_from(["", "https://github.com/a/b/.github/workflows/c.yml@refs/tags/v*", shared.signer])
        )
    return kind(way=way, **given_texts, **more)


def whole(recipe: Recipe) -> Expected:
    return Expected("two-person", (recipe,))


@settings(max_examples=60)
@given(answers())
def test_answers_become_a_document_and_answers_again(given_answers: Answers) -> None:
    """What was answered is what the form shows when it is opened again."""
    assert read(write(whole(given_answers))) == whole(given_answers)


@settings(max_examples=60)
@given(answers())
def test_a_guided_document_is_always_valid(given_answers: Answers) -> None:
    """Expectations 4: the questions ask for every required pin, so no answer makes a document that is refused."""
    parse_expectation(write(whole(given_answers)), required_pins=required_pins)


@settings(max_examples=60)
@given(answers(), answers())
def test_several_recipes_stay_apart(one: Answers, another: Answers) -> None:
    """Each recipe is read by itself."""
    both = Expected("immutable", (one, another))
    assert read(write(both)) == both


def pinned(bench: Honest, specimen: Specimen) -> Any:
    derived = first_use.derive(examined(bench, specimen, specimen.make()))
    assert isinstance(derived, FirstExpectation)
    return json.loads(derived.canonical)


@pytest.fixture(scope="module")
def bench() -> Honest:
    """A simulated world, whose roots also know a builder that signs by a key of its own."""
    honest = Honest(SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))
    honest.roots = roots_with_key(honest)
    return honest


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])
def test_what_first_use_pinned_is_opened_without_loss(bench: Honest, specimen: Specimen) -> None:
    """Every build type: the document in force is what the form would write again, guided or not."""
    found = pinned(bench, specimen)
    assert write(read(found)) == found


@pytest.mark.parametrize(
    "change",
    [
        {"builder_ids": [{"equals": "https://a.example/x"}, {"equals": "https://b.example/x"}]},
        {"signer": {"sigstore": "public-good", "issuer": "https://github.example/_services/token"}},
        {"claims": {**document()["recipes"][0]["claims"], "build_trigger": {"equals": "pull_request_target"}}},
        {"claims": {**document()["recipes"][0]["claims"], "build_config_digest": {"equals": "a" * 40}}},
        {"claims": {**document()["recipes"][0]["claims"], "runner_environment": {"any": True}}},
        {
            "external_parameters": {
                **document()["recipes"][0]["external_parameters"],
                "/workflow/ref": {"glob": "refs/tags/*"},
            }
        },
        {"name": "Veröffentlichung"},
        {"also_require": ["https://example.com/other/v1"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_questions_cannot_ask_stays_json(change: dict[str, Any]) -> None:
    """Nothing that stands in a document is lost by opening it in the form."""
    recipe = {**document()["recipes"][0], **change}
    kept = read_recipe(recipe)
    assert isinstance(kept, Written)
    assert write_recipe(kept) == recipe


def test_boxes_ticked_in_another_order_are_the_same_answers() -> None:
    """A list that means a set has no order."""
    claims = {**document()["recipes"][0]["claims"], "build_trigger": {"one_of": ["release", "push"]}}
    found = read_recipe({**document()["recipes"][0], "claims": claims, "stages": ["pre", "final"]})
    assert isinstance(found, answered.WorkflowAnswers)
    assert (found.triggers, found.stages) == (("push", "release"), ("final", "pre"))
