"""GitHub Actions workflow provenance, as ``actions/attest-build-provenance`` makes it.

Source: https://actions.github.io/buildtypes/workflow/v1. External parameters: ``/workflow/{repository,path,ref}``.

The tenant's own job writes this predicate, so every fact comes from the certificate (the deployment environment as the
claim of that name); ``workflow_dispatch`` inputs are recorded nowhere and absent. What has to agree with the certificate:
builder id and signing workflow, repository, ref, path, trigger, both ids, runner, commit and run, wherever the predicate
says one of them.

Required pins: the three parameters, both ids and the trigger. First use pins them and the runner by ``equals``; the ref, and a
signing workflow's of the same repository and ref, become templates where a tag spells the version, for each release has
another. The commit varies: it is another every time, and the release's other files are held to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning, slsa_v1
from verification.build_types.claims import CERTIFIED, SOURCE_PINS, certificate_agreements, read_facts
from verification.build_types.github_predicate import (
    dependency_agreements,
    internal_agreements,
    run_agreements,
    workflow_agreements,
)
from verification.build_types.interface import Agreement, FactSources, Reading, fact_sources
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Provenance, Signer

WORKFLOW_PINS = RequiredPins(claims=SOURCE_PINS, parameters=("/workflow/repository", "/workflow/path", "/workflow/ref"))


@dataclass(frozen=True, slots=True)
class GitHubWorkflow:
    """The build type. Level 3 is possible where a listed reusable workflow signs."""

    uri: str = "https://actions.github.io/buildtypes/workflow/v1"
    title: str = "Built by GitHub Actions"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED)
    required_pins: ClassVar[RequiredPins] = WORKFLOW_PINS

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        found = slsa_v1.read_v1(predicate)
        facts = read_facts(signer)
        agreements = (
            # Its builder is the workflow that signs, whomever else a root of trust lets this signer speak for.
            Agreement("builder", signer.identity, found.builder_id),
            *workflow_agreements(found.parameters, facts),
            *certificate_agreements(signer, facts),
            *internal_agreements(found.internal, facts),
            *dependency_agreements(found.dependencies, facts),
            *run_agreements(found.invocation, facts),
        )
        return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts)
        parameters = pinning.workflow_parameters(provenance, version)
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=False)


GITHUB_WORKFLOW = GitHubWorkflow()
