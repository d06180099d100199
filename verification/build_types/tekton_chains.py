"""Tekton Chains.

Source: https://github.com/tektoncd/chains, docs/slsa-provenance.md (documented). v1: external parameters are ``/runSpec`` and,
for a remote pipeline, ``/buildConfigSource/{repository,path,ref}``. v0.2: ``configSource`` and ``invocation.parameters`` are
projected to ``/buildConfigSource/{repository,path}`` and ``/parameters``.

The operator of the cluster holds the key and sets the builder id, so facts are the predicate's: repository, ref and path of the
configuration, inputs. Which dependency is the package's source and which the pipeline's, no field tells: the source here is
the repository that the configuration came from, and the commit is that dependency's. Ids, trigger, runner and deployment
environment are absent. Nothing is said twice; under a certificate, everything has to agree with it.

Required pin: ``/buildConfigSource``, so a run without one has nothing to pin. First use pins every parameter as it is, so a run
whose parameters name the version needs an explicit expectation; bound by name only. The commit varies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import key_signed, slsa_v02, slsa_v1
from verification.build_types.claims import repository, split_source
from verification.build_types.interface import Fact, FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer


@dataclass(frozen=True, slots=True)
class TektonChains:
    """One of the two build types; they differ by name, and by what else the predicate lists of the run."""

    uri: str
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES | {slsa_v02.PREDICATE_TYPE}
    title: str = "Built by Tekton"
    level_cap: int = 3
    fact_sources: ClassVar[FactSources] = fact_sources(
        predicate=[Fact.REPOSITORY, Fact.COMMIT, Fact.REF, Fact.CONFIGURATION_PATH, Fact.INPUTS]
    )
    required_pins: ClassVar[RequiredPins] = RequiredPins(frozenset(), ("/buildConfigSource",))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate of SLSA provenance v1 or v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        older = isinstance(predicate, dict) and "invocation" in predicate
        return _read_v02(predicate, signer) if older else _read_v1(predicate, signer)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        return key_signed.derive(provenance, version=version, pinned={})


def _read_v1(predicate: JsonValue, signer: Signer) -> Reading:
    found = slsa_v1.read_v1(predicate)
    source = found.parameters.get("buildConfigSource")
    named = source if isinstance(source, dict) else {}
    home = repository(text(named.get("repository")))
    facts = Facts(
        repository=home,
        commit=next(_commits(found.dependencies, home), None),
        ref=text(named.get("ref")),
        configuration_path=text(named.get("path")),
        invocation=found.invocation,
    )
    agreements = tuple(key_signed.backed(facts, signer))
    return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)


def _read_v02(predicate: JsonValue, signer: Signer) -> Reading:
    found = slsa_v02.read_v02(predicate)
    parameters: dict[str, JsonValue] = {"parameters": found.parameters} if found.parameters else {}
    facts = Facts(invocation=found.invocation)
    if (source := found.config_source) is not None:
        home, ref = split_source(source.uri)
        parameters["buildConfigSource"] = {"repository": home, "path": source.entry_point}
        facts = Facts(home, commit=source.commit, ref=ref, configuration_path=source.entry_point)
    agreements = tuple(key_signed.backed(facts, signer))
    return Reading(found.builder_id, facts, parameters, agreements, found.started_at, found.finished_at)


def _commits(dependencies: JsonValue, home: str | None) -> Iterator[str]:
    for dependency in dependencies if isinstance(dependencies, list) else []:
        match dependency:
            case {"uri": str() as uri, "digest": dict() as digests} if (
                home is not None and split_source(uri)[0] == home
            ):
                commit = text(digests.get("gitCommit")) or text(digests.get("sha1"))
                if commit:
                    yield commit.lower()


TEKTON_CHAINS = (
    TektonChains("https://tekton.dev/chains/v2/slsa"),
    TektonChains("https://tekton.dev/chains/v2/slsa-tekton"),
)
