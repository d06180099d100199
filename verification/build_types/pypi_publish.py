"""PyPI's publish attestation: who published a file. Its predicate is empty; every fact is the certificate's.

Source: https://docs.pypi.org/attestations/publish/v1. It shows who published, not how the file was built: level 1,
and pages say "published by". There is one kind a publisher, told apart by the certificate's issuer. GitHub Actions and
GitLab CI stand here: their certificates hold the same claims. Projection to external parameters:
``/workflow/{repository,path,ref}``, as GitHub's own build type has them.

Every fact comes from the certificate; inputs are absent. What has to agree: the certificate's claims among themselves (signing
workflow and identity; the starting workflow's repository and ref with the source's).

Required pins and first use are those of GitHub's own build type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning
from verification.build_types.claims import (
    CERTIFIED,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    certificate_agreements,
    read_facts,
)
from verification.build_types.github_workflow import WORKFLOW_PINS
from verification.build_types.interface import FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import malformed
from verification.canonical import JsonValue
from verification.expectation import PUBLISH_ATTESTATION, RequiredPins
from verification.provenance import Provenance, Signer


@dataclass(frozen=True, slots=True)
class WorkflowPublish:
    """The build type for one issuer. Its URI is the predicate's type, for it has no other."""

    issuer: str
    title: str
    uri: str = PUBLISH_ATTESTATION
    level_cap: int = 1
    predicate_types: frozenset[str] = frozenset({PUBLISH_ATTESTATION})
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED)
    required_pins: ClassVar[RequiredPins] = WORKFLOW_PINS

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read an empty predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        check_empty(predicate)
        facts = read_facts(signer)
        workflow: JsonValue = {"repository": facts.repository, "path": facts.configuration_path, "ref": facts.ref}
        agreements = tuple(certificate_agreements(signer, facts))
        return Reading(signer.claims.get("build_signer_uri", ""), facts, {"workflow": workflow}, agreements)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts)
        parameters = pinning.workflow_parameters(provenance, version)
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=False)


def check_empty(predicate: JsonValue) -> None:
    """Take null, or ``{}`` as early clients wrote it. Raises StatementUnfit (STATEMENT_MALFORMED) for more."""
    if predicate not in (None, {}):
        raise malformed("a publish attestation's predicate is not empty")


GITHUB_PUBLISH = WorkflowPublish(GITHUB_ISSUER, "Published by GitHub Actions")
GITLAB_PUBLISH = WorkflowPublish(GITLAB_ISSUER, "Published by GitLab CI")
