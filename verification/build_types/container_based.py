"""slsa-github-generator's container-based builder: a command in a named image, over a source.

Source: https://slsa.dev/container-based-build/v0.1?draft and the generator's ``internal/builders/docker``. External
parameters are ``/source/{uri,digest}``, ``/builderImage``, ``/configPath`` and ``/buildConfig``, as the predicate has
them; the calling workflow is in the certificate alone, so expectations rule on it by claims.

Every fact but the inputs comes from the certificate; the inputs are the parameters, for nothing else steers this builder. What
has to agree with the certificate: builder id and signing workflow, ``/source`` and the first dependency (repository,
ref, commit), the runner's variables and the run.

Required pins: repository, ref, workflow, both ids, trigger, ``/source/uri``, ``/builderImage`` and ``/configPath``. First use
pins them and the runner, the package's own ref as a template where a tag spells the version. What varies: ``/source/digest``,
for it is another commit at every release; ``/buildConfig``, for it is the content of ``/configPath`` at that commit, and
names what is built, often with its version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning, slsa_v1
from verification.build_types.claims import (
    CERTIFIED,
    SOURCE_PINS,
    certificate_agreements,
    read_facts,
    split_source,
)
from verification.build_types.github_predicate import (
    dependency_agreements,
    environment_agreements,
    run_agreements,
)
from verification.build_types.interface import Agreement, Fact, FactSources, FirstUseRefused, Reading, fact_sources
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

CLAIM_PINS = SOURCE_PINS | {"source_repository_uri", "source_repository_ref", "build_config_uri"}

_RULED = ("source", "builderImage", "configPath", "buildConfig")


@dataclass(frozen=True, slots=True)
class ContainerBased:
    """The build type. Any dependency but the first, the source, is the builder itself."""

    uri: str = "https://slsa.dev/container-based-build/v0.1?draft"
    title: str = "Built by slsa-github-generator (container-based)"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED, predicate=[Fact.INPUTS])
    required_pins: ClassVar[RequiredPins] = RequiredPins(CLAIM_PINS, ("/source/uri", "/builderImage", "/configPath"))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        found = slsa_v1.read_v1(predicate)
        facts = read_facts(signer)
        agreements = (
            Agreement("builder", signer.identity, found.builder_id),
            *_source_agreements(found.parameters, facts),
            *certificate_agreements(signer, facts),
            *environment_agreements(found.internal, signer, facts),
            *dependency_agreements(found.dependencies, facts),
            *run_agreements(found.invocation, facts),
        )
        return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts) | pinning.workflow_claims(provenance, version)
        match provenance.external_parameters:
            case {"source": {"uri": str() as uri}, "builderImage": image, "configPath": path, **rest}:
                before = uri.removesuffix(provenance.facts.ref or "")
                parameters: dict[str, JsonValue] = {
                    "/source/uri": pinning.ref_rule(provenance.facts.ref, version, before=before),
                    "/source/digest": {"any": True},
                    "/builderImage": {"equals": image},
                    "/configPath": {"equals": path},
                }
                if "buildConfig" in rest:
                    parameters["/buildConfig"] = {"any": True}
                parameters |= pinning.other_parameters(provenance, ruled=_RULED)
            case _:
                raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the predicate lacks a parameter to be pinned")
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=False)


def _source_agreements(parameters: dict[str, JsonValue], facts: Facts) -> Iterator[Agreement]:
    match parameters.get("source"):
        case {"uri": str() as uri, "digest": {"sha1": str() as commit}}:
            repository, ref = split_source(uri)
            yield Agreement("source repository", facts.repository, repository)
            yield Agreement("source ref", facts.ref, ref)
            yield Agreement("source commit", facts.commit, commit.lower())
        case _:
            raise slsa_v1.malformed("the predicate names no source with its commit")


CONTAINER_BASED = ContainerBased()
