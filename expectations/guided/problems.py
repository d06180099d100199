"""Where in the forms a problem of the document belongs: the field whose answer it was written from."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.guided.answers import Expected, Written
from expectations.guided.ways import Way
from verification.parameters import Problem

_OF_EVERY_RECIPE = {
    "name": "name",
    "versions": "versions",
    "stages": "stages",
    "minimum_level": "minimum_level",
    "also_require": "publish_too",
}

_CLAIMS = {
    "source_repository_id": "repository_id",
    "source_repository_owner_id": "owner_id",
    "source_repository_uri": "repository",
    "build_trigger": "triggers",
    "runner_environment": "runner",
    "deployment_environment": "environment",
}

_PARAMETERS = {
    "/workflow/repository": "repository",
    "/workflow/path": "workflow",
    "/workflow/ref": "ref",
    "/project": "project",
    "/pipeline_definition": "pipeline_definition",
    "/repository": "repository",
    "/ref": "ref",
    "/service_account": "account",
    "/buildConfigSource/repository": "repository",
    "/buildConfigSource/path": "configuration",
    "/buildConfigSource/ref": "ref",
}

_BUILDERS = {
    Way.CIRCLECI_PUBLISH: "pipeline_definition",
    Way.GOOGLE_PUBLISH: "account",
    Way.CLOUD_BUILD: "builder",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A problem and its place: the recipe's position, or None for the document as a whole, and the field, if it is one's."""

    recipe: int | None
    field: str | None
    sentence: str


def place(problem: Problem, expected: Expected) -> Placed:
    """Return the place of a problem in the forms that the answers came from."""
    match [_unescaped(token) for token in problem.where.split("/")[1:]]:
        case ["recipes", number, *rest] if number.isdecimal() and int(number) < len(expected.recipes):
            recipe = expected.recipes[int(number)]
            if isinstance(recipe, Written):
                where = "/".join(rest)
                return Placed(int(number), "document", f"{where}: {problem.sentence}" if where else problem.sentence)
            return Placed(int(number), _field(recipe.way, rest), problem.sentence)
        case ["change_control", *_]:
            return Placed(None, "change_control", problem.sentence)
        case _:
            return Placed(None, None, f"{problem.where}: {problem.sentence}" if problem.where else problem.sentence)


def _field(way: Way, rest: list[str]) -> str | None:
    match rest:
        case [key, *_] if key in _OF_EVERY_RECIPE:
            return _OF_EVERY_RECIPE[key]
        case ["builder_ids", *_]:
            return _BUILDERS.get(way, "signing_workflow")
        case ["signer", *_]:
            return "key" if way is Way.CLOUD_BUILD else "sigstore"
        case ["claims", claim, *_]:
            return _CLAIMS.get(claim)
        case ["external_parameters", where, *_]:
            return _PARAMETERS.get(where, "parameters")
        case _:
            return None


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
