"""What a form begins with when it is started from a refused upload: the answers as they are, changed so that it would pass.

The recipe of the same source is changed or, where there is none, the only one that covers the version; every other
stays as it is. What a changed recipe takes already it goes on taking, so that the difference shows what is new and no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName
from packaging.version import Version

from expectations.guided.answers import Answers, Expected, Recipe, WorkflowAnswers, Written
from expectations.guided.reading import read_recipe
from expectations.guided.writing import identity_rule, ref_rule, write_recipe
from verification import first_use
from verification.build_types import required_pins
from verification.canonical import JsonValue
from verification.expectation import Recipe as ParsedRecipe
from verification.expectation import match
from verification.expectation_document import parse_expectation
from verification.parameters import parse_rule
from verification.provenance import Provenance
from verification.verdict import Outcome

ANOTHER = ""
"""Stands for a recipe of its own, where the name of one to change is asked for. No recipe is called so."""


@dataclass(frozen=True, slots=True)
class Came:
    """A refused upload: what one attestation of it was shown to say, of which package and version.

    ``corroborated``: every further attestation that its recipe demands came with it.
    """

    provenance: Provenance
    name: NormalizedName
    version: Version
    corroborated: bool = True


@dataclass(frozen=True, slots=True)
class Started:
    """The answers to begin with, and which recipe was made to fit: its position, and its name (ANOTHER for a new one)."""

    expected: Expected
    changed: str
    position: int


def start(expected: Expected, came: Came, *, into: str | None = None) -> Started:
    """Return answers that would let in what came. ``into`` names the recipe to change, or is ANOTHER; None chooses.

    Raises FirstUseRefused where nothing of the provenance may be pinned.
    """
    wanted = read_recipe(dict(first_use.recipe_of(came.provenance, version=came.version)))
    parsed = [_parsed(recipe) for recipe in expected.recipes]
    names = [recipe.name for recipe in parsed]
    at = _closest(parsed, came) if into is None else names.index(into) if into in names else None
    if at is None:
        recipes = (*expected.recipes, _called(wanted, _new_name(wanted, names)))
        return Started(replace(expected, recipes=recipes), ANOTHER, len(recipes) - 1)
    fitting = _fitted(expected.recipes[at], parsed[at], wanted, came)
    recipes = (*expected.recipes[:at], fitting, *expected.recipes[at + 1 :])
    return Started(replace(expected, recipes=recipes), names[at], at)


def names_of(expected: Expected) -> tuple[str, ...]:
    """Return the names of the recipes, in their order."""
    return tuple(_parsed(recipe).name for recipe in expected.recipes)


def _parsed(recipe: Recipe) -> ParsedRecipe:
    """The recipe as the gate reads it. It is of a document in force, so it is valid."""
    document: JsonValue = {"schema": 1, "change_control": "two-person", "recipes": [write_recipe(recipe)]}
    return parse_expectation(document, required_pins=required_pins).recipes[0]


def _closest(recipes: list[ParsedRecipe], came: Came) -> int | None:
    covering = [(at, recipe) for at, recipe in enumerate(recipes) if recipe.covers(came.version)]
    of_source = [(at, recipe) for at, recipe in covering if _is_of_source(recipe, came)]
    if not of_source and len(covering) == 1:
        return covering[0][0]
    return min(of_source, key=lambda found: len(list(_misses(found[1], came))), default=(None, None))[0]


def _is_of_source(recipe: ParsedRecipe, came: Came) -> bool:
    """Whether the recipe is bound to the repository that came, by its numeric id or, where it has none, by its URI."""
    identified = recipe.claims.get("source_repository_id")
    facts = came.provenance.facts
    if identified is not None and facts.repository_id is not None:
        return identified.accepts(facts.repository_id, name=came.name, version=came.version)
    rules = [*recipe.external_parameters.values(), *recipe.claims.values()]
    return facts.repository is not None and any(
        not rule.is_open and rule.accepts(facts.repository, name=came.name, version=came.version) for rule in rules
    )


def _misses(recipe: ParsedRecipe, came: Came) -> Iterator[object]:
    for check in match(recipe, came.provenance, name=came.name, version=came.version, level_floor=1):
        if check.outcome is Outcome.FAILED:
            yield check


def _fitted(old: Recipe, parsed: ParsedRecipe, wanted: Recipe, came: Came) -> Recipe:
    covers = parsed.covers(came.version)
    versions = str(parsed.versions) if covers and parsed.versions is not None else ""
    if isinstance(old, Answers) and covers:
        versions = old.versions
    stages = tuple(sorted(parsed.stages)) if covers and parsed.stages is not None else ()
    level = min(parsed.minimum_level, came.provenance.level)
    if isinstance(wanted, Written):
        return _written(wanted, name=parsed.name, versions=versions, stages=list(stages), minimum_level=level)
    fitting = replace(
        wanted,
        name=parsed.name,
        versions=versions,
        stages=tuple(stages),
        minimum_level=level,
        publish_too=isinstance(old, Answers) and old.publish_too and came.corroborated,
    )
    if isinstance(fitting, WorkflowAnswers) and isinstance(old, WorkflowAnswers) and old.way is fitting.way:
        return _still_taking(old, fitting, came)
    return fitting


def _still_taking(old: WorkflowAnswers, new: WorkflowAnswers, came: Came) -> WorkflowAnswers:
    """The new answers, but where the old one takes what came as well."""
    facts, claims = came.provenance.facts, came.provenance.signer.claims
    ref_fits = _accepts(ref_rule(old.ref_kind, old.ref), facts.ref or "", came)
    signer_fits = bool(old.signing_workflow) and _accepts(
        identity_rule(old.signing_workflow), came.provenance.builder_id, came
    )
    return replace(
        new,
        ref_kind=old.ref_kind if ref_fits else new.ref_kind,
        ref=old.ref if ref_fits else new.ref,
        triggers=(*old.triggers, *(trigger for trigger in new.triggers if trigger not in old.triggers)),
        runner=old.runner if old.runner in ("", facts.runner) else new.runner,
        environment=old.environment if old.environment == claims.get("deployment_environment") else "",
        signing_workflow=old.signing_workflow if signer_fits else new.signing_workflow,
    )


def _accepts(rule: JsonValue, value: str, came: Came) -> bool:
    return parse_rule(rule, "").accepts(value, name=came.name, version=came.version)


def _new_name(wanted: Recipe, taken: list[str]) -> str:
    stem = wanted.workflow.rpartition("/")[2].partition(".")[0] if isinstance(wanted, WorkflowAnswers) else ""
    name = stem[:50] or wanted.way.value
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _called(recipe: Recipe, name: str) -> Recipe:
    return _written(recipe, name=name) if isinstance(recipe, Written) else replace(recipe, name=name)


def _written(recipe: Written, **parts: JsonValue) -> Written:
    document = {**json.loads(recipe.document), **{key: part for key, part in parts.items() if part not in ("", [])}}
    return Written(document=json.dumps(document, indent=2))
