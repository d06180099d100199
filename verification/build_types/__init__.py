"""The build types that are known, one file each, and the one table that finds them."""

from __future__ import annotations

from verification.build_types import github_workflow, pypi_publish
from verification.build_types.interface import BuildType, StatementUnfit
from verification.expectation import RequiredPins
from verification.reasons import Reason
from verification.statement import Statement

SLSA_V1 = "https://slsa.dev/provenance/v1"

_BY_URI: dict[str, BuildType] = {
    build_type.uri: build_type for build_type in (github_workflow.GITHUB_WORKFLOW, pypi_publish.PYPI_PUBLISH)
}


def build_type_of(statement: Statement) -> BuildType:
    """Return the build type that reads the statement.

    Raises StatementUnfit where the predicate's type is unknown (PREDICATE_TYPE_UNKNOWN), its shape is not the type's
    (STATEMENT_MALFORMED), or its build type is unknown (BUILD_TYPE_UNKNOWN).
    """
    if statement.predicate_type == pypi_publish.PYPI_PUBLISH.uri:
        return pypi_publish.PYPI_PUBLISH
    if statement.predicate_type != SLSA_V1:
        raise StatementUnfit(Reason.PREDICATE_TYPE_UNKNOWN, statement.predicate_type[:200])
    match statement.predicate:
        case {"buildDefinition": {"buildType": str(uri)}}:
            if found := _BY_URI.get(uri):
                return found
            raise StatementUnfit(Reason.BUILD_TYPE_UNKNOWN, uri[:200])
        case _:
            raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the predicate names no build type")


def known(uri: str) -> BuildType | None:
    """Return the build type of a URI, or None."""
    return _BY_URI.get(uri)


def required_pins(uri: str) -> RequiredPins | None:
    """Return what an expectation must pin for this build type (trust rules, "Expectations" 4), or None for an unknown one."""
    build_type = _BY_URI.get(uri)
    return build_type.required_pins if build_type else None
