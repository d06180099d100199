"""A case's expectation as our document: what it names is demanded, what it leaves open is as first use pins it.

The derived document accepts the very evidence that it was derived from, so nothing but what the case names, and the
gate's own steps, can refuse.
"""

from __future__ import annotations

import json
from typing import Any

from verification.build_types import required_pins
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.source_uri import NotASourceUri, normalise

_SOURCES = ("/buildConfigSource/repository", "/repository")
_REF = "/buildConfigSource/ref"
_OLDER_REFS = {"refs/tags/": "/substitutions/TAG_NAME", "refs/heads/": "/substitutions/BRANCH_NAME"}
"""Where Google's older provenance has the ref, if it has one: a rule on a parameter that is not there refuses."""

_KNOWN = frozenset(
    {"builder_id", "build_type", "source_repo", "source_ref", "issuer", "certificate_san", "publisher", "dist_name"}
)
_BY_CERTIFICATE = "issuer"

Recipe = dict[str, Any]


def promise(derived: Expectation, wanted: dict[str, Any]) -> Expectation:
    """Return the expectation of a case, from what first use derived from its evidence.

    Raises ValueError where the case expects what is not known here: ignored, it could let a forgery in.
    """
    if more := sorted(key for key, value in wanted.items() if value is not None and key not in _KNOWN):
        raise ValueError(f"an expectation of {', '.join(more)}")
    document = json.loads(derived.canonical)
    recipe = document["recipes"][0]
    _expect_builder(recipe, wanted)
    _expect_source(recipe, wanted)
    _expect_publisher(recipe, wanted.get("publisher") or {})
    return parse_expectation(document, required_pins=required_pins)


def _expect_builder(recipe: Recipe, wanted: dict[str, Any]) -> None:
    if builder := wanted.get("builder_id"):
        recipe["builder_ids"] = [{"equals": builder}]
        if "@" not in builder:
            # Without a ref, any ref of that builder is meant.
            recipe["builder_ids"] += [{"glob": f"{builder}@{refs}"} for refs in ("refs/tags/*", "refs/heads/*", "v*")]
    if build_type := wanted.get("build_type"):
        recipe["build_types"] = [build_type]
    if wanted.get("issuer"):
        recipe["signer"]["issuer"] = wanted["issuer"]
    if wanted.get("certificate_san"):
        recipe["signer"]["identity"] = {"equals": wanted["certificate_san"]}


def _expect_source(recipe: Recipe, wanted: dict[str, Any]) -> None:
    repository, ref = wanted.get("source_repo"), wanted.get("source_ref")
    if _BY_CERTIFICATE in recipe["signer"]:
        if repository:
            recipe["claims"]["source_repository_uri"] = {"one_of": sorted({repository, _normal(repository)})}
        if ref:
            recipe["claims"]["source_repository_ref"] = {"equals": ref}
        return
    for pointer in _SOURCES:
        pinned = recipe["external_parameters"].get(pointer)
        if repository and pinned and not _same(pinned.get("equals"), repository):
            recipe["external_parameters"][pointer] = {"equals": repository}
    if ref:
        _expect_ref(recipe["external_parameters"], ref)


def _expect_ref(parameters: dict[str, Any], ref: str) -> None:
    if _REF in parameters:
        parameters[_REF] = {"equals": ref}
        return
    kind = next((kind for kind in _OLDER_REFS if ref.startswith(kind)), None)
    if kind is None:
        raise ValueError(f"a ref of another kind than tags and heads: {ref}")
    parameters[_OLDER_REFS[kind]] = {"equals": ref.removeprefix(kind)}


def _same(pinned: str, wanted: str) -> bool:
    return _normal(pinned) == _normal(wanted)


def _normal(uri: str) -> str:
    try:
        return normalise(uri)
    except NotASourceUri:
        return uri


def _expect_publisher(recipe: Recipe, publisher: dict[str, Any]) -> None:
    claims, parameters = recipe["claims"], recipe["external_parameters"]
    match publisher:
        case {"kind": "GitHub", "repository": repository, "workflow": workflow}:
            claims["source_repository_uri"] = {"equals": f"https://github.com/{repository}"}
            parameters["/workflow/path"] = {"equals": f".github/workflows/{workflow}"}
            if publisher.get("environment"):
                claims["deployment_environment"] = {"equals": publisher["environment"]}
        case {"kind": "GitLab", "repository": repository, "workflow_filepath": path}:
            claims["source_repository_uri"] = {"equals": f"https://gitlab.com/{repository}"}
            parameters["/workflow/path"] = {"equals": path}
        case {"kind": "CircleCI", "project_id": project, "pipeline_definition_id": definition}:
            parameters["/project"] = {"equals": project}
            parameters["/pipeline_definition"] = {"equals": definition}
            if publisher.get("vcs_origin"):
                claims["source_repository_uri"] = {"equals": publisher["vcs_origin"]}
            if publisher.get("vcs_ref"):
                claims["source_repository_ref"] = {"equals": publisher["vcs_ref"]}
        case {"kind": "Google" | "Email", "email": email}:
            recipe["signer"]["identity"] = {"equals": email}
        case {"kind": kind}:
            raise ValueError(f"a publisher of kind {kind}")
