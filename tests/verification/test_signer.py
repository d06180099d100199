"""The signer of a certificate: Fulcio's claims, and what certificates before 2023 say instead."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.honest import SIGNED_AT, Honest
from tests.support.identities import CircleCiPipeline, GitHubWorkflow
from verification.build_types.claims import read_facts
from verification.signer import CertificateUnreadable, read_signer


def test_an_old_certificate_is_read_under_the_newer_names(honest: Honest) -> None:
    """Evidence 5: certificates before 2023 have only .1 to .6; what they do not say is absent."""
    run = GitHubWorkflow()
    certificate = honest.world.issue(run.san, {}, at=SIGNED_AT, legacy=run.legacy_claims()).certificate
    facts = read_facts(read_signer(certificate, sigstore="simulated"))
    assert (facts.repository, facts.commit, facts.ref, facts.trigger) == (
        run.repository_url,
        run.commit,
        run.ref,
        run.trigger,
    )
    assert (facts.repository_id, facts.owner_id, facts.configuration_path, facts.runner) == (None,) * 4


def test_old_claims_never_fill_gaps_of_newer_ones(honest: Honest) -> None:
    """A certificate with any newer claim says by those what it knows, and nothing else."""
    run = GitHubWorkflow(ref="refs/heads/old")
    claims = {"issuer": run.claims()["issuer"], "source_repository_identifier": "1"}
    certificate = honest.world.issue(run.san, claims, at=SIGNED_AT, legacy=run.legacy_claims()).certificate
    signer = read_signer(certificate, sigstore="simulated")
    assert signer.claims.keys() == {"issuer", "source_repository_id"}


def test_old_claims_are_githubs_alone(honest: Honest) -> None:
    """Another issuer's raw claims are nobody's: .5 would become a repository on github.com."""
    legacy = GitHubWorkflow().legacy_claims() | {"issuer": "https://issuer.example"}
    certificate = honest.world.issue("https://issuer.example/x", {}, at=SIGNED_AT, legacy=legacy).certificate
    assert read_signer(certificate, sigstore="simulated").claims == {}


def test_an_old_certificates_evidence_is_refused_for_what_it_does_not_back(honest: Honest) -> None:
    """Step 6: the workflow's path stands in the predicate alone, and a tenant can write that."""
    run = GitHubWorkflow()
    credential = honest.world.issue(run.san, {}, at=SIGNED_AT, legacy=run.legacy_claims())
    from tests.support import statements

    attestation = honest.world.attest(statements.encode(honest.provenance()), credential, at=SIGNED_AT)
    assert not honest.examine(attestation).sound


def test_a_placeholder_is_no_claim(honest: Honest) -> None:
    """CircleCI writes ``""`` for the runner: a rule on it must not find something there."""
    run = CircleCiPipeline()
    certificate = honest.world.issue(run.san, run.claims(), at=SIGNED_AT).certificate
    assert "runner_environment" not in read_signer(certificate, sigstore="simulated").claims


@pytest.mark.parametrize("length", [1, 2, 126, 127, 128, 254, 255, 256, 70_000])
def test_a_claim_of_any_length(honest: Honest, length: int) -> None:
    """X.690, section 8.1.3: a length of 128 and more is written in another way than a shorter one."""
    run = GitHubWorkflow()
    claims = {**run.claims(), "build_trigger": "\N{LATIN SMALL LETTER E WITH ACUTE}".rjust(length, "x")}
    certificate = honest.world.issue(run.san, claims, at=SIGNED_AT).certificate
    assert read_signer(certificate, sigstore="simulated").claims["build_trigger"] == claims["build_trigger"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x83\xbf\x30\x01\x09", b"\x83\xbf\x30\x01\x08"),
        (b"https://github.com/example/widget/.github/workflows/release.yml@", b"\xff" * 64),
    ],
    ids=["a claim that stands twice", "an identity that is no text"],
)
def test_extensions_that_cannot_be_read_are_declared(honest: Honest, old: bytes, new: bytes) -> None:
    """x509 reads all extensions at once, and raises errors of its own kinds; nobody else is to know them."""
    run = GitHubWorkflow()
    certificate = honest.world.issue(run.san, run.claims(), at=SIGNED_AT).certificate
    der = certificate.public_bytes(Encoding.DER)
    changed = x509.load_der_x509_certificate(der.replace(old, new[: len(old)], 1))
    with pytest.raises(CertificateUnreadable):
        read_signer(changed, sigstore="simulated")
