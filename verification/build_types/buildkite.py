"""Buildkite jobs.

Source: https://buildkite.github.io/slsa-buildtypes/job/v1 (documented; no signed specimen is known). External parameters are
``/pipeline``, ``/repository``, ``/build/{branch,tag,commit}`` and ``/step/{key,command}``.

The statement is signed by a key of whoever runs the agent, so facts are the predicate's: repository, commit, ref and
inputs. The configuration's path is not recorded; ids, trigger, runner and deployment environment are absent. What has to agree:
the first resolved dependency's repository and commit with the parameters; under a certificate, everything with it.

Required pins: pipeline, repository and branch. First use pins them, the step, and the tag as a template where it spells the
version; bound by name only. What varies is ``/build/commit``, another at every release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification import pointer
from verification.build_types import key_signed, pinning, slsa_v1
from verification.build_types.claims import repository, split_source
from verification.build_types.interface import Agreement, Fact, FactSources, FirstUseRefused, Reading, fact_sources
from verification.build_types.slsa_v1 import text
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

_TAGS = "refs/tags/"


@dataclass(frozen=True, slots=True)
class BuildkiteJob:
    """The build type."""

    uri: str = "https://buildkite.github.io/slsa-buildtypes/job/v1"
    title: str = "Built by Buildkite"
    level_cap: int = 3
    predicate_types: frozenset[str] = slsa_v1.PREDICATE_TYPES
    fact_sources: ClassVar[FactSources] = fact_sources(predicate=[Fact.REPOSITORY, Fact.COMMIT, Fact.REF, Fact.INPUTS])
    required_pins: ClassVar[RequiredPins] = RequiredPins(frozenset(), ("/pipeline", "/repository", "/build/branch"))

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        found = slsa_v1.read_v1(predicate)
        build = found.parameters.get("build")
        if not isinstance(build, dict):
            raise slsa_v1.malformed("the predicate names no build")
        facts = Facts(
            repository=repository(text(found.parameters.get("repository"))),
            commit=(text(build.get("commit")) or "").lower() or None,
            ref=_ref(text(build.get("tag")), text(build.get("branch"))),
            invocation=found.invocation,
        )
        agreements = (*_source_agreements(found.dependencies, facts), *key_signed.backed(facts, signer))
        return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        match provenance.external_parameters:
            case {"pipeline": str(), "build": dict() as build} if isinstance(build.get("branch"), str):
                others = {key: value for key, value in build.items() if key not in ("tag", "commit")}
                pinned: dict[str, JsonValue] = {
                    pointer.to_text(("build", key)): {"equals": value} for key, value in others.items()
                }
                pinned |= _tag_rule(build, version)
            case _:
                raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the predicate names no pipeline or branch")
        vary: dict[str, JsonValue] = {"/build/commit": {"any": True}}
        return key_signed.derive(provenance, version=version, pinned=pinned, vary=vary)


def _ref(tag: str | None, branch: str | None) -> str | None:
    if tag:
        return f"{_TAGS}{tag}"
    return f"refs/heads/{branch}" if branch else None


def _tag_rule(build: dict[str, JsonValue], version: Version) -> dict[str, JsonValue]:
    """The tag stands here without ``refs/tags/``; absent and null are a build of a branch."""
    tag = build.get("tag")
    if not isinstance(tag, str):
        return {"/build/tag": {"equals": tag}} if "tag" in build else {}
    return {"/build/tag": pinning.tag_rule(tag, version)}


def _source_agreements(dependencies: JsonValue, facts: Facts) -> tuple[Agreement, ...]:
    match dependencies:
        case [{"uri": str() as uri, "digest": {"gitCommit": str() as commit}}, *_]:
            told = Agreement("commit of the source", facts.commit, commit.lower())
            return (told, Agreement("repository of the source", facts.repository, split_source(uri)[0]))
        case _:
            return ()


BUILDKITE_JOB = BuildkiteJob()
