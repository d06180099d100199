"""An instance without a log, as GitHub's own for private repositories: less is shown there, and nothing is let slip for it."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.attacks.gate import kept_out, let_in
from tests.support import statements
from tests.support.bundles import Bundles, Json
from tests.support.certificates import der
from tests.support.honest import SIGNED_AT, Honest
from tests.support.keys import b64
from tests.support.unlogged import STAMPED_AT, Unlogged
from verification.reasons import Reason
from verification.verdict import Verdict, failures


def judged(unlogged: Unlogged, bundle: Json) -> Verdict:
    """Return the verdict on a bundle under what first use pins of the private release."""
    return unlogged.gate.judge(bundle, expectation=unlogged.expectation())


def stamps_of(bundle: Json) -> list[Any]:
    """Return the bundle's timestamps, to be changed."""
    stamps: list[Any] = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    return stamps


@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.3, Rekor v2"])
def test_a_log_entry_taken_away(unlogged: Unlogged, bundles: Bundles, form: str) -> None:
    """The log entry of an instance that has a log is taken away, and a timestamp left: the signature was kept secret."""
    logged = unlogged.honest
    bundle = bundles.bundle(form)
    let_in(unlogged.gate.judge(bundle, expectation=logged.expectation()))
    stripped = copy.deepcopy(bundle)
    stripped["verificationMaterial"]["tlogEntries"] = []
    stripped["verificationMaterial"]["timestampVerificationData"] = {
        "rfc3161Timestamps": [logged.world.stamp(bundle["dsseEnvelope"], STAMPED_AT)]
    }
    refused = kept_out(unlogged.gate.judge(stripped, expectation=logged.expectation()), Reason.NOT_AUTHENTIC)
    assert any("logs all it signs" in check.actual for check in failures(refused))
    del stripped["verificationMaterial"]["tlogEntries"]
    kept_out(unlogged.gate.judge(stripped, expectation=logged.expectation()), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("log", ["rekor-v1", "rekor-v2"])
@pytest.mark.parametrize("whose", ["its own", "the logged instance's"])
def test_a_log_entry_added(unlogged: Unlogged, log: Any, whose: str) -> None:
    """A log entry is added to evidence of an instance that has no log, to be shown as if it had been published there."""
    bundle = unlogged.bundle()
    let_in(judged(unlogged, bundle))
    world = unlogged.world if whose == "its own" else unlogged.honest.world
    credential = unlogged.world.issue(
        unlogged.honest.identity.san, unlogged.honest.identity.claims(), at=SIGNED_AT, sct=True
    )
    logged = unlogged.world.sign(statements.encode(unlogged.honest.provenance()), credential, at=STAMPED_AT, log=log)
    entry = world.record(logged["dsseEnvelope"], credential.certificate, at=STAMPED_AT, log=log)
    logged["verificationMaterial"]["tlogEntries"] = [entry]
    kept_out(judged(unlogged, logged), Reason.NOT_AUTHENTIC)
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    kept_out(judged(unlogged, bundle), Reason.NOT_AUTHENTIC)


@pytest.mark.parametrize("whose", ["the logged instance's", "a stranger's"])
def test_a_timestamp_of_another_instances_authority(unlogged: Unlogged, staging: Honest, whose: str) -> None:
    """Without a log the timestamp is all that says when: one by an authority of another instance says nothing here."""
    bundle = unlogged.bundle()
    let_in(judged(unlogged, bundle))
    world = unlogged.honest.world if whose == "the logged instance's" else staging.world
    foreign = world.stamp(bundle["dsseEnvelope"], STAMPED_AT)
    for stamps in ([foreign], [*stamps_of(bundle), foreign]):
        forged = copy.deepcopy(bundle)
        stamps_of(forged)[:] = stamps
        kept_out(judged(unlogged, forged), Reason.NOT_AUTHENTIC)


def test_no_timestamp_and_no_log(unlogged: Unlogged) -> None:
    """Neither a log nor a timestamp says when it was signed: a stolen key could sign for ever."""
    bundle = unlogged.bundle()
    let_in(judged(unlogged, bundle))
    stamps_of(bundle).clear()
    kept_out(judged(unlogged, bundle), Reason.EVIDENCE_MALFORMED)
    del bundle["verificationMaterial"]["timestampVerificationData"]
    kept_out(judged(unlogged, bundle), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("late", [timedelta(seconds=-2), timedelta(minutes=11)])
def test_stamped_beyond_the_certificate(unlogged: Unlogged, late: timedelta) -> None:
    """The certificate was expired, or not yet valid, at the timestamp: a key that was stolen after its ten minutes."""
    bundle = unlogged.bundle()
    let_in(judged(unlogged, bundle))
    kept_out(judged(unlogged, unlogged.bundle(at=SIGNED_AT + late)), Reason.NOT_AUTHENTIC)
    stamps_of(bundle).append(unlogged.world.stamp(bundle["dsseEnvelope"], SIGNED_AT + late))
    kept_out(judged(unlogged, bundle), Reason.NOT_AUTHENTIC)


def test_a_timestamp_of_another_envelope(unlogged: Unlogged) -> None:
    """A timestamp is borrowed from other evidence of the same instance that has no log."""
    bundle, other = unlogged.bundle(), unlogged.bundle()
    let_in(judged(unlogged, bundle))
    bundle["verificationMaterial"]["timestampVerificationData"] = other["verificationMaterial"][
        "timestampVerificationData"
    ]
    kept_out(judged(unlogged, bundle), Reason.NOT_AUTHENTIC)


def test_another_key_than_the_certificates(unlogged: Unlogged) -> None:
    """Without a log, too, the certificate's own key has to have signed these very bytes."""
    bundle = unlogged.bundle()
    let_in(judged(unlogged, bundle))
    bundle["dsseEnvelope"]["payload"] = b64(statements.encode(unlogged.honest.publish()))
    kept_out(judged(unlogged, bundle), Reason.NOT_AUTHENTIC)
    forged, copied = unlogged.bundle(key=ec.generate_private_key(ec.SECP256R1())), unlogged.bundle()
    forged["verificationMaterial"]["certificate"] = copied["verificationMaterial"]["certificate"]
    kept_out(judged(unlogged, forged), Reason.NOT_AUTHENTIC)


def test_a_certificate_of_neither_instance(unlogged: Unlogged, staging: Honest) -> None:
    """An instance without a log that the roots do not know signs for the very same workflow."""
    let_in(judged(unlogged, unlogged.bundle()))
    kept_out(judged(unlogged, Unlogged(unlogged.honest, staging.world).bundle()), Reason.SIGNER_UNKNOWN)


def test_the_logged_instances_certificate_without_a_log(unlogged: Unlogged) -> None:
    """An authority with a log issues a certificate that no log has seen, and it is used as where there is none."""
    let_in(judged(unlogged, unlogged.bundle()))
    world, identity = unlogged.honest.world, unlogged.honest.identity
    for sct in (True, False):
        secret = world.issue(identity.san, identity.claims(), at=SIGNED_AT, sct=sct)
        bundle = world.sign_unlogged(statements.encode(unlogged.honest.provenance()), secret, at=STAMPED_AT)
        kept_out(unlogged.gate.judge(bundle, expectation=unlogged.honest.expectation()), Reason.NOT_AUTHENTIC)
        theirs = unlogged.bundle()
        theirs["verificationMaterial"]["certificate"] = {"rawBytes": b64(der(secret.certificate))}
        kept_out(judged(unlogged, theirs), Reason.NOT_AUTHENTIC)


def test_what_is_bound_to_a_log_stays_bound(unlogged: Unlogged) -> None:
    """The same workflow signs by the instance without a log, for a package that is bound to the one that has it."""
    logged = unlogged.honest.expectation()
    let_in(unlogged.gate.judge(unlogged.honest.sign(unlogged.honest.provenance()), expectation=logged))
    kept_out(unlogged.gate.judge(unlogged.bundle(), expectation=logged), Reason.SIGNER_UNEXPECTED)


def test_an_issuer_like_the_enterprises_own(unlogged: Unlogged) -> None:
    """An enterprise's own issuer is exact, by an instance without a log too: neither GitHub's nor one below it."""
    let_in(judged(unlogged, unlogged.bundle()))
    for issuer in ("https://token.actions.githubusercontent.com/octocorp", "https://token.actions.octocorp.ghe.com"):
        identity = unlogged.honest.identity
        credential = unlogged.world.issue(identity.san, identity.claims() | {"issuer": issuer}, at=SIGNED_AT, sct=False)
        bundle = unlogged.world.sign_unlogged(
            statements.encode(unlogged.honest.provenance()), credential, at=STAMPED_AT
        )
        kept_out(judged(unlogged, bundle), Reason.SIGNER_UNKNOWN)
