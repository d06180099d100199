"""GitHub Actions workflow provenance, as ``actions/attest-build-provenance`` makes it.

Source: https://actions.github.io/buildtypes/workflow/v1. The tenant's own job writes this predicate, so every fact
comes from the certificate, and each thing that the predicate says too has to agree with it. ``workflow_dispatch``
inputs are not recorded in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from verification import source_uri
from verification.build_types.github_claims import REQUIRED_PINS, configuration, derive_recipe, read_facts, repository
from verification.build_types.interface import Agreement, Reading, StatementUnfit
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class GitHubWorkflow:
    """The build type. Level 3 is possible where a listed reusable workflow signs."""

    uri: str = "https://actions.github.io/buildtypes/workflow/v1"
    title: str = "Built by GitHub Actions"
    level_cap: int = 3
    required_pins: RequiredPins = REQUIRED_PINS

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a SLSA provenance v1 predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
        match predicate:
            case {
                "buildDefinition": {"externalParameters": dict(parameters)} as definition,
                "runDetails": {"builder": {"id": str(builder_id)}} as run,
            } if isinstance(definition, dict) and isinstance(run, dict):
                workflow = parameters.get("workflow")
                if not isinstance(workflow, dict):
                    raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the predicate names no workflow")
                facts = read_facts(signer)
                agreements = (
                    *_workflow_agreements(workflow, facts),
                    *_certificate_agreements(signer, facts),
                    *_internal_agreements(definition.get("internalParameters"), facts),
                    *_dependency_agreements(definition.get("resolvedDependencies"), facts),
                    *_run_agreements(run.get("metadata"), facts),
                )
                started, finished = _times(run.get("metadata"))
                return Reading(builder_id, facts, parameters, agreements, started, finished)
            case _:
                raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the predicate lacks the parts of a GitHub build")

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        return derive_recipe(provenance, version=version, build_type=self.uri)


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _workflow_agreements(workflow: dict[str, JsonValue], facts: Facts) -> Iterator[Agreement]:
    yield Agreement("source repository", facts.repository, repository(_text(workflow.get("repository"))))
    yield Agreement("source ref", facts.ref, _text(workflow.get("ref")))
    yield Agreement("workflow path", facts.configuration_path, _text(workflow.get("path")))


def _certificate_agreements(signer: Signer, facts: Facts) -> Iterator[Agreement]:
    """The certificate's own claims are of one run: its identity, and the workflow that started it."""
    yield Agreement("signing workflow", signer.claims.get("build_signer_uri"), signer.identity)
    config = configuration(signer)
    yield Agreement("workflow's repository", facts.repository, repository(config.repository) if config else None)
    yield Agreement("workflow's ref", facts.ref, config.ref if config else None)


def _internal_agreements(internal: JsonValue, facts: Facts) -> Iterator[Agreement]:
    match internal:
        case {"github": dict(github)}:
            for fact, certificate, key in (
                ("trigger", facts.trigger, "event_name"),
                ("repository id", facts.repository_id, "repository_id"),
                ("owner id", facts.owner_id, "repository_owner_id"),
                ("runner environment", facts.runner, "runner_environment"),
            ):
                if key in github:
                    yield Agreement(fact, certificate, _text(github[key]))
        case _:
            return


def _dependency_agreements(dependencies: JsonValue, facts: Facts) -> Iterator[Agreement]:
    """The first resolved dependency is the source. It is optional, but what it says of the source must be so."""
    match dependencies:
        case [{"uri": str(uri), "digest": {"gitCommit": str(commit)}}, *_]:
            yield Agreement("commit of the source", facts.commit, commit.lower())
            try:
                source, ref = source_uri.split_ref(uri)
            except source_uri.NotASourceUri:
                source, ref = "", None
            yield Agreement("repository of the source", facts.repository, repository(source))
            if ref is not None:
                yield Agreement("ref of the source", facts.ref, ref)
        case None | []:
            return
        case _:
            raise StatementUnfit(Reason.STATEMENT_MALFORMED, "the first resolved dependency is not the source's commit")


def _run_agreements(metadata: JsonValue, facts: Facts) -> Iterator[Agreement]:
    match metadata:
        case {"invocationId": str(invocation)}:
            yield Agreement("run", facts.invocation, invocation)
        case _:
            return


def _times(metadata: JsonValue) -> tuple[datetime | None, datetime | None]:
    match metadata:
        case dict():
            return _time(metadata.get("startedOn")), _time(metadata.get("finishedOn"))
        case _:
            return None, None


def _time(value: JsonValue) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 2200:  # beyond, arithmetic overflows
        raise StatementUnfit(Reason.STATEMENT_MALFORMED, "a time of the predicate is not RFC 3339")
    return moment


GITHUB_WORKFLOW = GitHubWorkflow()
