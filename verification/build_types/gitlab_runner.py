"""GitLab's runner, SLSA provenance v1 and v0.2.

Source: PROVENANCE.md of gitlab-runner (documented; the runner does not sign). The build type's URI holds the runner's
version and so moves with every update; expectations name it with ``{RUNNER_VERSION}`` instead. External parameters are
``/source``, ``/entryPoint`` and ``/variables``; in v0.2 the first two are projected from ``configSource`` and ``/variables`` from
``invocation.parameters``. The entry point is a job's name, and no path.

Signed by an operator's key, facts are the predicate's: repository, commit and inputs (the variables). Ref, path, ids, trigger,
runner and deployment environment are absent. What has to agree: in v1 the first dependency's repository with the source;
signed by a job under GitLab's certificate, everything with the certificate.

Required pins: source and entry point. First use pins them; bound by name only. The variables' values are masked, and which
there are differs by runner and pipeline, so they vary, and so does the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import key_signed, slsa_v02, slsa_v1
from verification.build_types.claims import repository
from verification.build_types.interface import Agreement, Fact, FactSources, Reading, fact_sources
from verification.build_types.slsa_v1 import text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer

_BEFORE, _AFTER = "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/", "/PROVENANCE.md"


@dataclass(frozen=True, slots=True)
class GitLabRunner:
    """The build type, in both versions of its predicate."""

    uri: str = f"{_BEFORE}{{RUNNER_VERSION}}{_AFTER}"
    title: str = "Built by a GitLab runner"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES | {slsa_v02.PREDICATE_TYPE}
    fact_sources: ClassVar[FactSources] = fact_sources(predicate=[Fact.REPOSITORY, Fact.COMMIT, Fact.INPUTS])
    required_pins: ClassVar[RequiredPins] = RequiredPins(frozenset(), ("/source", "/entryPoint"))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate of SLSA provenance v1 or v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        older = isinstance(predicate, dict) and "invocation" in predicate
        return _read_v02(predicate, signer) if older else _read_v1(predicate, signer)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        parameters = provenance.external_parameters
        varies = isinstance(parameters, dict) and "variables" in parameters
        vary: dict[str, JsonValue] = {"/variables": {"any": True}} if varies else {}
        return key_signed.derive(provenance, version=version, pinned={}, vary=vary)


def canonical_uri(uri: str) -> str | None:
    """Return the name that expectations know a runner's build type by, or None for another URI."""
    version = uri.removeprefix(_BEFORE).removesuffix(_AFTER)
    whole = f"{_BEFORE}{version}{_AFTER}" == uri and version.replace(".", "").replace("-", "").isalnum()
    return GITLAB_RUNNER.uri if whole else None


def _read_v1(predicate: JsonValue, signer: Signer) -> Reading:
    found = slsa_v1.read_v1(predicate)
    source, entry_point = text(found.parameters.get("source")), text(found.parameters.get("entryPoint"))
    if source is None or entry_point is None:
        raise slsa_v1.malformed("the predicate names no source or entry point")
    match found.dependencies:
        case [{"uri": str() as uri, "digest": dict() as digests}, *_]:
            commit = text(digests.get("sha256")) or text(digests.get("gitCommit")) or text(digests.get("sha1"))
        case _:
            uri, commit = "", None
    facts = Facts(repository(source), commit=(commit or "").lower() or None, invocation=found.invocation)
    agreements = (
        Agreement("repository of the source", facts.repository, repository(uri)),
        *key_signed.backed(facts, signer),
    )
    return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)


def _read_v02(predicate: JsonValue, signer: Signer) -> Reading:
    found = slsa_v02.read_v02(predicate)
    source = found.config_source
    if source is None or source.entry_point is None:
        raise slsa_v1.malformed("the predicate names no source or entry point")
    facts = Facts(repository(source.uri), commit=_commit(predicate), invocation=found.invocation)
    parameters: dict[str, JsonValue] = {"source": source.uri, "entryPoint": source.entry_point}
    if found.parameters:
        parameters["variables"] = found.parameters
    agreements = tuple(key_signed.backed(facts, signer))
    return Reading(found.builder_id, facts, parameters, agreements, found.started_at, found.finished_at)


def _commit(predicate: JsonValue) -> str | None:
    """The runner writes the commit, a SHA-1, under ``sha256``."""
    match predicate:
        case {"invocation": {"configSource": {"digest": dict() as digests}}}:
            commit = text(digests.get("sha1")) or text(digests.get("sha256"))
            return commit.lower() if commit else None
        case _:
            return None


GITLAB_RUNNER = GitLabRunner()
