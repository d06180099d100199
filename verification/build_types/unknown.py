"""Build types that nobody here has described: usable by an explicit expectation, never on first use.

What such a builder lets its tenants choose is not known. So facts are the certificate's alone (a plain key has none), inputs
are absent, nothing of the predicate is asked to agree because nothing of it is believed, and the parameters are taken as they
stand (v0.2: ``/configSource/{uri,entryPoint}`` and ``/parameters``). There are no pins that anybody could require, so an
expectation has to pin the signer's identity and some parameter itself (:mod:`verification.expectation_document` sees to that).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import Version

from verification.build_types import slsa_v02, slsa_v1
from verification.build_types.claims import CERTIFIED, read_facts
from verification.build_types.interface import FactSources, FirstUseRefused, Reading, fact_sources
from verification.canonical import JsonValue
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class UnknownBuildType:
    """A build type by its URI, with a certificate or without one. Level 2 at most: nobody has looked at it."""

    uri: str
    certified: bool
    title: str = "Built in a way that is not known here"
    level_cap: int = 2
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES | {slsa_v02.PREDICATE_TYPE}
    required_pins: None = None

    @property
    def fact_sources(self) -> FactSources:
        """The certificate's facts, or none."""
        return fact_sources(certificate=CERTIFIED) if self.certified else fact_sources()

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate of SLSA provenance v1 or v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        facts = read_facts(signer) if self.certified else Facts()
        if isinstance(predicate, dict) and "invocation" in predicate:
            older = slsa_v02.read_v02(predicate)
            return Reading(older.builder_id, facts, _project(older), (), older.started_at, older.finished_at)
        found = slsa_v1.read_v1(predicate)
        return Reading(found.builder_id, facts, found.parameters, (), found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Raise FirstUseRefused: what has to be pinned is not known."""
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, f"{provenance.build_type[:200]} for version {version}")


def _project(found: slsa_v02.SlsaV02) -> dict[str, JsonValue]:
    projected: dict[str, JsonValue] = {}
    if (source := found.config_source) is not None:
        projected["configSource"] = {"uri": source.uri, "entryPoint": source.entry_point}
    if found.parameters:
        projected["parameters"] = found.parameters
    return projected
