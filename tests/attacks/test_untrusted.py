"""SLSA v1.0, threats (F) "Upload modified package": who signed, whether anything was signed, and what."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.attacks.gate import kept_out, let_in
from tests.support import statements
from tests.support.honest import CONTENT, NOW, SIGNED_AT, Honest
from tests.support.keys import dsse_envelope
from tests.support.roots import SIMULATED, with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from verification.judgement import Terms
from verification.pipeline import verify
from verification.reasons import Reason
from verification.root_of_trust import parse_roots


def let_the_honest_in(honest: Honest) -> None:
    """Hold that the honest release passes: what follows fails for its own reason."""
    let_in(honest.judge(honest.sign(honest.provenance())))


def certified(honest: Honest, identity: str, issuer: str) -> Any:
    """Return the honest statement, signed in the world by another identity of another issuer."""
    credential = honest.world.issue(identity, {"issuer": issuer}, at=SIGNED_AT)
    return honest.world.attest(statements.encode(honest.provenance()), credential, at=SIGNED_AT)


@pytest.mark.parametrize(
    ("identity", "issuer"),
    [
        ("mallory@example.org", "https://github.com/login/oauth"),
        ("mallory@gmail.com", "https://accounts.google.com"),
        ("https://ci.example/o/r/.github/workflows/x.yml@refs/tags/v1.0", "https://ci.example"),
        ("https://kubernetes.io/namespaces/evil/serviceaccounts/evil", "https://kubernetes.default.svc"),
        ("spiffe://evil.example/builder", "https://spiffe.example"),
    ],
)
def test_an_untrusted_signer(honest: Honest, identity: str, issuer: str) -> None:
    """(F) Upload package without control of an expected builder: a person or an unlisted CI signs perfect provenance."""
    let_the_honest_in(honest)
    kept_out(honest.judge(certified(honest, identity, issuer)), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize("ref", ["refs/tags/v1.0", "refs/heads/a/b/c/d", f"refs/heads/{'x' * 3_000}"])
def test_a_denied_builder_at_another_ref(honest: Honest, ref: str) -> None:
    """The roots deny a workflow at every ref, and its owner makes one that no glob was written for: deeper, or endless."""
    let_the_honest_in(honest)
    run = honest.as_run(ref=ref)
    statement = honest.sign(honest.provenance(run), run)
    assert honest.examine(statement).sound
    document = with_simulated_instance(honest.world)
    for entry in ("https://github.com/example/widget/**", f"{run.san.partition('@')[0]}@**"):
        gate = replace(honest)
        gate.roots = parse_roots({**document, "denied": {"builders": [entry]}})
        kept_out(gate.judge(statement, expectation=honest.expectation()), Reason.BUILD_DENIED, "denied")


def test_a_strangers_key(honest: Honest) -> None:
    """(F) A key of the attacker's own, whose id claims to be a root of trust's."""
    let_the_honest_in(honest)
    key = ec.generate_private_key(ec.SECP256R1())
    envelope = dsse_envelope(statements.encode(honest.provenance()), key, keyid="operator")
    kept_out(honest.judge(envelope), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize("field", [None, b"[]"])
def test_no_provenance(honest: Honest, field: bytes | None) -> None:
    """(F) Upload package without provenance: the file alone, or an empty list."""
    let_the_honest_in(honest)
    terms = Terms(honest.expectation(), 1, "0" * 64)
    verdict = verify(field, artifact=honest.artifact(), terms=terms, roots=honest.roots, now=NOW)
    kept_out(verdict, Reason.EVIDENCE_MISSING)


def test_a_tampered_artifact(honest: Honest) -> None:
    """(F) Tamper with artifact after CI/CD: one byte of the file is another than the builder made."""
    let_the_honest_in(honest)
    tampered = honest.artifact(content=CONTENT[:-1] + b"?")
    kept_out(honest.judge(honest.sign(honest.provenance()), artifact=tampered), Reason.SUBJECT_MISMATCH)


@pytest.mark.parametrize("part", ["statement", "signature"])
def test_tampered_provenance(honest: Honest, part: str) -> None:
    """(F) Tamper with provenance: one bit of the signed statement or of its signature is another."""
    let_the_honest_in(honest)
    attestation = honest.sign(honest.provenance())
    text = bytearray(base64.b64decode(attestation["envelope"][part]))
    text[len(text) // 2] ^= 1
    attestation["envelope"][part] = base64.b64encode(bytes(text)).decode()
    kept_out(honest.judge(attestation), Reason.NOT_AUTHENTIC)


def test_a_statement_exchanged_for_another(honest: Honest) -> None:
    """(F) Tamper with provenance: the statement of one file under the signature, certificate and log entry of another."""
    let_the_honest_in(honest)
    attestation, other = honest.sign(honest.provenance()), honest.sign(honest.provenance(filename="gadget-1.0.tar.gz"))
    other["envelope"]["statement"] = attestation["envelope"]["statement"]
    kept_out(honest.judge(other), Reason.NOT_AUTHENTIC)


def test_a_payload_of_another_type(honest: Honest) -> None:
    """(F) Bytes that were signed as something else than a statement are sent as one."""
    let_the_honest_in(honest)
    credential = honest.world.issue(honest.identity.san, honest.identity.claims(), at=SIGNED_AT)
    payload = statements.encode(honest.provenance())
    bundle = honest.world.sign(payload, credential, at=SIGNED_AT + timedelta(minutes=1), payload_type="text/plain")
    kept_out(honest.judge(bundle), Reason.NOT_AUTHENTIC)


def test_another_predicate_under_a_good_signature(honest: Honest) -> None:
    """(F) The expected builder's signature is on something that is no provenance: a list of parts, a test report."""
    let_the_honest_in(honest)
    report = {**honest.provenance(), "predicateType": "https://in-toto.io/attestation/test-result/v0.1"}
    kept_out(honest.judge(honest.sign(report)), Reason.PREDICATE_TYPE_UNKNOWN)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "blake2s"])
def test_a_weak_hash(honest: Honest, algorithm: str) -> None:
    """A weak or unlisted hash binds the provenance to the file: two files can be made to share it."""
    let_the_honest_in(honest)
    weak = honest.provenance()
    weak["subject"][0]["digest"] = {algorithm: hashlib.new(algorithm, CONTENT).hexdigest()}
    kept_out(honest.judge(honest.sign(weak)), Reason.SUBJECT_MISMATCH)


@pytest.mark.parametrize("digest", ["", "0", "*"])
def test_a_strong_hash_that_says_nothing(honest: Honest, digest: str) -> None:
    """A weak hash that is right stands beside a strong one that is empty, cut short or a wildcard."""
    let_the_honest_in(honest)
    weak = honest.provenance()
    weak["subject"][0]["digest"] = {"sha1": hashlib.sha1(CONTENT).hexdigest(), "sha256": digest}
    kept_out(honest.judge(honest.sign(weak)), Reason.SUBJECT_MISMATCH)


def test_a_subject_that_contradicts_itself(honest: Honest) -> None:
    """One strong hash of the subject is this file's, and another is a second file's."""
    let_the_honest_in(honest)
    torn = honest.provenance()
    torn["subject"][0]["digest"]["sha512"] = hashlib.sha512(b"another").hexdigest()
    kept_out(honest.judge(honest.sign(torn)), Reason.SUBJECT_MISMATCH)


def test_another_instance(honest: Honest, staging: Honest) -> None:
    """Another instance's material: the same identity, certified and logged by Sigstore's staging."""
    let_the_honest_in(honest)
    let_the_honest_in(staging)
    kept_out(honest.judge(staging.sign(staging.provenance())), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize("part", ["tlogEntries", "certificate"])
def test_a_part_of_another_instance(honest: Honest, staging: Honest, part: str) -> None:
    """Another instance's material: its log entry, or its certificate, within an otherwise sound bundle."""

    def signed(world: Honest) -> Any:
        credential = world.world.issue(world.identity.san, world.identity.claims(), at=SIGNED_AT)
        return world.world.sign(statements.encode(world.provenance()), credential, at=SIGNED_AT)

    bundle = signed(honest)
    let_in(honest.judge(bundle))
    bundle["verificationMaterial"][part] = signed(staging)["verificationMaterial"][part]
    kept_out(honest.judge(bundle), Reason.NOT_AUTHENTIC if part == "tlogEntries" else Reason.SIGNER_UNKNOWN)


def test_two_instances_are_never_one(honest: Honest) -> None:
    """A second instance that the roots know signs for a package that is bound to the first."""
    second = Honest(SigstoreWorld(honest.world.start))
    document = json.loads(honest.roots.canonical)
    document["sigstore"]["second"] = {"trusted_root": second.world.trusted_root()}
    document["builders"] += [
        {**builder, "name": f"{builder['name']} (2)", "signer": {**builder["signer"], "sigstore": "second"}}
        for builder in document["builders"]
        if builder["signer"].get("sigstore") == SIMULATED
    ]
    both = Honest(honest.world)
    both.roots = parse_roots(document)
    let_in(both.judge(honest.sign(honest.provenance())))
    kept_out(both.judge(second.sign(second.provenance())), Reason.SIGNER_UNEXPECTED, "sigstore")
