"""PEP 740's provenance object: verified attestations, under the publishers that their certificates name.

Nothing is verified here and nothing is believed: signers come out of an accepted verdict. What PEP 740 has no place for
is left out rather than bent into its shape, for in that shape nobody has verified it; the evidence itself stays
available as it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from pypi_attestations import Attestation as Pep740Object
from pypi_attestations import (
    AttestationBundle,
    CircleCIPublisher,
    GitHubPublisher,
    GitLabPublisher,
    GooglePublisher,
    Provenance,
    Publisher,
)

from verification.build_types.claims import GITHUB_ISSUER, GITLAB_ISSUER
from verification.build_types.publish_circleci import CIRCLECI_PUBLISH, split_definition
from verification.build_types.publish_google import GOOGLE_PUBLISH, is_service_account
from verification.bundle import (
    Attestation,
    GoogleCloudBuildProvenance,
    KeySignedBundle,
    KeySignedEnvelope,
    Pep740Attestation,
    SigstoreBundle,
    UnsignedStatement,
    parse,
)
from verification.provenance import Signer
from verification.sigstore_adapter import carries_to_pep740, read_bundle
from verification.workflow_identity import parse_configuration, parse_workflow

GITHUB = "https://github.com/"
GITLAB = "https://gitlab.com/"


def provenance_of(verdict_document: str, evidence: Iterable[tuple[int, bytes]]) -> Provenance | None:
    """Return the provenance object of a file, or None where nothing of it can be told in PEP 740's form.

    ``verdict_document`` is an accepted verdict as it is kept; ``evidence`` the attestations to serve: each one's
    position in the verdict and its bytes as sent. Those of one publisher share a bundle.
    """
    bundles: list[AttestationBundle] = []
    for publisher, attestation in _published(verdict_document, evidence):
        bundle = next((bundle for bundle in bundles if bundle.publisher == publisher), None)
        if bundle is None:
            bundle = AttestationBundle(publisher=publisher, attestations=[])
            bundles.append(bundle)
        bundle.attestations.append(to_pep740(attestation))
    return Provenance(attestation_bundles=bundles) if bundles else None


def has_provenance(verdict_document: str, evidence: Iterable[tuple[int, bytes]]) -> bool:
    """Say whether :func:`provenance_of` has an object to return, without making it."""
    return any(True for _ in _published(verdict_document, evidence))


def _published(
    verdict_document: str, evidence: Iterable[tuple[int, bytes]]
) -> Iterator[tuple[Publisher, Pep740Attestation | SigstoreBundle]]:
    # Plain JSON on purpose: the document is our own, and may be nested deeper than evidence is allowed to be.
    reports: list[dict[str, Any]] = json.loads(verdict_document)["attestations"]
    for position, raw in evidence:
        published = _told(_signer(reports[position]["provenance"]["signer"]), parse(raw))
        if published is not None:
            yield published


def is_published(signer: Signer, attestation: Attestation) -> bool:
    """Say whether :func:`provenance_of` has a place for a verified attestation of this signer."""
    return _told(signer, attestation) is not None


def _told(signer: Signer, attestation: Attestation) -> tuple[Publisher, Pep740Attestation | SigstoreBundle] | None:
    publisher = publisher_of(signer)
    return (publisher, attestation) if publisher is not None and has_pep740(attestation) else None


def _signer(document: dict[str, Any]) -> Signer:
    return Signer(
        sigstore=document["sigstore"],
        issuer=document["issuer"],
        key=document["key"],
        identity=document["identity"],
        claims=document["claims"],
    )


def publisher_of(signer: Signer) -> Publisher | None:
    """Return the publisher object of a verified signer, or None where PEP 740's users know no such kind.

    The repository is the one that was built from and the workflow the one that was started, as a Trusted Publisher is
    configured: a reusable workflow that signs for others is not the publisher.
    """
    match signer.issuer:
        case str() as issuer if issuer == GITHUB_ISSUER:
            return _github(signer)
        case str() as issuer if issuer == GITLAB_ISSUER:
            return _gitlab(signer)
        case str() as issuer if issuer == CIRCLECI_PUBLISH.issuer:
            return _circleci(signer)
        case str() as issuer if issuer == GOOGLE_PUBLISH.issuer and is_service_account(signer.identity):
            return GooglePublisher(email=signer.identity)
        case _:
            return None


def _github(signer: Signer) -> Publisher | None:
    repository = signer.claims.get("source_repository_uri", "")
    workflow = parse_workflow(signer.claims.get("build_config_uri", ""))
    if workflow is None or workflow.repository != repository or not repository.startswith(GITHUB):
        return None
    return GitHubPublisher(
        repository=repository.removeprefix(GITHUB),
        workflow=workflow.path.rpartition("/")[2],
        environment=signer.claims.get("deployment_environment"),
    )


def _gitlab(signer: Signer) -> Publisher | None:
    repository = signer.claims.get("source_repository_uri", "")
    pipeline = parse_configuration(signer.claims.get("build_config_uri", ""))
    if pipeline is None or pipeline.repository != repository or not repository.startswith(GITLAB):
        return None
    return GitLabPublisher(
        repository=repository.removeprefix(GITLAB),
        workflow_filepath=pipeline.path,
        environment=signer.claims.get("deployment_environment"),
    )


def _circleci(signer: Signer) -> Publisher | None:
    pipeline = split_definition(signer.identity)
    if pipeline is None:
        return None
    return CircleCIPublisher(
        project_id=pipeline[0],
        pipeline_definition_id=pipeline[1],
        vcs_origin=signer.claims.get("source_repository_uri"),
        vcs_ref=signer.claims.get("source_repository_ref"),
    )


def has_pep740(attestation: Attestation) -> TypeGuard[Pep740Attestation | SigstoreBundle]:
    """Say whether PEP 740's form can carry what a verified attestation was verified by.

    It has no place for RFC 3161 timestamps, a promise without a proof, a plain key, or no signature at all.
    """
    match attestation:
        case Pep740Attestation():
            return True
        case SigstoreBundle():
            return carries_to_pep740(read_bundle(attestation))
        case KeySignedEnvelope() | KeySignedBundle() | GoogleCloudBuildProvenance() | UnsignedStatement():
            return False


def to_pep740(attestation: Pep740Attestation | SigstoreBundle) -> Pep740Object:
    """Return a verified attestation that :func:`has_pep740` as PEP 740's object."""
    if isinstance(attestation, Pep740Attestation):
        return Pep740Object.model_validate_json(attestation.raw)
    return Pep740Object.from_bundle(read_bundle(attestation))
