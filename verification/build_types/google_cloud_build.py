"""Google Cloud Build, SLSA provenance v1.

Source: https://cloud.google.com/build/gcb-buildtypes/google-worker/v1. External parameters are
``/buildConfigSource/{repository,path,ref}`` and ``/substitutions``, the user's own.

Google's service writes and signs the predicate with its own keys; there is no certificate, so facts are the predicate's:
repository, ref and path of ``buildConfigSource``, the commit of the first resolved dependency, inputs (the
substitutions). Owner and repository ids, trigger, runner and deployment environment are absent. What has to agree: the first
dependency's repository and ref with ``buildConfigSource``; under a certificate, everything with the certificate.

Required pins: the three of ``/buildConfigSource``. First use pins them and the substitutions, the ref as a template where a tag
spells the version; bound by name only. The commit varies. A build without a source that a trigger knew has nothing to pin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import key_signed, pinning, slsa_v1
from verification.build_types.claims import repository, split_source
from verification.build_types.interface import Agreement, Fact, FactSources, FirstUseRefused, Reading, fact_sources
from verification.build_types.slsa_v1 import text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

_SOURCE = "/buildConfigSource"


@dataclass(frozen=True, slots=True)
class GoogleCloudBuild:
    """The build type."""

    uri: str = "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1"
    title: str = "Built by Google Cloud Build"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES
    fact_sources: ClassVar[FactSources] = fact_sources(
        predicate=[Fact.REPOSITORY, Fact.COMMIT, Fact.REF, Fact.CONFIGURATION_PATH, Fact.INPUTS]
    )
    required_pins: ClassVar[RequiredPins] = RequiredPins(
        frozenset(), (f"{_SOURCE}/repository", f"{_SOURCE}/path", f"{_SOURCE}/ref")
    )

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        found = slsa_v1.read_v1(predicate)
        source = found.parameters.get("buildConfigSource")
        named = source if isinstance(source, dict) else {}
        resolved, ref, commit = _resolved(found.dependencies)
        facts = Facts(
            repository=repository(text(named.get("repository"))),
            commit=commit,
            ref=text(named.get("ref")),
            configuration_path=text(named.get("path")),
            invocation=found.invocation,
        )
        agreements = (
            *_source_agreements(facts, resolved, ref),
            *key_signed.backed(facts, signer),
        )
        return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        match provenance.external_parameters:
            case {"buildConfigSource": {"repository": str() as named, "path": str() as path, "ref": str() as ref}}:
                pinned: dict[str, JsonValue] = {
                    f"{_SOURCE}/repository": {"equals": named},
                    f"{_SOURCE}/path": {"equals": path},
                    f"{_SOURCE}/ref": pinning.ref_rule(ref, version),
                }
                return key_signed.derive(provenance, version=version, pinned=pinned)
            case _:
                raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the build was started without a source of its own")


def _resolved(dependencies: JsonValue) -> tuple[str | None, str | None, str | None]:
    match dependencies:
        case [{"uri": str() as uri, "digest": {"gitCommit": str() as commit}}, *_]:
            return *split_source(uri), commit.lower()
        case _:
            return None, None, None


def _source_agreements(facts: Facts, resolved: str | None, ref: str | None) -> Iterator[Agreement]:
    """What was built is what the trigger named: the first resolved dependency is of the same repository and ref."""
    yield Agreement("repository of the source", facts.repository, resolved)
    if ref is not None:
        yield Agreement("ref of the source", facts.ref, ref)


GOOGLE_CLOUD_BUILD = GoogleCloudBuild()
