"""Statements that nobody signed, and the expectation that asks for such."""

from __future__ import annotations

from typing import Any

from tests.support import slsa_statements, statements
from tests.support.honest import CONTENT
from verification.build_types import required_pins
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation


def bare_statement(filename: str = "widget-1.0.tar.gz", content: bytes = CONTENT) -> dict[str, Any]:
    """Return what a GitLab runner says of a build of the file: the statement as the runner leaves it, signed by nobody."""
    return slsa_statements.gitlab_runner(statements.subject(filename, content))


def unsigned_recipe(**changes: Any) -> dict[str, Any]:
    """Return the recipe that takes just that statement, with members replaced or (None) left out."""
    statement = bare_statement()
    definition = statement["predicate"]["buildDefinition"]
    recipe = {
        "name": "runner",
        "minimum_level": 1,
        "builder_ids": [{"equals": statement["predicate"]["runDetails"]["builder"]["id"]}],
        "build_types": ["https://gitlab.com/gitlab-org/gitlab-runner/-/blob/{RUNNER_VERSION}/PROVENANCE.md"],
        "signer": {"unsigned": True},
        "claims": {},
        "external_parameters": {
            f"/{name}": {"any": True} if name == "variables" else {"equals": value}
            for name, value in definition["externalParameters"].items()
        },
        **changes,
    }
    return {key: value for key, value in recipe.items() if value is not None}


def unsigned_document(**changes: Any) -> dict[str, Any]:
    """Return the document of that recipe alone."""
    return {"schema": 1, "change_control": "two-person", "recipes": [unsigned_recipe(**changes)]}


def unsigned_expectation(**changes: Any) -> Expectation:
    """Return the expectation of that recipe alone. Raises DocumentInvalid."""
    return parse_expectation(unsigned_document(**changes), required_pins=required_pins)
