"""From a document back to answers: what the questions could have written is read as answers, everything else stays JSON.

A recipe has the shape of the questions exactly where its answers write the same recipe again, so nothing that stands in
a document can be lost by opening it here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from expectations.guided.answers import (
    Answers,
    CircleCiAnswers,
    CloudBuildAnswers,
    Expected,
    PipelineAnswers,
    Recipe,
    RefKind,
    ServiceAccountAnswers,
    WorkflowAnswers,
    Written,
)
from expectations.guided.parameter_lines import LineInvalid, write_lines
from expectations.guided.ways import WORKFLOWS, Way
from expectations.guided.writing import write_recipe
from verification.build_types.google_cloud_build import GOOGLE_CLOUD_BUILD
from verification.build_types.publish_circleci import CIRCLECI_PUBLISH, split_definition
from verification.build_types.publish_google import GOOGLE_PUBLISH
from verification.canonical import JsonRefused, JsonValue, canonical
from verification.expectation import PUBLISH_ATTESTATION, Stage

Json = Any
"""A part of a recipe that was parsed, valid or not: what is not there raises KeyError, TypeError or the like."""

_ABSENT = (KeyError, TypeError, ValueError, IndexError, AttributeError)


def read(document: JsonValue) -> Expected:
    """Return the answers of a valid document."""
    assert isinstance(document, dict)
    recipes = document["recipes"]
    assert isinstance(recipes, list)
    return Expected(str(document["change_control"]), tuple(read_recipe(recipe) for recipe in recipes))


def read_recipe(recipe: JsonValue) -> Recipe:
    """Return the answers that write this recipe, or the recipe as it is where no answers do."""
    for answers in _candidates(recipe):
        if _is_well_formed(answers) and _writes(answers, recipe):
            return answers
    return Written(document=json.dumps(recipe, indent=2))


def _writes(answers: Answers, recipe: JsonValue) -> bool:
    try:
        return canonical(_in_order(write_recipe(answers))) == canonical(_in_order(recipe))
    except (JsonRefused, LineInvalid, ValueError):
        return False


def _in_order(recipe: Json) -> JsonValue:
    """The recipe with its two lists that mean sets in one order: to tick boxes in another order changes nothing."""
    found: Json = json.loads(json.dumps(recipe))
    several = found.get("claims", {}).get("build_trigger", {}).get("one_of")
    for words in (found.get("stages"), several):
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            words.sort()
    ordered: JsonValue = found
    return ordered


def _is_well_formed(answers: Answers) -> bool:
    texts = ((shape, getattr(answers, field)) for field, shape in answers.SHAPES.items())
    shaped = all(isinstance(text, str) and shape.fullmatch(text) is not None for shape, text in texts)
    # Nothing before the version is a tag of the bare version; a branch or a single tag has a name.
    return shaped and bool(getattr(answers, "ref", "-") or getattr(answers, "ref_kind", None) is RefKind.TAGS)


def _candidates(recipe: Json) -> Iterator[Answers]:
    readers: list[Callable[[Json], Answers | None]] = [
        *(partial(_workflow, way=way) for way in WORKFLOWS),
        _circleci,
        _service_account,
        _cloud_build,
    ]
    for reader in readers:
        try:
            found = reader(recipe)
        except _ABSENT:
            continue
        if found is not None:
            yield found


def _common(recipe: Json) -> dict[str, Json]:
    level = recipe["minimum_level"]
    return {
        "name": recipe["name"],
        "versions": recipe.get("versions", ""),
        "stages": tuple(stage.value for stage in Stage if stage.value in recipe.get("stages", ())),
        "minimum_level": level,
        "publish_too": "also_require" in recipe,
    }


def _workflow(recipe: Json, way: Way) -> Answers | None:
    shared = WORKFLOWS[way]
    if recipe["build_types"] != [shared.build_type] or recipe["signer"]["issuer"] != shared.issuer:
        return None
    parameters, claims = dict(recipe["external_parameters"]), recipe["claims"]
    repository = parameters.pop("/workflow/repository")["equals"]
    path = parameters.pop("/workflow/path")["equals"]
    ref_rule = parameters.pop("/workflow/ref")
    kind, ref = _ref(ref_rule)
    (builder,) = recipe["builder_ids"]
    identity = next(iter(builder.values()))
    own = f"{repository}{shared.between}{path}@{next(iter(ref_rule.values()))}"
    made = PipelineAnswers if way is Way.GITLAB_PUBLISH else WorkflowAnswers
    return made(
        way=way,
        **_common(recipe),
        repository=_after(shared.host, repository),
        repository_id=claims["source_repository_id"]["equals"],
        owner_id=claims["source_repository_owner_id"]["equals"],
        workflow=_after(shared.folder, path),
        ref_kind=kind,
        ref=ref,
        triggers=_triggers(claims["build_trigger"], shared.triggers),
        runner=_runner(claims, shared.runners),
        environment=claims.get("deployment_environment", {"equals": ""})["equals"],
        signing_workflow="" if identity == own else identity,
        parameters=_lines(parameters),
        sigstore=recipe["signer"]["sigstore"],
    )


def _circleci(recipe: Json) -> Answers | None:
    if recipe["build_types"] != [PUBLISH_ATTESTATION] or recipe["signer"]["issuer"] != CIRCLECI_PUBLISH.issuer:
        return None
    pipeline = split_definition(recipe["builder_ids"][0]["equals"])
    if pipeline is None:
        return None
    kind, ref = _ref(recipe["external_parameters"]["/ref"])
    return CircleCiAnswers(
        way=Way.CIRCLECI_PUBLISH,
        **_common(recipe),
        project=pipeline[0],
        pipeline_definition=pipeline[1],
        repository=_after("github.com/", recipe["claims"]["source_repository_uri"]["equals"]),
        ref_kind=kind,
        ref=ref,
        sigstore=recipe["signer"]["sigstore"],
    )


def _service_account(recipe: Json) -> Answers | None:
    if recipe["build_types"] != [PUBLISH_ATTESTATION] or recipe["signer"]["issuer"] != GOOGLE_PUBLISH.issuer:
        return None
    account = recipe["external_parameters"]["/service_account"]["equals"]
    return ServiceAccountAnswers(
        way=Way.GOOGLE_PUBLISH, **_common(recipe), account=account, sigstore=recipe["signer"]["sigstore"]
    )


def _cloud_build(recipe: Json) -> Answers | None:
    if recipe["build_types"] != [GOOGLE_CLOUD_BUILD.uri]:
        return None
    parameters = dict(recipe["external_parameters"])
    kind, ref = _ref(parameters.pop("/buildConfigSource/ref"))
    return CloudBuildAnswers(
        way=Way.CLOUD_BUILD,
        **_common(recipe),
        key=recipe["signer"]["key"],
        builder=recipe["builder_ids"][0]["equals"],
        repository=parameters.pop("/buildConfigSource/repository")["equals"],
        configuration=parameters.pop("/buildConfigSource/path")["equals"],
        ref_kind=kind,
        ref=ref,
        parameters=_lines(parameters),
    )


def _ref(rule: Json) -> tuple[RefKind, str]:
    match rule:
        case {"template": str(text)}:
            return RefKind.TAGS, _after("refs/tags/", text).removesuffix("{version}")
        case {"equals": str(text)} if text.startswith("refs/tags/"):
            return RefKind.TAG, _after("refs/tags/", text)
        case {"equals": str(text)}:
            return RefKind.BRANCH, _after("refs/heads/", text)
        case _:
            raise ValueError(rule)


def _triggers(rule: Json, known: tuple[str, ...]) -> tuple[str, ...]:
    wanted = [rule["equals"]] if "equals" in rule else rule["one_of"]
    if not set(wanted) <= set(known):
        raise ValueError(rule)
    return tuple(trigger for trigger in known if trigger in wanted)


def _runner(claims: Json, known: tuple[str, ...]) -> str:
    rule = claims.get("runner_environment")
    if rule is None:
        return ""
    runner: str = rule["equals"]
    if runner not in known:
        raise ValueError(rule)
    return runner


def _lines(rules: Json) -> str:
    lines = write_lines(rules)
    if lines is None:
        raise ValueError(rules)
    return lines


def _after(prefix: str, text: str) -> str:
    if not text.startswith(prefix):
        raise ValueError(text)
    return text.removeprefix(prefix)
