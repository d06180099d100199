"""What GitHub's certificates say of a build, in the normal forms that predicates are compared in.

Both of GitHub's build types (workflow provenance and publish attestations) read their facts here, from the
certificate and never from the predicate: a workflow's tenant can write the predicate.
"""

from __future__ import annotations

from collections.abc import Mapping

from packaging.version import Version

from verification import source_uri
from verification.build_types.interface import FirstUseRefused
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason
from verification.template import derive_version_template
from verification.workflow_identity import Workflow, parse_workflow

STRANGERS_TRIGGERS = frozenset(
    {
        *("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"),
        *("workflow_run", "check_run", "check_suite", "status"),
        *("issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch", "gollum"),
    }
)
"""Triggers that somebody without write access is known to be able to pull."""

OWN_TRIGGERS = frozenset(
    {"push", "release", "create", "workflow_dispatch", "repository_dispatch", "schedule", "merge_group"}
)
"""Triggers that take write access to the repository. Every other can be pulled by a stranger, or may be one day, so it is
never a first-use value (trust rules, "Expectations" 5, which names the four best known)."""

REQUIRED_PINS = RequiredPins(
    claims=frozenset({"source_repository_id", "source_repository_owner_id", "build_trigger"}),
    parameters=("/workflow/repository", "/workflow/path", "/workflow/ref"),
)


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
    return parse_workflow(signer.claims.get("build_config_uri", ""))


def repository(uri: str | None) -> str | None:
    """Return a repository's normal form, or None where there is none."""
    try:
        return source_uri.normalise(uri) if uri else None
    except source_uri.NotASourceUri:
        return None


def derive_recipe(provenance: Provenance, *, version: Version, build_type: str) -> Mapping[str, JsonValue]:
    """Return the recipe that first use pins from a GitHub build (trust rules, "First use").

    Repository, ids, workflow, trigger and runner by ``equals``; the package's own ref as a template of the version
    where the tag spells it, and likewise the signing workflow's where that is of the same repository and ref.
    Raises FirstUseRefused for a trigger that strangers can pull, and where an id or fact is missing.
    """
    facts = provenance.facts
    known = (facts.repository, facts.repository_id, facts.owner_id, facts.configuration_path, facts.ref, facts.trigger)
    if any(not fact for fact in known) or facts.commit is None:
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the certificate lacks a fact that has to be pinned")
    if facts.trigger not in OWN_TRIGGERS:
        raise FirstUseRefused(Reason.FIRST_USE_TRIGGER, str(facts.trigger))
    assert facts.ref is not None
    template = derive_version_template(facts.ref, version)
    claims: dict[str, JsonValue] = {
        "source_repository_id": {"equals": facts.repository_id},
        "source_repository_owner_id": {"equals": facts.owner_id},
        "build_trigger": {"equals": facts.trigger},
    }
    if facts.runner:
        claims["runner_environment"] = {"equals": facts.runner}
    return {
        "name": "first-use",
        "minimum_level": provenance.level,
        "builder_ids": [_builder_rule(provenance, template)],
        "build_types": [build_type],
        "signer": {"sigstore": provenance.signer.sigstore, "issuer": provenance.signer.issuer},
        "claims": claims,
        "external_parameters": {
            "/workflow/repository": {"equals": facts.repository},
            "/workflow/path": {"equals": facts.configuration_path},
            "/workflow/ref": {"template": template} if template else {"equals": facts.ref},
        },
    }


def _builder_rule(provenance: Provenance, template: str | None) -> JsonValue:
    """A third-party builder's own ref never follows the package's version: it is another project's release."""
    workflow = parse_workflow(provenance.builder_id)
    own = workflow is not None and repository(workflow.repository) == provenance.facts.repository
    if template and own and workflow is not None and workflow.ref == provenance.facts.ref:
        return {"template": f"{workflow.repository}/{workflow.path}@{template}"}
    return {"equals": provenance.builder_id}
