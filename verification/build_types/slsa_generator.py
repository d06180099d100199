"""slsa-github-generator's generic, Go and container builders.

Source: https://github.com/slsa-framework/slsa-github-generator, ``internal/builders``; predicates of SLSA v0.2. Projection to
external parameters: ``/workflow/{repository,path,ref}`` of ``configSource``, ``/inputs`` where a ``workflow_dispatch`` had some,
``/parameters`` where the invocation has some.

Every fact but the inputs comes from the certificate. The inputs stand in ``environment.github_event_payload.inputs``, which the
reusable workflow takes from GitHub and not from its caller. What has to agree with the certificate: builder id and
signing workflow, ``configSource`` (repository, ref, commit, path), the first material, the runner's variables and the run.

Required pins: the three of ``/workflow``, both ids and the trigger. First use pins every parameter, the ids, trigger and runner
by ``equals``, and the package's own ref as a template where a tag spells the version; the builder's own ref stays as it is,
for it is another project's release. The steps that a Go build resolved (``buildConfig``) follow from the source and vary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning, slsa_v02
from verification.build_types.claims import CERTIFIED, certificate_agreements, read_facts, split_source
from verification.build_types.github_predicate import (
    config_source_agreements,
    dependency_agreements,
    environment_agreements,
    run_agreements,
)
from verification.build_types.github_workflow import WORKFLOW_PINS
from verification.build_types.interface import Agreement, Fact, FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import malformed
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Provenance, Signer

_PREFIX = "https://github.com/slsa-framework/slsa-github-generator/"


@dataclass(frozen=True, slots=True)
class SlsaGenerator:
    """One of the three build types; they differ by name alone."""

    uri: str
    title: str
    level_cap: int = 3
    predicate_types: frozenset[str] = frozenset({slsa_v02.PREDICATE_TYPE})
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED, predicate=[Fact.INPUTS])
    required_pins: ClassVar[RequiredPins] = WORKFLOW_PINS

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v0.2 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        found = slsa_v02.read_v02(predicate)
        facts = read_facts(signer)
        agreements = (
            Agreement("builder", signer.identity, found.builder_id),
            *config_source_agreements(found.config_source, facts),
            *certificate_agreements(signer, facts),
            *environment_agreements(found.environment, signer, facts),
            *dependency_agreements(found.materials, facts),
            *run_agreements(found.invocation, facts),
        )
        return Reading(found.builder_id, facts, project(found), agreements, found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts)
        parameters = pinning.workflow_parameters(provenance, version)
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=False)


def project(found: slsa_v02.SlsaV02) -> dict[str, JsonValue]:
    """Return the external parameters of a v0.2 predicate of a GitHub run. Raises StatementUnfit."""
    source = found.config_source
    if source is None:
        raise malformed("the predicate names no source of its configuration")
    repository, ref = split_source(source.uri)
    projected: dict[str, JsonValue] = {
        "workflow": {"repository": repository, "path": source.entry_point, "ref": ref},
    }
    match found.environment.get("github_event_payload"):
        case {"inputs": inputs} if inputs not in (None, {}):
            projected["inputs"] = inputs
    if found.parameters:
        projected["parameters"] = found.parameters
    return projected


SLSA_GENERATORS = (
    SlsaGenerator(f"{_PREFIX}generic@v1", "Built by slsa-github-generator (generic)"),
    SlsaGenerator(f"{_PREFIX}go@v1", "Built by slsa-github-generator (Go)"),
    SlsaGenerator(f"{_PREFIX}container@v1", "Built by slsa-github-generator (container)"),
)
