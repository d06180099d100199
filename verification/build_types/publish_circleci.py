"""PyPI's publish attestation by a CircleCI pipeline.

Source: https://docs.pypi.org/attestations/publish/v1, Fulcio's CircleCI issuer, and real certificates: the identity is
the pipeline's definition under its project, .12 the repository without ``https://``, .14 the ref, and .11 the literal ``""``.
Projection to external parameters: ``/project`` and ``/pipeline_definition`` (both ids out of the identity), ``/repository``
(normal form) and ``/ref``.

Repository and ref come from the certificate; every other fact is absent. What has to agree: the signing workflow with the
identity, and that no human had a shell in the run.

Required pins: the four parameters and the repository's claim. First use pins them by ``equals``, the ref as a template where a
tag spells the version; as the project's id is CircleCI's own and not the repository's, it is marked as bound by name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning
from verification.build_types.claims import repository
from verification.build_types.interface import (
    Agreement,
    Fact,
    FactSources,
    FirstUseRefused,
    Reading,
    fact_sources,
)
from verification.build_types.pypi_publish import check_empty
from verification.build_types.slsa_v1 import malformed
from verification.canonical import JsonValue
from verification.expectation import PUBLISH_ATTESTATION, RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

_PROJECTS = "https://circleci.com/api/v2/projects/"
_DEFINITIONS = "/pipeline-definitions/"

_NO_SSH = ""
"""Stands for the absent claim: an empty one is read as absent, so no certificate can say it."""


@dataclass(frozen=True, slots=True)
class CircleCiPublish:
    """The build type for CircleCI's issuer."""

    issuer: str = "https://oidc.circleci.com"
    title: str = "Published by CircleCI"
    uri: str = PUBLISH_ATTESTATION
    level_cap: int = 1
    predicate_types: frozenset[str] = frozenset({PUBLISH_ATTESTATION})
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=[Fact.REPOSITORY, Fact.REF])
    required_pins: ClassVar[RequiredPins] = RequiredPins(
        frozenset({"source_repository_uri"}), ("/project", "/pipeline_definition", "/repository", "/ref")
    )

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read an empty predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        check_empty(predicate)
        pipeline = split_definition(signer.identity)
        if pipeline is None:
            raise malformed("the identity is no CircleCI pipeline's")
        project, definition = pipeline
        claims = signer.claims
        facts = Facts(
            repository=repository(claims.get("source_repository_uri")), ref=claims.get("source_repository_ref")
        )
        parameters: dict[str, JsonValue] = {
            "project": project,
            "pipeline_definition": definition,
            "repository": facts.repository,
            "ref": facts.ref,
        }
        agreements = (
            Agreement("signing workflow", claims.get("build_signer_uri"), signer.identity),
            # CircleCI writes nothing here but for a job that was run again over SSH, where a human can reach in.
            Agreement("run without SSH", claims.get("runner_environment", _NO_SSH), _NO_SSH),
        )
        return Reading(signer.identity, facts, parameters, agreements)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        facts = provenance.facts
        if not facts.repository or not facts.ref:
            raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the certificate names no repository or ref")
        named = provenance.signer.claims["source_repository_uri"]
        parameters = pinning.other_parameters(provenance, ruled=["ref"])
        return pinning.recipe(
            provenance,
            version=version,
            claims={"source_repository_uri": {"equals": named}},
            parameters={**parameters, "/ref": pinning.ref_rule(facts.ref, version)},
            pin_identity=False,
        )


def split_definition(identity: str) -> tuple[str, str] | None:
    """Return the ids of project and pipeline definition, or None for another identity."""
    project, _, definition = identity.removeprefix(_PROJECTS).partition(_DEFINITIONS)
    whole = f"{_PROJECTS}{project}{_DEFINITIONS}{definition}" == identity
    return (project, definition) if whole and project and definition and "/" not in project + definition else None


CIRCLECI_PUBLISH = CircleCiPublish()
