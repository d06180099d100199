"""What the npm CLI (and others by the same build types) says of a GitHub Actions run.

Sources: https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1 and, before it,
https://github.com/npm/cli/blob/v9/workspaces/libnpmpublish/lib/provenance.js (``gha/v2``, SLSA v0.2). External parameters are
``/workflow/{repository,path,ref}``, in v0.2 projected from ``configSource``. The first form, ``gha@v1``, is not read: it
named the program that wrote it as the builder (``https://github.com/npm/cli@9.5.0``), for whom nobody can vouch.

The builder id is GitHub's runner, while the user's own workflow signs: whoever may speak for the runner is written in the
roots of trust. As the user's job writes the predicate, every fact comes from the certificate; inputs are absent. What has
to agree with it: the runner that the builder id names, repository, ref, path, commit, trigger, ids, runner and run.

Required pins: the three parameters, both ids, the trigger, and the signer's identity beside the builder id, which is the
same for everybody. First use pins them and the runner by ``equals``; the ref, and the signing workflow's, which is the
same, become templates where a tag spells the version. The commit varies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning, slsa_v02, slsa_v1
from verification.build_types.claims import CERTIFIED, certificate_agreements, read_facts
from verification.build_types.github_predicate import (
    config_source_agreements,
    dependency_agreements,
    environment_agreements,
    internal_agreements,
    run_agreements,
    workflow_agreements,
)
from verification.build_types.github_workflow import WORKFLOW_PINS
from verification.build_types.interface import Agreement, FactSources, Reading, fact_sources
from verification.build_types.slsa_generator import project
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer

RUNNER = "https://github.com/actions/runner"


@dataclass(frozen=True, slots=True)
class NpmCli:
    """One of the two build types, by the version of the predicate that it comes with."""

    uri: str
    predicate_types: frozenset[str]
    title: str = "Built by GitHub Actions (npm's form)"
    level_cap: int = 2
    fact_sources: ClassVar[FactSources] = fact_sources(certificate=CERTIFIED)
    required_pins: ClassVar[RequiredPins] = replace(WORKFLOW_PINS, signer_identity=True)

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate of SLSA provenance v1 or v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        facts = read_facts(signer)
        if slsa_v02.PREDICATE_TYPE in self.predicate_types:
            return _read_v02(predicate, signer, facts)
        return _read_v1(predicate, signer, facts)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        claims = pinning.source_claims(provenance.facts)
        parameters = pinning.workflow_parameters(provenance, version)
        return pinning.recipe(provenance, version=version, claims=claims, parameters=parameters, pin_identity=True)


def _read_v1(predicate: JsonValue, signer: Signer, facts: Facts) -> Reading:
    found = slsa_v1.read_v1(predicate)
    agreements = (
        *_runner_agreements(found.builder_id, facts),
        *workflow_agreements(found.parameters, facts),
        *certificate_agreements(signer, facts),
        *internal_agreements(found.internal, facts),
        *dependency_agreements(found.dependencies, facts),
        *run_agreements(found.invocation, facts),
    )
    return Reading(found.builder_id, facts, found.parameters, agreements, found.started_at, found.finished_at)


def _read_v02(predicate: JsonValue, signer: Signer, facts: Facts) -> Reading:
    found = slsa_v02.read_v02(predicate)
    agreements = (
        *_runner_agreements(found.builder_id, facts),
        *config_source_agreements(found.config_source, facts),
        *certificate_agreements(signer, facts),
        *environment_agreements(found.environment, signer, facts),
        *dependency_agreements(found.materials, facts),
        *run_agreements(found.invocation, facts),
    )
    return Reading(found.builder_id, facts, project(found), agreements, found.started_at, found.finished_at)


def _runner_agreements(builder_id: str, facts: Facts) -> Iterator[Agreement]:
    """A builder id that names the kind of runner names the one that the certificate knows."""
    if builder_id.startswith(f"{RUNNER}/"):
        yield Agreement("runner of the builder", facts.runner, builder_id.removeprefix(f"{RUNNER}/"))


NPM_CLI = (
    NpmCli("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1", slsa_v1.PREDICATE_TYPES),
    NpmCli("https://github.com/npm/cli/gha/v2", frozenset({slsa_v02.PREDICATE_TYPE})),
)
