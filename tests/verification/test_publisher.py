"""PEP 740's provenance object, made of attestations that were verified in any form."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from pypi_attestations import (
    Attestation,
    CircleCIPublisher,
    GitHubPublisher,
    GitLabPublisher,
    GooglePublisher,
    Publisher,
)
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from tests.support.identities import GITHUB_ISSUER, CircleCiPipeline, GitHubWorkflow, GitLabPipeline, GoogleAccount
from tests.support.rows import Signing
from verification.bundle import KeySignedEnvelope, Pep740Attestation, parse
from verification.provenance import Signer
from verification.publisher import has_pep740, publisher_of, to_pep740

FILENAME, CONTENT = "widget-1.0.tar.gz", b"the file"


@pytest.fixture(scope="module")
def signing() -> Signing:
    return Signing()


def _signer(identity: GitHubWorkflow, **claims: str) -> Signer:
    return Signer("simulated", GITHUB_ISSUER, None, identity.san, MappingProxyType({**identity.claims(), **claims}))


def test_github_publisher_is_the_repository_and_the_workflow_file() -> None:
    """PEP 740: each publisher object has a ``kind`` that uniquely identifies the kind of Trusted Publisher."""
    publisher = publisher_of(_signer(GitHubWorkflow()))
    assert publisher == GitHubPublisher(repository="example/widget", workflow="release.yml", environment=None)


def test_the_deployment_environment_is_told_where_it_is_certified() -> None:
    """PEP 740, appendix 1: a publisher object names its environment; here only what the certificate says."""
    publisher = publisher_of(_signer(GitHubWorkflow(environment="pypi")))
    assert publisher == GitHubPublisher(repository="example/widget", workflow="release.yml", environment="pypi")


def test_a_reusable_workflow_is_not_the_publisher() -> None:
    """Threat: who can call a well-known signing workflow passes for its owner."""
    builder = "https://github.com/builders/python/.github/workflows/build.yml@refs/tags/v1"
    publisher = publisher_of(_signer(GitHubWorkflow(signer_workflow=builder)))
    assert publisher == GitHubPublisher(repository="example/widget", workflow="release.yml")


@pytest.mark.parametrize(
    "claims",
    [
        {"source_repository_uri": ""},
        {"source_repository_uri": "https://github.example.com/example/widget"},
        {"source_repository_uri": "https://github.com/someone/else"},
        {"build_config_uri": ""},
        {"build_config_uri": "https://github.com/example/widget/release.yml@refs/tags/v1.0"},
    ],
)
def test_claims_that_name_no_publisher_give_none(claims: dict[str, str]) -> None:
    """Threat: half of an identity is filled in from somewhere else."""
    assert publisher_of(_signer(GitHubWorkflow(), **claims)) is None


def test_another_issuer_is_not_github() -> None:
    """Threat: a company's own forge certifies github.com addresses under its own issuer."""
    signer = replace(_signer(GitHubWorkflow()), issuer="https://token.actions.example.com")
    assert publisher_of(signer) is None


@pytest.mark.parametrize(
    ("run", "publisher"),
    [
        (
            GitLabPipeline(),
            GitLabPublisher(repository="example/tools/widget", workflow_filepath=".gitlab-ci.yml"),
        ),
        (
            CircleCiPipeline(),
            CircleCIPublisher(
                project_id="fdd9283f-e619-46af-8f9c-851f7d3e8b2b",
                pipeline_definition_id="8e4f8ab2-8d7c-4827-9f15-de076d6d647f",
                vcs_origin="github.com/example/widget",
                vcs_ref="refs/tags/v1.0",
            ),
        ),
        (GoogleAccount(), GooglePublisher(email="919436158236-compute@developer.gserviceaccount.com")),
        (GoogleAccount("mallory@gmail.com"), None),
        (replace(CircleCiPipeline(), project="x/y"), None),
    ],
)
def test_the_other_publishers_are_named_as_pypi_names_them(
    run: GitLabPipeline | CircleCiPipeline | GoogleAccount, publisher: Publisher | None
) -> None:
    """PEP 740: each kind's own fields; a human's e-mail is no publisher."""
    claims = MappingProxyType(run.claims())
    assert publisher_of(Signer("simulated", claims["issuer"], None, run.san, claims)) == publisher


def test_a_plain_key_has_no_publisher() -> None:
    """PEP 740 knows publishers by their certificate alone."""
    assert publisher_of(Signer(None, None, "operator", "operator", {})) is None


def test_a_pep_740_object_stays_what_it_is(signing: Signing) -> None:
    """PEP 740: the index serves uploaded attestations."""
    sent = signing.provenance(FILENAME, CONTENT)
    served = to_pep740(Pep740Attestation(json.dumps(sent).encode(), sent))
    assert served == Attestation.model_validate(sent)


def test_a_bundle_of_rekor_v1_verifies_in_its_other_form(signing: Signing) -> None:
    """PEP 740: an attestation object is verifiable by whoever trusts the same authority."""
    bundle = signing.bundle(FILENAME, CONTENT, log="rekor-v1")
    attestation = parse(json.dumps(bundle).encode())
    assert has_pep740(attestation)
    served = to_pep740(attestation)
    assert served is not None
    root = TrustedRoot(TrustedRootDocument.from_json(json.dumps(signing.world.trusted_root())))
    expected = policy.Identity(identity=GitHubWorkflow().san, issuer=None)
    _, statement = Verifier(trusted_root=root).verify_dsse(served.to_bundle(), expected)
    assert json.loads(statement)["subject"][0]["name"] == FILENAME


def test_time_stamps_have_no_place(signing: Signing) -> None:
    """Threat: an attestation stripped of the time that it was verified by is passed on as verified."""
    bundle = signing.bundle(FILENAME, CONTENT, log="rekor-v2")
    assert not has_pep740(parse(json.dumps(bundle).encode()))


def test_an_envelope_of_a_plain_key_has_no_place() -> None:
    """PEP 740: verification material is a certificate."""
    assert not has_pep740(KeySignedEnvelope(b'{"payload": "", "payloadType": "", "signatures": []}'))
