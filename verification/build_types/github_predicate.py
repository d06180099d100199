"""What predicates of GitHub runs say a second time, and what of the certificate it has to agree with.

Four builders write the same facts under different names: the ``workflow`` object of external parameters, GitHub's
``internalParameters.github``, and the runner's own environment variables. Whichever is there has to be so.
"""

from __future__ import annotations

from collections.abc import Iterator

from verification.build_types.claims import repository, split_source
from verification.build_types.interface import Agreement
from verification.build_types.slsa_v02 import ConfigSource
from verification.build_types.slsa_v1 import malformed, text
from verification.canonical import JsonValue
from verification.provenance import Facts, Signer

GITHUB = "https://github.com/"


def workflow_agreements(parameters: dict[str, JsonValue], facts: Facts) -> Iterator[Agreement]:
    """Yield for ``/workflow/{repository,path,ref}``. Raises StatementUnfit where there is no such object."""
    workflow = parameters.get("workflow")
    if not isinstance(workflow, dict):
        raise malformed("the predicate names no workflow")
    yield Agreement("source repository", facts.repository, repository(text(workflow.get("repository"))))
    yield Agreement("source ref", facts.ref, text(workflow.get("ref")))
    yield Agreement("workflow path", facts.configuration_path, text(workflow.get("path")))


def config_source_agreements(source: ConfigSource | None, facts: Facts) -> Iterator[Agreement]:
    """Yield for v0.2's ``invocation.configSource``. Raises StatementUnfit where there is none."""
    if source is None:
        raise malformed("the predicate names no source of its configuration")
    found, ref = split_source(source.uri)
    yield Agreement("source repository", facts.repository, found)
    yield Agreement("source ref", facts.ref, ref)
    yield Agreement("source commit", facts.commit, (source.commit or "").lower() or None)
    yield Agreement("workflow path", facts.configuration_path, source.entry_point)


def internal_agreements(internal: JsonValue, facts: Facts) -> Iterator[Agreement]:
    """Yield for ``internalParameters.github``, as GitHub's own build types have it."""
    match internal:
        case {"github": dict() as github}:
            for fact, certified, key in (
                ("trigger", facts.trigger, "event_name"),
                ("repository id", facts.repository_id, "repository_id"),
                ("owner id", facts.owner_id, "repository_owner_id"),
                ("runner environment", facts.runner, "runner_environment"),
            ):
                if key in github:
                    yield Agreement(fact, certified, text(github[key]))
        case _:
            return


def environment_agreements(environment: JsonValue, signer: Signer, facts: Facts) -> Iterator[Agreement]:
    """Yield for the runner's variables; slsa-github-generator's older builders write them in lower case."""
    if not isinstance(environment, dict):
        return
    owner_and_name = (facts.repository or "").removeprefix(GITHUB) or None
    started_by = signer.claims.get("build_config_uri", "").removeprefix(GITHUB) or None
    certified = {
        "GITHUB_EVENT_NAME": ("trigger", facts.trigger),
        "GITHUB_REPOSITORY": ("repository", owner_and_name),
        "GITHUB_REPOSITORY_ID": ("repository id", facts.repository_id),
        "GITHUB_REPOSITORY_OWNER_ID": ("owner id", facts.owner_id),
        "GITHUB_REF": ("ref", facts.ref),
        "GITHUB_SHA": ("commit", facts.commit),
        "GITHUB_SHA1": ("commit", facts.commit),
        "GITHUB_WORKFLOW_REF": ("workflow", started_by),
        "GITHUB_RUN_ID": ("run id", _run(facts)[0]),
        "GITHUB_RUN_ATTEMPT": ("run attempt", _run(facts)[1]),
    }
    for key, value in environment.items():
        if (found := certified.get(key.upper())) is not None:
            yield Agreement(found[0], found[1], _number_or_text(value))


def dependency_agreements(dependencies: JsonValue, facts: Facts) -> Iterator[Agreement]:
    """Yield for the first resolved dependency (v0.2: material), the source. It is optional, but has to be so."""
    match dependencies:
        case [{"uri": str() as uri, "digest": dict() as digests}, *_] if commits := _commits(digests):
            for commit in commits:
                yield Agreement("commit of the source", facts.commit, commit)
            source, ref = split_source(uri)
            yield Agreement("repository of the source", facts.repository, source)
            if ref is not None:
                yield Agreement("ref of the source", facts.ref, ref)
        case None | []:
            return
        case _:
            raise malformed("the first resolved dependency is not the source's commit")


def run_agreements(invocation: str | None, facts: Facts) -> Iterator[Agreement]:
    """Yield for the run's URI, or for the ``ID-ATTEMPT`` that v0.2's builders write."""
    if invocation is None:
        return
    run, attempt = _run(facts)
    told = facts.invocation if "/" in invocation or run is None else f"{run}-{attempt}"
    yield Agreement("run", told, invocation)


def _commits(digests: dict[str, JsonValue]) -> list[str]:
    found = (digests.get("gitCommit"), digests.get("sha1"))
    return [value.lower() for value in found if isinstance(value, str)]


def _run(facts: Facts) -> tuple[str | None, str | None]:
    """The run's id and attempt, out of ``https://github.com/O/R/actions/runs/ID/attempts/N``."""
    match (facts.invocation or "").split("/"):
        case [*_, "actions", "runs", run, "attempts", attempt]:
            return run, attempt
        case _:
            return None, None


def _number_or_text(value: JsonValue) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)
