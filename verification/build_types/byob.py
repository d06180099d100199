"""slsa-github-generator's delegators ("bring your own builder"): Maven, Gradle, Node and tools of others.

Source: https://github.com/slsa-framework/slsa-github-generator, ``BYOB.md`` and ``.github/actions/verify-token``. External
parameters are ``/inputs`` of the tool and ``/vars``; in Node's predicates, which are SLSA v0.2, both are projected from
``invocation.parameters``. The source is in no parameter, so expectations rule on it by claims.

The builder id is the tool's reusable workflow, which the delegator has found out from the tool's own OIDC token; the
certificate is the delegator's. Which delegator may speak for which tool is written in the roots of trust. Every fact but the
inputs, which are the tool's, comes from the certificate. What has to agree with it: the signing workflow, the first
dependency (v0.2: ``configSource`` and first material), the runner's variables and the run.

Required pins: repository, ref, workflow, both ids, trigger, ``/inputs`` and the signer's identity, which is another than the
builder id. First use pins these, the runner and ``/vars`` by ``equals``; the package's own ref becomes a template where a
tag spells the version, and the delegator's and the tool's refs stay as they are. The commit varies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning, slsa_v02, slsa_v1
from verification.build_types.claims import CERTIFIED, certificate_agreements, read_facts
from verification.build_types.container_based import CLAIM_PINS
from verification.build_types.github_predicate import (
    config_source_agreements,
    dependency_agreements,
    environment_agreements,
    run_agreements,
)
from verification.build_types.interface import Agreement, Fact, FactSources, Reading, fact_sources
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer


@dataclass(frozen=True, slots=True)
class Delegator:
    """The build type, in both versions of its predicate."""

    uri: str = "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0"
    title: str = "Built by a tool of slsa-github-generator"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES | {slsa_v02.PREDICATE_TYPE}
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED, predicate=[Fact.INPUTS])
    required_pins: ClassVar[RequiredPins] = RequiredPins(CLAIM_PINS, ("/inputs",), signer_identity=True)

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate of SLSA provenance v1 or v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        facts = read_facts(signer)
        older = isinstance(predicate, dict) and "invocation" in predicate
        return _read_v02(predicate, signer, facts) if older else _read_v1(predicate, signer, facts)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts) | pinning.workflow_claims(provenance, version)
        parameters = pinning.other_parameters(provenance)
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=True)


def _read_v1(predicate: JsonValue, signer: Signer, facts: Facts) -> Reading:
    found = slsa_v1.read_v1(predicate)
    agreements = (
        *certificate_agreements(signer, facts),
        *environment_agreements(found.internal, signer, facts),
        *dependency_agreements(found.dependencies, facts),
        *run_agreements(found.invocation, facts),
    )
    parameters = _parameters(found.parameters)
    return Reading(found.builder_id, facts, parameters, agreements, found.started_at, found.finished_at)


def _read_v02(predicate: JsonValue, signer: Signer, facts: Facts) -> Reading:
    found = slsa_v02.read_v02(predicate)
    agreements = (
        *certificate_agreements(signer, facts),
        *_v02_agreements(found, signer, facts),
    )
    parameters = _parameters(found.parameters)
    return Reading(found.builder_id, facts, parameters, agreements, found.started_at, found.finished_at)


def _v02_agreements(found: slsa_v02.SlsaV02, signer: Signer, facts: Facts) -> Iterator[Agreement]:
    yield from config_source_agreements(found.config_source, facts)
    yield from environment_agreements(found.environment, signer, facts)
    yield from dependency_agreements(found.materials, facts)
    yield from run_agreements(found.invocation, facts)


def _parameters(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if not isinstance(parameters.get("inputs"), dict):
        raise slsa_v1.malformed("the predicate has no inputs of its tool")
    return parameters


DELEGATOR = Delegator()
