"""What stands beside a plain key's signature: a log entry or timestamp that is shown has to be true."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.attacks.gate import kept_out, let_in
from tests.support.bundles import Json, entry_of
from tests.support.certificates import der
from tests.support.honest import NOW, SIGNED_AT, Honest
from tests.support.keys import b64
from tests.support.plain_keys import ecdsa
from tests.support.unlogged import with_unlogged_instance
from tests.support.witnessed import FORMS, SEEN_AT, Witnessed
from verification.reasons import Reason
from verification.root_of_trust import parse_roots
from verification.verdict import Refused, Verdict, failures

LOGGED = [form for form, (log, _) in FORMS.items() if log is not None]
PROMISED = [form for form, (log, _) in FORMS.items() if log is not None and log != "rekor-v2"]
STAMPED = [form for form, (_, stamped) in FORMS.items() if stamped]


def judged(witnessed: Witnessed, bundle: Json, gate: Honest | None = None) -> Verdict:
    """Return the verdict on a bundle under what first use pins of the key's release."""
    return (gate or witnessed.gate).judge(bundle, expectation=witnessed.expectation())


def refused(verdict: Verdict, *words: str) -> Refused:
    """Hold that the evidence is not authentic, and that the sentence says which part of it is not."""
    kept = kept_out(verdict, Reason.NOT_AUTHENTIC)
    assert any(all(word in check.actual for word in words) for check in failures(kept)), list(failures(kept))
    return kept


def stamps_of(bundle: Json) -> list[Any]:
    """Return the bundle's timestamps, to be changed."""
    stamps: list[Any] = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    return stamps


@pytest.mark.parametrize("form", LOGGED)
def test_a_log_entry_of_another_envelope(witnessed: Witnessed, form: str) -> None:
    """Beside a key: the log entry is of another envelope by the same key, so what was published is not what is shown."""
    bundle, other = witnessed.bundle(form), witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    bundle["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    refused(judged(witnessed, bundle), "log entry", "of another")


@pytest.mark.parametrize("form", LOGGED)
@pytest.mark.parametrize("named", ["another key", "a certificate"])
def test_a_log_entry_that_names_another_signer(witnessed: Witnessed, form: str, named: str) -> None:
    """Beside a key: the log entry is of this envelope, and says that somebody else has signed it."""
    log, _ = FORMS[form]
    assert log is not None
    bundle = witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    identity = witnessed.honest.identity
    stranger: Any = ecdsa(ec.SECP256R1(), hashes.SHA256()).private_key.public_key()
    if named == "a certificate":
        stranger = witnessed.world.issue(identity.san, identity.claims(), at=SIGNED_AT).certificate
    entry = witnessed.world.record(bundle["dsseEnvelope"], stranger, at=SEEN_AT, log=log)
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    refused(judged(witnessed, bundle), "log entry")


@pytest.mark.parametrize("form", PROMISED)
def test_a_broken_promise(witnessed: Witnessed, form: str) -> None:
    """Beside a key: the log's promise is not its own, so the time is whatever somebody wrote there."""
    bundle = witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    entry_of(bundle)["inclusionPromise"]["signedEntryTimestamp"] = b64(b"0" * 70)
    refused(judged(witnessed, bundle), "promise")


@pytest.mark.parametrize("form", PROMISED)
def test_a_time_that_was_bent(witnessed: Witnessed, form: str) -> None:
    """Beside a key: the entry's time is moved back to before the key was distrusted."""
    bundle = witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    entry_of(bundle)["integratedTime"] = str(int(SEEN_AT.timestamp()) - 3600)
    refused(judged(witnessed, bundle), "promise")
    del entry_of(bundle)["inclusionPromise"]
    refused(judged(witnessed, bundle), "a time without a promise")


@pytest.mark.parametrize("form", LOGGED)
def test_a_proof_that_does_not_hold(witnessed: Witnessed, form: str) -> None:
    """Beside a key: the proof of inclusion, or the checkpoint that it leads to, is not the log's."""
    other, bundle = witnessed.bundle(form), witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    for part in ("rootHash", "checkpoint", "logIndex"):
        forged = copy.deepcopy(bundle)
        entry_of(forged)["inclusionProof"][part] = entry_of(other)["inclusionProof"][part]
        refused(judged(witnessed, forged))


@pytest.mark.parametrize("form", LOGGED)
def test_a_strangers_log(witnessed: Witnessed, staging: Honest, form: str) -> None:
    """Beside a key: the entry is in a log of the attacker's own, which says whatever time he likes."""
    let_in(judged(witnessed, witnessed.bundle(form)))
    bundle = witnessed.bundle(form)
    foreign = witnessed.bundle(form, envelope=bundle["dsseEnvelope"], by=staging.world)
    bundle["verificationMaterial"]["tlogEntries"] = foreign["verificationMaterial"]["tlogEntries"]
    refused(judged(witnessed, bundle), "no instance of the roots of trust", "send the bundle without it")
    # And under the name of a log that the roots know.
    entry_of(bundle)["logId"] = entry_of(witnessed.bundle(form))["logId"]
    refused(judged(witnessed, bundle), "log")


@pytest.mark.parametrize("form", STAMPED)
def test_a_strangers_timestamp_authority(witnessed: Witnessed, staging: Honest, form: str) -> None:
    """Beside a key: a timestamp by an authority of the attacker's own, alone or next to a good one."""
    bundle = witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    foreign = staging.world.stamp(bundle["dsseEnvelope"], SEEN_AT)
    for stamps in ([foreign], [*stamps_of(bundle), foreign], [foreign, *stamps_of(bundle)]):
        forged = copy.deepcopy(bundle)
        stamps_of(forged)[:] = stamps
        refused(judged(witnessed, forged), "a timestamp beside the key", "roots of trust")


@pytest.mark.parametrize("form", STAMPED)
def test_a_timestamp_over_other_bytes(witnessed: Witnessed, form: str) -> None:
    """Beside a key: a timestamp of another signature, of before the key was distrusted, is put beside this one."""
    bundle, other = witnessed.bundle(form), witnessed.bundle(form)
    let_in(judged(witnessed, bundle))
    stamps_of(bundle)[:] = stamps_of(other)
    refused(judged(witnessed, bundle), "a timestamp beside the key", "of another signature")


@pytest.mark.parametrize("form", FORMS)
def test_a_time_that_has_not_come(witnessed: Witnessed, form: str) -> None:
    """Beside a key: a log or timestamp authority whose word is of tomorrow, alone or next to one of today."""
    let_in(judged(witnessed, witnessed.bundle(form)))
    tomorrow = NOW + timedelta(days=1)
    log, stamped = FORMS[form]
    if stamped or log != "rekor-v2":
        refused(judged(witnessed, witnessed.bundle(form, at=tomorrow)), "comes from the future")
    bundle = witnessed.bundle(form)
    stamp = witnessed.world.stamp(bundle["dsseEnvelope"], tomorrow)
    material = bundle["verificationMaterial"].setdefault("timestampVerificationData", {"rfc3161Timestamps": []})
    material["rfc3161Timestamps"].append(stamp)
    refused(judged(witnessed, bundle), "comes from the future")


@pytest.mark.parametrize("form", FORMS)
def test_a_leaked_key_signs_on(witnessed: Witnessed, form: str) -> None:
    """A key leaks and is distrusted from then on: what it signs later nobody can have seen before."""
    leaked = witnessed.gate_of({"distrusted_from": f"{SEEN_AT + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"})
    log, stamped = FORMS[form]
    if stamped or log != "rekor-v2":
        let_in(judged(witnessed, witnessed.bundle(form), leaked))
    else:
        kept_out(judged(witnessed, witnessed.bundle(form), leaked), Reason.BUILDER_DISTRUSTED)
    late = witnessed.bundle(form, at=SEEN_AT + timedelta(minutes=1))
    kept_out(judged(witnessed, late, leaked), Reason.BUILDER_DISTRUSTED)
    # Without its witnesses it is of the time of receipt, which is later still.
    late["verificationMaterial"] = {"publicKey": {"hint": "x"}}
    kept_out(judged(witnessed, late, leaked), Reason.BUILDER_DISTRUSTED)


@pytest.mark.parametrize("form", FORMS)
def test_a_distrusted_instance_as_witness(witnessed: Witnessed, form: str) -> None:
    """The instance whose log and timestamp authority are the witnesses is distrusted from before they saw it."""
    let_in(judged(witnessed, witnessed.bundle(form)))
    broken = witnessed.gate_of({}, instance={"distrusted_from": f"{SEEN_AT:%Y-%m-%dT%H:%M:%SZ}"})
    refused(judged(witnessed, witnessed.bundle(form), broken), "that instance is believed of what was signed before")


@pytest.mark.parametrize("form", FORMS)
def test_the_witnesses_of_an_unknown_key(witnessed: Witnessed, form: str) -> None:
    """A log takes anybody's signature: that a stranger's key was logged and timestamped makes it nobody's builder."""
    let_in(judged(witnessed, witnessed.bundle(form)))
    stranger = ecdsa(ec.SECP256R1(), hashes.SHA256())
    kept_out(judged(witnessed, witnessed.bundle(form, key=stranger)), Reason.SIGNER_UNKNOWN)


def test_a_certificate_smuggled_in_beside_a_key(witnessed: Witnessed) -> None:
    """Beside a key stands a certificate too, for readers who look there first."""
    bundle = witnessed.bundle()
    let_in(judged(witnessed, bundle))
    identity = witnessed.honest.identity
    certificate = witnessed.world.issue(identity.san, identity.claims(), at=SIGNED_AT).certificate
    bundle["verificationMaterial"]["certificate"] = {"rawBytes": b64(der(certificate))}
    kept_out(judged(witnessed, bundle), Reason.EVIDENCE_MALFORMED)


def test_more_witnesses_than_anybody_needs(witnessed: Witnessed) -> None:
    """Beside a key stand a hundred entries or timestamps, each of which costs its verification."""
    bundle = witnessed.bundle("dsse entry, timestamp")
    let_in(judged(witnessed, bundle))
    entries = copy.deepcopy(bundle)
    entries["verificationMaterial"]["tlogEntries"] *= 100
    kept_out(judged(witnessed, entries), Reason.EVIDENCE_TOO_MUCH)
    stamps_of(bundle)[:] = [witnessed.world.stamp(bundle["dsseEnvelope"], SEEN_AT) for _ in range(5)]
    kept_out(judged(witnessed, bundle), Reason.EVIDENCE_TOO_MUCH)


def test_a_second_signature_beside_a_witnessed_one(witnessed: Witnessed) -> None:
    """Two signatures and one entry: which of them the log has seen nobody could tell."""
    bundle = witnessed.bundle("timestamp")
    let_in(judged(witnessed, bundle))
    bundle["dsseEnvelope"]["signatures"] *= 2
    kept_out(judged(witnessed, bundle), Reason.EVIDENCE_MALFORMED)


def test_an_instance_without_a_log_is_no_log(witnessed: Witnessed, staging: Honest) -> None:
    """An instance without a log is nobody's log: it may say when a key's signature was there, and no entry is by it."""
    document = with_unlogged_instance(witnessed.world, staging.world)
    own = witnessed.document()
    document["keys"], document["builders"] = own["keys"], [*document["builders"], own["builders"][-1]]
    gate = witnessed.gate_of({})
    gate.roots = parse_roots(document)
    let_in(judged(witnessed, witnessed.bundle("timestamp", by=staging.world), gate))
    refused(judged(witnessed, witnessed.bundle("dsse entry", by=staging.world), gate), "no instance of the roots")
