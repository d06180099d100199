"""Certificates, logs and times: the sources of what is believed of a signer, each cut out or bent."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.attacks.gate import kept_out, let_in
from tests.support import statements
from tests.support.bundles import LOGGED_AT, Bundles, Json, entry_of
from tests.support.certificates import der
from tests.support.honest import NOW, SIGNED_AT, Honest, Statement
from tests.support.keys import b64
from verification.reasons import Reason

V1, V2, INTOTO = "v0.3, Rekor v1", "v0.3, Rekor v2", "v0.3, Rekor v1, intoto entry"
LOGS = [V1, V2, INTOTO]


def let_the_honest_in(bundles: Bundles, form: str = V1) -> None:
    """Hold that a sound bundle of the form passes."""
    let_in(bundles.honest.judge(bundles.bundle(form)))


@pytest.mark.parametrize("form", LOGS)
def test_an_expired_certificate(bundles: Bundles, form: str) -> None:
    """Certificate expired: a key that was stolen after its ten minutes signs on."""
    let_the_honest_in(bundles, form)
    kept_out(bundles.honest.judge(bundles.bundle(form, at=SIGNED_AT + timedelta(minutes=11))), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("form", LOGS)
def test_a_certificate_that_is_not_yet_valid(bundles: Bundles, form: str) -> None:
    """Certificate not yet valid: a signature that is older than its signer."""
    let_the_honest_in(bundles, form)
    kept_out(bundles.honest.judge(bundles.bundle(form, at=SIGNED_AT - timedelta(seconds=2))), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("form", LOGS)
def test_a_certificate_without_sct(bundles: Bundles, form: str) -> None:
    """Certificate without SCT: an authority issues one in secret, which no log would show to its owner."""
    let_the_honest_in(bundles, form)
    secret = bundles.credential(sct=False)
    kept_out(bundles.honest.judge(bundles.bundle(form, secret)), Reason.NOT_AUTHENTIC)


def test_a_certificate_of_another_key(bundles: Bundles) -> None:
    """The package's certificate, which everybody can copy, with a signature by a key of the attacker's own."""
    let_the_honest_in(bundles)
    copied = replace(bundles.credential(), private_key=ec.generate_private_key(ec.SECP256R1()))
    kept_out(bundles.honest.judge(bundles.bundle(V1, copied)), Reason.NOT_AUTHENTIC)


def test_a_certificate_of_another_authority(bundles: Bundles, staging: Honest) -> None:
    """A certificate of another authority that names itself after the real one."""
    let_the_honest_in(bundles)
    foreign = staging.world.issue(staging.identity.san, staging.identity.claims(), at=SIGNED_AT)
    kept_out(bundles.honest.judge(bundles.bundle(V1, foreign)), Reason.SIGNER_UNKNOWN)


@pytest.mark.parametrize("form", ["v0.1, Rekor v1", "v0.2, Rekor v1", "v0.2, Rekor v2", "promised"])
def test_a_strangers_certificate_in_the_chain(bundles: Bundles, staging: Honest, form: str) -> None:
    """A stranger's certificate stands behind the signer's in its chain, to be kept and served as if it had a part in it."""
    authority = bundles.honest.world.trusted_root()["certificateAuthorities"][0]["certChain"]["certificates"]

    def chained(*further: dict[str, str]) -> Json:
        bundle = bundles.promised() if form == "promised" else bundles.bundle(form)
        bundle["verificationMaterial"]["x509CertificateChain"]["certificates"] += further
        return bundle

    stranger = {"rawBytes": b64(der(bundles.credential().certificate))}
    foreign = staging.world.trusted_root()["certificateAuthorities"][0]["certChain"]["certificates"]
    let_in(bundles.honest.judge(chained(*authority)))
    for further in ([stranger], [authority[0], stranger], foreign, [authority[1]]):
        kept_out(bundles.honest.judge(chained(*further)), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("form", LOGS)
def test_a_log_entry_of_another_envelope(bundles: Bundles, form: str) -> None:
    """Log entry for another envelope: what was published is not what is shown."""
    let_the_honest_in(bundles, form)
    credential = bundles.credential()
    one, other = bundles.bundle(form, credential), bundles.bundle(form, credential)
    one["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    kept_out(bundles.honest.judge(one), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("form", LOGS)
def test_no_log_entry(bundles: Bundles, form: str) -> None:
    """A signature that was never published, so that nobody could have noticed it."""
    let_the_honest_in(bundles, form)
    bundle = bundles.bundle(form)
    bundle["verificationMaterial"]["tlogEntries"] = []
    # With a timestamp it is what an instance without a log makes, and this one has a log.
    kept_out(bundles.honest.judge(bundle), Reason.NOT_AUTHENTIC if form == V2 else Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("member", ["inclusionProof", "inclusionPromise"])
def test_half_a_log_entry(bundles: Bundles, member: str) -> None:
    """A log entry that is promised and not proven, or has a time that its log has not signed."""
    let_the_honest_in(bundles)
    bundle = bundles.bundle()
    del entry_of(bundle)[member]
    kept_out(bundles.honest.judge(bundle), Reason.EVIDENCE_MALFORMED)


def test_a_time_that_was_bent(bundles: Bundles) -> None:
    """A log entry's time is moved into the validity of an expired certificate."""
    late = bundles.bundle(at=SIGNED_AT + timedelta(hours=1))
    let_the_honest_in(bundles)
    entry_of(late)["integratedTime"] = str(int(LOGGED_AT.timestamp()))
    kept_out(bundles.honest.judge(late), Reason.NOT_AUTHENTIC)


def test_a_timestamp_of_another_signature(bundles: Bundles) -> None:
    """An RFC 3161 timestamp is borrowed from another signature of the same certificate."""
    let_the_honest_in(bundles, V2)
    credential = bundles.credential()
    one, other = bundles.bundle(V2, credential), bundles.bundle(V2, credential)
    key = "timestampVerificationData"
    one["verificationMaterial"][key] = other["verificationMaterial"][key]
    kept_out(bundles.honest.judge(one), Reason.NOT_AUTHENTIC)


def test_a_timestamp_of_another_authority(bundles: Bundles, staging: Honest) -> None:
    """An RFC 3161 timestamp by an authority of the attacker's own, who stamps whatever moment he likes."""
    let_the_honest_in(bundles, V2)
    bundle = bundles.bundle(V2)
    stamp = staging.world.stamp(bundle["dsseEnvelope"], LOGGED_AT)
    bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}
    kept_out(bundles.honest.judge(bundle), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("form", LOGS)
def test_one_good_time_and_one_beyond_the_certificate(bundles: Bundles, form: str) -> None:
    """Timestamps out of order: beside the good time stands a second one, outside the certificate's validity."""
    let_the_honest_in(bundles, form)
    bundle = bundles.bundle(form)
    stamps = bundle["verificationMaterial"].setdefault("timestampVerificationData", {"rfc3161Timestamps": []})
    stamps["rfc3161Timestamps"].append(
        bundles.honest.world.stamp(bundle["dsseEnvelope"], SIGNED_AT - timedelta(days=1))
    )
    kept_out(bundles.honest.judge(bundle), Reason.NOT_AUTHENTIC)


def test_a_signature_from_the_future(honest: Honest) -> None:
    """Timestamps in the future: certificate, log and signature are all of tomorrow."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    kept_out(honest.judge(attestation, now=SIGNED_AT - timedelta(days=1)), Reason.TIME_IMPLAUSIBLE)


@pytest.mark.parametrize(
    ("started", "finished"),
    [
        ("2026-03-01T11:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T11:00:00Z", "2026-03-01T12:30:00Z"),
        ("2027-01-01T00:00:00Z", "2027-01-01T00:10:00Z"),
        ("2026-03-01T12:00:00-09:00", "2026-03-01T12:01:00-09:00"),
    ],
    ids=["finished before started", "finished after signed", "in the future", "in another time zone"],
)
def test_times_of_the_build_out_of_order(honest: Honest, started: str, finished: str) -> None:
    """Timestamps out of order: the build ended before it began, or after it was signed."""

    def timed(first: str, last: str) -> Statement:
        statement = honest.provenance()
        statement["predicate"]["runDetails"]["metadata"].update(startedOn=first, finishedOn=last)
        return statement

    let_in(honest.judge(honest.sign(timed("2026-03-01T11:00:00Z", "2026-03-01T11:59:00Z"))))
    kept_out(honest.judge(honest.sign(timed(started, finished))), Reason.TIME_IMPLAUSIBLE)


def test_one_byte_of_the_certificate(honest: Honest) -> None:
    """Tamper with the certificate: a claim is changed where it stands, and the length of nothing."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    text = base64.b64decode(attestation["verification_material"]["certificate"])
    assert text.count(b"123456") == 1
    attestation["verification_material"]["certificate"] = base64.b64encode(text.replace(b"123456", b"654321")).decode()
    kept_out(honest.judge(attestation), Reason.NOT_AUTHENTIC)


def test_an_old_certificates_few_claims(honest: Honest) -> None:
    """A certificate of before 2023, which knows no numbers and no workflow, for what was pinned by those."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    credential = honest.world.issue(honest.identity.san, {}, at=SIGNED_AT, legacy=honest.identity.legacy_claims())
    payload: Any = statements.encode(honest.provenance())
    bundle = honest.world.sign(payload, credential, at=LOGGED_AT)
    kept_out(honest.judge(bundle), Reason.CLAIMS_DISAGREE)


def test_a_claim_that_is_not_text(honest: Honest) -> None:
    """A claim in another encoding, which some readers would take for its bytes and others for nothing."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation, now=NOW))
    bent = json.loads(json.dumps(attestation))
    text = base64.b64decode(bent["verification_material"]["certificate"])
    bent["verification_material"]["certificate"] = base64.b64encode(
        text.replace(b"\x0c\x06123456", b"\x04\x06123456")
    ).decode()
    assert bent != attestation
    kept_out(honest.judge(bent), Reason.NOT_AUTHENTIC)
