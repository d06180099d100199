"""What first use pins of a run that Fulcio certifies (trust rules, "First use").

Issuer, instance, signer, repository, numeric ids, path, trigger and inputs by ``equals``. The package's own ref becomes
a template of the version where the tag spells it, and likewise that of the signing workflow where it is of the same
repository and ref; a third-party builder's own ref never does, for it is another project's release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from packaging.version import Version

from verification import pointer
from verification.build_types.claims import OWN_TRIGGERS, repository
from verification.build_types.interface import FirstUseRefused
from verification.canonical import JsonValue
from verification.provenance import Facts, Provenance
from verification.reasons import Reason
from verification.template import derive_version_template
from verification.workflow_identity import parse_configuration

Rules = Mapping[str, JsonValue]

_TAGS = "refs/tags/"


def recipe(
    provenance: Provenance, *, version: Version, claims: Rules, parameters: Rules, pin_identity: bool
) -> Mapping[str, JsonValue]:
    """Return the recipe of these rules. ``pin_identity``: the signer is another than the builder id."""
    signer: dict[str, JsonValue] = {"sigstore": provenance.signer.sigstore, "issuer": provenance.signer.issuer}
    if pin_identity:
        signer["identity"] = _identity_rule(provenance.signer.identity, provenance.facts, version)
    return {
        "name": "first-use",
        "minimum_level": provenance.level,
        "builder_ids": [_identity_rule(provenance.builder_id, provenance.facts, version)],
        "build_types": [provenance.build_type],
        "signer": signer if provenance.signer.key is None else {"key": provenance.signer.key},
        "claims": dict(claims),
        "external_parameters": dict(parameters),
    }


def source_claims(facts: Facts) -> dict[str, JsonValue]:
    """Return the rules on the source's ids, the trigger and the runner.

    Raises FirstUseRefused for a trigger that strangers can pull, and where a fact is missing that has to be pinned.
    """
    needed = (facts.repository, facts.repository_id, facts.owner_id, facts.configuration_path, facts.ref, facts.trigger)
    if not all(needed) or facts.commit is None:
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "the certificate lacks a fact that has to be pinned")
    if facts.trigger not in OWN_TRIGGERS:
        raise FirstUseRefused(Reason.FIRST_USE_TRIGGER, str(facts.trigger))
    found: dict[str, JsonValue] = {
        "source_repository_id": {"equals": facts.repository_id},
        "source_repository_owner_id": {"equals": facts.owner_id},
        "build_trigger": {"equals": facts.trigger},
    }
    if facts.runner:
        found["runner_environment"] = {"equals": facts.runner}
    return found


def workflow_claims(provenance: Provenance, version: Version) -> dict[str, JsonValue]:
    """Return rules on the claims of repository, ref and workflow, for build types without parameters that say so."""
    claims = provenance.signer.claims
    return {
        "source_repository_uri": {"equals": claims["source_repository_uri"]},
        "source_repository_ref": ref_rule(provenance.facts.ref, version),
        "build_config_uri": _identity_rule(claims["build_config_uri"], provenance.facts, version),
    }


def workflow_parameters(provenance: Provenance, version: Version) -> dict[str, JsonValue]:
    """Return the rules on ``/workflow/{repository,path,ref}``, and on every other parameter as it is."""
    facts = provenance.facts
    return {
        "/workflow/repository": {"equals": facts.repository},
        "/workflow/path": {"equals": facts.configuration_path},
        "/workflow/ref": ref_rule(facts.ref, version),
        **other_parameters(provenance, ruled=["workflow"]),
    }


def other_parameters(provenance: Provenance, *, ruled: Collection[str] = ()) -> dict[str, JsonValue]:
    """Return a rule that pins each external parameter as it is, but those that are ruled otherwise: inputs, for one."""
    parameters = provenance.external_parameters
    assert isinstance(parameters, dict)
    return {pointer.to_text((key,)): {"equals": value} for key, value in parameters.items() if key not in ruled}


def ref_rule(ref: str | None, version: Version, *, before: str = "") -> JsonValue:
    """Return the rule on a ref of the package's own source, with the text that stands before it."""
    template = derive_version_template(ref or "", version)
    return {"template": before + template} if template and "{" not in before else {"equals": f"{before}{ref or ''}"}


def tag_rule(tag: str, version: Version) -> JsonValue:
    """Return the rule on the tag of the package's own source, where it stands without ``refs/tags/``."""
    match ref_rule(f"{_TAGS}{tag}", version):
        case {"template": str() as template}:
            return {"template": template.removeprefix(_TAGS)}
        case _:
            return {"equals": tag}


def _identity_rule(identity: str, facts: Facts, version: Version) -> JsonValue:
    workflow = parse_configuration(identity)
    own = workflow is not None and repository(workflow.repository) == facts.repository
    if workflow is None or not own or workflow.ref != facts.ref:
        return {"equals": identity}
    return ref_rule(workflow.ref, version, before=identity.removesuffix(workflow.ref))
