"""The build types that are known, one file each, and the one table that finds them."""

from __future__ import annotations

from verification.build_types import slsa_v02
from verification.build_types.buildkite import BUILDKITE_JOB
from verification.build_types.byob import DELEGATOR
from verification.build_types.container_based import CONTAINER_BASED
from verification.build_types.github_workflow import GITHUB_WORKFLOW
from verification.build_types.gitlab_runner import GITLAB_RUNNER, canonical_uri
from verification.build_types.google_cloud_build import GOOGLE_CLOUD_BUILD
from verification.build_types.google_cloud_build_older import GOOGLE_CLOUD_BUILD_OLDER
from verification.build_types.interface import BuildType, Fact, FactSource, StatementUnfit
from verification.build_types.npm_cli import NPM_CLI
from verification.build_types.publish_circleci import CIRCLECI_PUBLISH
from verification.build_types.publish_google import GOOGLE_PUBLISH
from verification.build_types.publish_person import PERSON_PUBLISH
from verification.build_types.pypi_publish import GITHUB_PUBLISH, GITLAB_PUBLISH
from verification.build_types.slsa_generator import SLSA_GENERATORS
from verification.build_types.slsa_v1 import PREDICATE_TYPES as SLSA_V1
from verification.build_types.tekton_chains import TEKTON_CHAINS
from verification.build_types.unknown import UnknownBuildType
from verification.expectation import PUBLISH_ATTESTATION, RequiredPins
from verification.provenance import Provenance, Signer
from verification.reasons import Reason
from verification.statement import Statement

BY_URI: dict[str, BuildType] = {
    build_type.uri: build_type
    for build_type in (
        GITHUB_WORKFLOW,
        *SLSA_GENERATORS,
        CONTAINER_BASED,
        DELEGATOR,
        *NPM_CLI,
        GOOGLE_CLOUD_BUILD,
        *GOOGLE_CLOUD_BUILD_OLDER,
        BUILDKITE_JOB,
        GITLAB_RUNNER,
        *TEKTON_CHAINS,
    )
}

PUBLISHERS: dict[str, BuildType] = {
    publish.issuer: publish for publish in (GITHUB_PUBLISH, GITLAB_PUBLISH, GOOGLE_PUBLISH, CIRCLECI_PUBLISH)
}
"""Publish attestations share one URI; their publisher is told by the certificate's exact issuer."""

_PARTS_OF_V1 = frozenset({"buildDefinition", "runDetails"})
_PARTS_BEFORE_V1 = frozenset({"builder", "buildType", "invocation", "materials", "recipe"})

_STRANGE_PARTS = dict.fromkeys(SLSA_V1, _PARTS_BEFORE_V1) | dict.fromkeys(
    (slsa_v02.PREDICATE_TYPE, slsa_v02.PREDICATE_TYPE_V01), _PARTS_OF_V1
)
"""What only another version of SLSA provenance has, by predicate type."""


CERTIFIED_ONLY = frozenset(
    uri for uri, build_type in BY_URI.items() if FactSource.CERTIFICATE in build_type.fact_sources.values()
)
"""Build types whose facts a certificate has to tell: what nobody signed is never read as one of these."""


def build_type_of(statement: Statement, signer: Signer) -> BuildType:
    """Return the build type that reads the statement of this signer.

    Raises StatementUnfit where the predicate's type is unknown, or not one that its build type is known by
    (PREDICATE_TYPE_UNKNOWN), it names no build type or is of two versions at once (STATEMENT_MALFORMED), it takes the name
    of a publish attestation (BUILD_TYPE_UNKNOWN), or nobody signed what is believed as far as its certificate goes
    (UNSIGNED_NOT_BELIEVED). A build type that is merely unknown is read as such; a publisher that is unknown may be a person.
    """
    if signer.unsigned and (statement.predicate_type == PUBLISH_ATTESTATION or _uri(statement) in CERTIFIED_ONLY):
        raise StatementUnfit(Reason.UNSIGNED_NOT_BELIEVED, "unsigned")
    if statement.predicate_type == PUBLISH_ATTESTATION:
        if found := PUBLISHERS.get(signer.issuer or ""):
            return found
        return PERSON_PUBLISH
    uri = _uri(statement)
    if uri == PUBLISH_ATTESTATION:
        # Expectations take this name as the certificate's word; a predicate must not speak under it.
        raise StatementUnfit(Reason.BUILD_TYPE_UNKNOWN, "a publish attestation's URI as the build type of a predicate")
    build_type = BY_URI.get(canonical_uri(uri) or uri) or UnknownBuildType(uri, certified=signer.certified)
    if statement.predicate_type not in build_type.predicate_types:
        raise StatementUnfit(Reason.PREDICATE_TYPE_UNKNOWN, statement.predicate_type[:200])
    return build_type


def build_type_named(provenance: Provenance) -> BuildType | None:
    """Return the known build type of verified provenance, or None."""
    if provenance.build_type == PUBLISH_ATTESTATION:
        return PUBLISHERS.get(provenance.signer.issuer or "")
    return BY_URI.get(provenance.build_type)


def required_pins(uri: str, issuer: str | None) -> RequiredPins | None:
    """Return what an expectation must pin for this build type (trust rules, "Expectations" 4), or None for an unknown one."""
    build_type = _named(uri, issuer)
    return build_type.required_pins if build_type else None


def inputs_source(uri: str, issuer: str | None) -> FactSource:
    """Return where provenance of this build type has the inputs of a run; of an unknown one nobody can say: absent."""
    build_type = _named(uri, issuer)
    return build_type.fact_sources[Fact.INPUTS] if build_type else FactSource.ABSENT


def _named(uri: str, issuer: str | None) -> BuildType | None:
    return PUBLISHERS.get(issuer or "") if uri == PUBLISH_ATTESTATION else BY_URI.get(uri)


def _uri(statement: Statement) -> str:
    _refuse_two_versions(statement)
    match statement.predicate_type, statement.predicate:
        case kind, {"buildDefinition": {"buildType": str() as uri}} if kind in SLSA_V1:
            return uri
        case slsa_v02.PREDICATE_TYPE, {"buildType": str() as uri}:
            return uri
        case slsa_v02.PREDICATE_TYPE_V01, {"recipe": {"type": str() as uri}}:
            return uri
        case kind, _ if kind in SLSA_V1 | {slsa_v02.PREDICATE_TYPE, slsa_v02.PREDICATE_TYPE_V01}:
            raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the predicate names no build type")
        case kind, _:
            raise StatementUnfit(Reason.PREDICATE_TYPE_UNKNOWN, kind[:200])


def _refuse_two_versions(statement: Statement) -> None:
    """One that has the parts of two versions says two things, of which each reader would see another."""
    found = statement.predicate.keys() if isinstance(statement.predicate, dict) else frozenset()
    if found & _STRANGE_PARTS.get(statement.predicate_type, frozenset()):
        raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the predicate has parts of two versions of SLSA provenance")
