"""What Fulcio's claims say of a run of GitHub Actions or GitLab CI, in the normal forms that predicates are compared in.

Build types whose tenants can write the predicate read their facts here, from the certificate and never from the
predicate.
"""

from __future__ import annotations

from collections.abc import Iterator

from verification import source_uri
from verification.build_types.interface import Agreement, Fact
from verification.provenance import Facts, Signer
from verification.workflow_identity import Workflow, parse_configuration

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITLAB_ISSUER = "https://gitlab.com"

STRANGERS_TRIGGERS = frozenset(
    {
        *("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"),
        *("workflow_run", "check_run", "check_suite", "status"),
        *("issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch", "gollum"),
        *("merge_request_event", "external_pull_request_event"),
    }
)
"""Triggers that somebody without write access is known to be able to pull; the last two are GitLab's."""

OWN_TRIGGERS = frozenset(
    {
        *("push", "release", "create", "workflow_dispatch", "repository_dispatch", "schedule", "merge_group"),
        *("web", "webide", "api", "trigger", "pipeline", "parent_pipeline"),
    }
)
"""Triggers that take write access to the repository; the second line is GitLab's. Every other can be pulled by a stranger,
or may be one day, so it is never a first-use value (trust rules, "Expectations" 5, which names the four best known)."""

CERTIFIED = frozenset(Fact) - {Fact.INPUTS}
"""Fulcio's claims hold every fact but the inputs of a run."""

SOURCE_PINS = frozenset({"source_repository_id", "source_repository_owner_id", "build_trigger"})


def read_facts(signer: Signer) -> Facts:
    """Return the facts of a certificate. A claim that is absent, or not in its form, makes the fact None."""
    claims = signer.claims
    config = configuration(signer)
    return Facts(
        repository=repository(claims.get("source_repository_uri")),
        repository_id=claims.get("source_repository_id"),
        owner_id=claims.get("source_repository_owner_id"),
        commit=claims.get("source_repository_digest", "").lower() or None,
        ref=claims.get("source_repository_ref"),
        configuration_path=config.path if config else None,
        trigger=claims.get("build_trigger"),
        runner=claims.get("runner_environment"),
        invocation=claims.get("run_invocation_uri"),
    )


def configuration(signer: Signer) -> Workflow | None:
    """Return the workflow that the run was started by: the caller's, where a reusable workflow signs."""
    return parse_configuration(signer.claims.get("build_config_uri", ""))


def repository(uri: str | None) -> str | None:
    """Return a repository's normal form, or None where there is none."""
    try:
        return source_uri.normalise(uri) if uri else None
    except source_uri.NotASourceUri:
        return None


def split_source(uri: str) -> tuple[str | None, str | None]:
    """Return the repository (normal form) and the ref of a source URI, each None where it has none."""
    try:
        source, ref = source_uri.split_ref(uri)
    except source_uri.NotASourceUri:
        return None, None
    return repository(source), ref


def certificate_agreements(signer: Signer, facts: Facts) -> Iterator[Agreement]:
    """Yield that the certificate's own claims are of one run: its identity, and the workflow that started it."""
    yield Agreement("signing workflow", signer.claims.get("build_signer_uri"), signer.identity)
    config = configuration(signer)
    yield Agreement("workflow's repository", facts.repository, repository(config.repository) if config else None)
    yield Agreement("workflow's ref", facts.ref, config.ref if config else None)
