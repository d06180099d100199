"""Google Cloud Build's two older build types, under SLSA provenance v0.1.

Source: slsa-verifier's ``verifiers/internal/gcb`` and real provenance of 2022. ``recipe`` holds what later is the
invocation; the source is the first material, ``https://github.com/O/R/commit/SHA``, from which repository and commit
are read. The ref is recorded nowhere that every build has, so it is absent. Projection to external parameters:
``/repository``, ``/entryPoint`` and, where there are some, ``/substitutions``. First use pins them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import key_signed, slsa_v02
from verification.build_types.claims import repository
from verification.build_types.interface import Agreement, Fact, FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import malformed, member, moment, text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer


@dataclass(frozen=True, slots=True)
class GoogleCloudBuildOlder:
    """One of the two build types; they differ by name alone."""

    uri: str
    title: str = "Built by Google Cloud Build"
    level_cap: int = 3
    predicate_types: frozenset[str] = frozenset({slsa_v02.PREDICATE_TYPE_V01})
    fact_sources: ClassVar[FactSources] = fact_sources(
        predicate=[Fact.REPOSITORY, Fact.COMMIT, Fact.CONFIGURATION_PATH, Fact.INPUTS]
    )
    required_pins: ClassVar[RequiredPins] = RequiredPins(frozenset(), ("/repository", "/entryPoint"))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v0.1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        match predicate:
            case {
                "builder": {"id": str(builder_id)},
                "recipe": {"type": str(), "entryPoint": str(entry_point)} as recipe,
                "materials": [{"uri": str(material)} as first, *_],
            }:
                source, commit = _commit_page(material)
                facts = Facts(repository=source, commit=commit, configuration_path=entry_point)
                parameters: dict[str, JsonValue] = {"repository": source, "entryPoint": entry_point}
                parameters |= _substitutions(member(recipe, "arguments"))
                agreements = (*_digest_agreements(first, facts), *key_signed.backed(facts, signer))
                times = member(predicate, "metadata")
                started, finished = moment(member(times, "buildStartedOn")), moment(member(times, "buildFinishedOn"))
                return Reading(builder_id, facts, parameters, agreements, started, finished)
            case _:
                raise malformed("the predicate lacks the parts of SLSA provenance v0.1")

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        return key_signed.derive(provenance, version=version, pinned={})


def _commit_page(uri: str) -> tuple[str | None, str | None]:
    source, separator, commit = uri.rpartition("/commit/")
    return (repository(source), commit.lower()) if separator else (None, None)


def _substitutions(arguments: JsonValue) -> dict[str, JsonValue]:
    match arguments:
        case {"substitutions": dict(substitutions)} if substitutions:
            return {"substitutions": substitutions}
        case _:
            return {}


def _digest_agreements(material: JsonValue, facts: Facts) -> tuple[Agreement, ...]:
    match material:
        case {"digest": {"sha1": commit}}:
            return (Agreement("commit of the source", facts.commit, (text(commit) or "").lower()),)
        case _:
            return ()


GOOGLE_CLOUD_BUILD_OLDER = (
    GoogleCloudBuildOlder("https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1"),
    GoogleCloudBuildOlder("https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2"),
)
