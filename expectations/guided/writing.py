"""From answers to the document that they mean."""

from __future__ import annotations

from expectations.guided.answers import (
    Answers,
    CircleCiAnswers,
    CloudBuildAnswers,
    Expected,
    Recipe,
    RefKind,
    ServiceAccountAnswers,
    WorkflowAnswers,
    Written,
)
from expectations.guided.parameter_lines import read_lines
from expectations.guided.ways import WORKFLOWS
from verification.build_types.google_cloud_build import GOOGLE_CLOUD_BUILD
from verification.build_types.publish_circleci import CIRCLECI_PUBLISH
from verification.build_types.publish_google import GOOGLE_PUBLISH
from verification.canonical import JsonValue, parse_strict
from verification.expectation import PUBLISH_ATTESTATION, Stage

CIRCLECI_PIPELINE = "https://circleci.com/api/v2/projects/{}/pipeline-definitions/{}"


def write(expected: Expected) -> JsonValue:
    """Return the whole document. Raises JsonRefused for a written recipe that is no JSON, LineInvalid for its like."""
    recipes: list[JsonValue] = [write_recipe(recipe) for recipe in expected.recipes]
    return {"schema": 1, "change_control": expected.change_control, "recipes": recipes}


def write_recipe(recipe: Recipe) -> JsonValue:
    """Return the recipe that the answers mean. Raises JsonRefused, LineInvalid."""
    match recipe:
        case Written():
            return parse_strict(recipe.document)
        case WorkflowAnswers():
            return _whole(recipe, _workflow(recipe))
        case CircleCiAnswers():
            return _whole(recipe, _circleci(recipe))
        case ServiceAccountAnswers():
            return _whole(recipe, _service_account(recipe))
        case CloudBuildAnswers():
            return _whole(recipe, _cloud_build(recipe))
        case _:
            raise TypeError(type(recipe))


def ref_rule(kind: RefKind, ref: str, before: str = "") -> dict[str, JsonValue]:
    """Return the rule on the package's own ref, with the text that stands before it."""
    match kind:
        case RefKind.TAGS:
            return {"template": f"{before}refs/tags/{ref}{{version}}"}
        case RefKind.BRANCH:
            return {"equals": f"{before}refs/heads/{ref}"}
        case RefKind.TAG:
            return {"equals": f"{before}refs/tags/{ref}"}


def identity_rule(identity: str) -> dict[str, JsonValue]:
    """Return the rule on a signing workflow as it was written: with ``{version}`` in it, with ``*``, or exactly so."""
    if "{" in identity:
        return {"template": identity}
    return {"glob": identity} if "*" in identity else {"equals": identity}


def _whole(answers: Answers, parts: dict[str, JsonValue]) -> dict[str, JsonValue]:
    recipe: dict[str, JsonValue] = {"name": answers.name, "minimum_level": answers.minimum_level, **parts}
    if answers.versions:
        recipe["versions"] = answers.versions
    if answers.stages:
        recipe["stages"] = [stage.value for stage in Stage if stage.value in answers.stages]
    if answers.publish_too:
        recipe["also_require"] = [PUBLISH_ATTESTATION]
    return recipe


def _workflow(answers: WorkflowAnswers) -> dict[str, JsonValue]:
    shared = WORKFLOWS[answers.way]
    repository, path = f"{shared.host}{answers.repository}", f"{shared.folder}{answers.workflow}"
    own = ref_rule(answers.ref_kind, answers.ref, f"{repository}{shared.between}{path}@")
    claims: dict[str, JsonValue] = {
        "source_repository_id": {"equals": answers.repository_id},
        "source_repository_owner_id": {"equals": answers.owner_id},
        "build_trigger": _one_or_several(sorted(answers.triggers, key=shared.triggers.index)),
    }
    if answers.runner:
        claims["runner_environment"] = {"equals": answers.runner}
    if answers.environment:
        claims["deployment_environment"] = {"equals": answers.environment}
    return {
        "builder_ids": [identity_rule(answers.signing_workflow) if answers.signing_workflow else own],
        "build_types": [shared.build_type],
        "signer": {"sigstore": answers.sigstore, "issuer": shared.issuer},
        "claims": claims,
        "external_parameters": {
            **read_lines(answers.parameters),
            "/workflow/repository": {"equals": repository},
            "/workflow/path": {"equals": path},
            "/workflow/ref": ref_rule(answers.ref_kind, answers.ref),
        },
    }


def _one_or_several(values: list[str]) -> JsonValue:
    several: list[JsonValue] = list(values)
    return {"equals": values[0]} if len(values) == 1 else {"one_of": several}


def _circleci(answers: CircleCiAnswers) -> dict[str, JsonValue]:
    return {
        "builder_ids": [{"equals": CIRCLECI_PIPELINE.format(answers.project, answers.pipeline_definition)}],
        "build_types": [PUBLISH_ATTESTATION],
        "signer": {"sigstore": answers.sigstore, "issuer": CIRCLECI_PUBLISH.issuer},
        "claims": {"source_repository_uri": {"equals": f"github.com/{answers.repository}"}},
        "external_parameters": {
            "/project": {"equals": answers.project},
            "/pipeline_definition": {"equals": answers.pipeline_definition},
            "/repository": {"equals": f"https://github.com/{answers.repository}"},
            "/ref": ref_rule(answers.ref_kind, answers.ref),
        },
    }


def _service_account(answers: ServiceAccountAnswers) -> dict[str, JsonValue]:
    rule: JsonValue = {"equals": answers.account}
    return {
        "builder_ids": [rule],
        "build_types": [PUBLISH_ATTESTATION],
        "signer": {"sigstore": answers.sigstore, "issuer": GOOGLE_PUBLISH.issuer, "identity": rule},
        "claims": {},
        "external_parameters": {"/service_account": rule},
    }


def _cloud_build(answers: CloudBuildAnswers) -> dict[str, JsonValue]:
    return {
        "builder_ids": [{"equals": answers.builder}],
        "build_types": [GOOGLE_CLOUD_BUILD.uri],
        "signer": {"key": answers.key},
        "claims": {},
        "external_parameters": {
            **read_lines(answers.parameters),
            "/buildConfigSource/repository": {"equals": answers.repository},
            "/buildConfigSource/path": {"equals": answers.configuration},
            "/buildConfigSource/ref": ref_rule(answers.ref_kind, answers.ref),
        },
    }
