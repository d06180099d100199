"""Bundles by a plain key with a log entry or timestamps beside it: what is sound, and which time counts.

How they are attacked stands in ``tests/attacks/test_witnesses.py``.
"""

from __future__ import annotations

import copy
import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import given, settings
from hypothesis import strategies as st
from sigstore.models import Bundle, InvalidBundle

from tests.support import transparency_log
from tests.support.bundles import Json, entry_of
from tests.support.honest import NOW
from tests.support.keys import b64
from tests.support.plain_keys import PlainKey, ecdsa, ed25519_key, pss, rsa_key
from tests.support.sigstore_world import LogName
from tests.support.transparency_log import LogSigner
from tests.support.witnessed import FORMS, SEEN_AT, Witnessed
from tests.verification.test_stock_verifier import changed_byte
from verification.bundle import EvidenceRefused, KeySignedBundle, KeySignedEnvelope, parse
from verification.examination import Examined, examine
from verification.publisher import has_pep740
from verification.reasons import Reason
from verification.root_document import MAX_INSTANCES
from verification.sigstore_adapter import NotAuthentic, SigstoreInstance, Witness, witnesses_of
from verification.sigstore_adapter.entry_signer import is_named

V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"

RECEIVED = NOW


def examined(witnessed: Witnessed, bundle: Json, *, now: datetime = RECEIVED) -> Examined:
    """Return a bundle examined by the gate."""
    honest = witnessed.gate
    return examine(json.dumps(bundle).encode(), artifact=honest.artifact(), roots=honest.roots, now=now)


def signed_at(witnessed: Witnessed, bundle: Json) -> datetime | None:
    """Return the time of a bundle that is sound."""
    found = examined(witnessed, bundle)
    assert found.sound, [check for check in found.checks if check.reason]
    assert found.provenance is not None
    return found.provenance.signed_at


@pytest.fixture(scope="module")
def sound(witnessed: Witnessed) -> list[Json]:
    """One bundle of each form, made once: what hypothesis repeats has to be the same each time."""
    return [witnessed.bundle(form) for form in FORMS]


def asked(witnessed: Witnessed, bundle: Json, *, key: PlainKey | None = None) -> tuple[Witness, ...]:
    """Return the witnesses of a bundle's signature by the key; raises as the adapter does."""
    attestation = parse(json.dumps(bundle).encode())
    assert isinstance(attestation, KeySignedBundle)
    public = (key or witnessed.key).private_key.public_key()
    return witnesses_of(attestation, public, witnessed.gate.roots.instances.values(), RECEIVED)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_seen_was_signed_when_it_was_seen(witnessed: Witnessed, form: str) -> None:
    """The time is the log's or the timestamp authority's where one of them says it, else that of receipt."""
    log, stamped = FORMS[form]
    tells = stamped or log != "rekor-v2"
    assert signed_at(witnessed, witnessed.bundle(form)) == (SEEN_AT if tells else RECEIVED)
    assert {witness.instance for witness in asked(witnessed, witnessed.bundle(form))} == {"simulated"}


def test_the_earliest_time_counts(witnessed: Witnessed) -> None:
    """Who saw the signature first bounds best when it was made."""
    bundle = witnessed.bundle("dsse entry, timestamp")
    for minutes in (-1, 3):
        stamp = witnessed.world.stamp(bundle["dsseEnvelope"], SEEN_AT + timedelta(minutes=minutes))
        bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"].append(stamp)
    assert signed_at(witnessed, bundle) == SEEN_AT - timedelta(minutes=1)


@pytest.mark.parametrize(
    "material", [{}, {"tlogEntries": []}, {"timestampVerificationData": {"rfc3161Timestamps": []}}]
)
def test_a_key_alone_stays_as_it_was(witnessed: Witnessed, material: Json) -> None:
    """Trust rules, "Roots at work": without a trusted time of its own the time of receipt is the time."""
    bundle = witnessed.bundle("timestamp") | {"verificationMaterial": {"publicKey": {"hint": "x"}, **material}}
    assert isinstance(parse(json.dumps(bundle).encode()), KeySignedEnvelope)
    assert signed_at(witnessed, bundle) == RECEIVED
    assert signed_at(witnessed, witnessed.envelope()) == RECEIVED


def test_no_place_for_it_in_pep_740(witnessed: Witnessed) -> None:
    """PEP 740 knows certificates alone."""
    assert not has_pep740(parse(json.dumps(witnessed.bundle()).encode()))


KEYS: dict[str, tuple[PlainKey, tuple[LogName, ...]]] = {
    "P-256": (ecdsa(ec.SECP256R1(), hashes.SHA256()), ("rekor-v1", "rekor-v1-hashedrekord", "rekor-v2")),
    "P-384": (ecdsa(ec.SECP384R1(), hashes.SHA384()), ("rekor-v1", "rekor-v1-intoto", "rekor-v2")),
    "Ed25519": (ed25519_key(), ("rekor-v1", "rekor-v1-intoto")),
    "RSA": (rsa_key(padding.PKCS1v15(), hashes.SHA256()), ("rekor-v1", "rekor-v1-intoto", "rekor-v2")),
    "RSA, PSS": (rsa_key(pss(hashes.SHA256()), hashes.SHA256()), ("rekor-v1", "rekor-v1-intoto")),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_every_kind(witnessed: Witnessed, kind: str) -> None:
    """Whatever kind of key the roots may name, the entry has to name that very key."""
    key, logs = KEYS[kind]
    for log in logs:
        form = next(form for form, (found, stamped) in FORMS.items() if found == log and not stamped)
        bundle = witnessed.bundle(form, key=key)
        assert len(asked(witnessed, bundle, key=key)) == 1
        with pytest.raises(NotAuthentic, match="log entry"):
            asked(witnessed, bundle)


def test_rekor_v2_logs_no_digest_for_ed25519(witnessed: Witnessed) -> None:
    """Sigstore's algorithm registry: an Ed25519 key signs the message, so no entry over its digest is of that signature."""
    key, _ = KEYS["Ed25519"]
    with pytest.raises(NotAuthentic, match="a kind that signs none"):
        asked(witnessed, witnessed.bundle("Rekor v2", key=key), key=key)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(kind="dsse"),
        lambda body: body["spec"]["hashedRekordV002"]["data"].update(algorithm="SHA2_384"),
        lambda body: body["spec"]["hashedRekordV002"]["data"].update(digest="QQ=="),
        lambda body: body["spec"]["hashedRekordV002"]["signature"].update(content="QQ=="),
        lambda body: body["spec"]["hashedRekordV002"]["signature"]["verifier"].update(
            keyDetails="PKIX_ECDSA_P384_SHA_384"
        ),
        lambda body: body["spec"]["hashedRekordV002"]["signature"]["verifier"].update(
            x509Certificate={"rawBytes": "QQ=="}
        ),
        lambda body: body["spec"]["hashedRekordV002"]["signature"]["verifier"].pop("publicKey"),
    ],
)
def test_a_body_of_rekor_v2_has_one_form(witnessed: Witnessed, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """The log itself says something else of the envelope: it really logged that."""
    honest_body = transparency_log._hashedrekord_body

    def body_of(envelope: Json, signer: LogSigner) -> bytes:
        body = json.loads(honest_body(envelope, signer))
        change(body)
        return json.dumps(body).encode()

    monkeypatch.setattr(transparency_log, "_hashedrekord_body", body_of)
    with pytest.raises(NotAuthentic, match="log entry"):
        asked(witnessed, witnessed.bundle("Rekor v2"))


@pytest.mark.parametrize("form", ["dsse entry", "intoto entry", "hashedrekord entry"])
def test_a_promise_alone_is_enough_in_v01_alone(witnessed: Witnessed, form: str) -> None:
    """protobuf-specs: in v0.1 the promise is required and the proof is not; from v0.2 on the proof is."""
    bundle = witnessed.bundle(form)
    del entry_of(bundle)["inclusionProof"]
    assert signed_at(witnessed, bundle | {"mediaType": V01}) == SEEN_AT
    for version in ("0.2", "0.3"):
        with pytest.raises(EvidenceRefused):
            asked(witnessed, bundle | {"mediaType": f"application/vnd.dev.sigstore.bundle+json;version={version}"})
    unpromised = witnessed.bundle(form) | {"mediaType": V01}
    del entry_of(unpromised)["inclusionPromise"]
    with pytest.raises(EvidenceRefused):
        asked(witnessed, unpromised)


@pytest.mark.parametrize("ended", ["tlogs", "timestampAuthorities"])
@pytest.mark.parametrize("form", FORMS)
def test_the_root_as_it_stood(witnessed: Witnessed, form: str, ended: str) -> None:
    """A log or timestamp authority that was retired before it says that it saw the signature has not seen it."""
    root = copy.deepcopy(witnessed.world.trusted_root())
    for entry in root[ended]:
        validity = entry["publicKey"]["validFor"] if ended == "tlogs" else entry["validFor"]
        validity["end"] = f"{SEEN_AT - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    attestation = parse(json.dumps(witnessed.bundle(form)).encode())
    assert isinstance(attestation, KeySignedBundle)
    log, stamped = FORMS[form]
    touched = log is not None if ended == "tlogs" else stamped
    instances = [SigstoreInstance("simulated", root)]
    key = witnessed.key.private_key.public_key()
    if not touched:
        assert witnesses_of(attestation, key, instances, RECEIVED)
        return
    with pytest.raises(NotAuthentic):
        witnesses_of(attestation, key, instances, RECEIVED)
    # The same log in a second instance's root, where it was in service, is the witness.
    both = [*instances, SigstoreInstance("other", witnessed.world.trusted_root())]
    assert {witness.instance for witness in witnesses_of(attestation, key, both, RECEIVED)} >= {"other"}


@pytest.mark.parametrize(
    ("entry", "believed"),
    [
        ({"valid_from": SEEN_AT}, True),
        ({"valid_from": SEEN_AT + timedelta(seconds=1)}, False),
        ({"distrusted_from": SEEN_AT + timedelta(seconds=1)}, True),
        ({"distrusted_from": SEEN_AT}, False),
    ],
)
@pytest.mark.parametrize("form", ["dsse entry", "timestamp"])
def test_a_keys_period_looks_at_the_witnessed_time(
    witnessed: Witnessed, form: str, entry: dict[str, datetime], believed: bool
) -> None:
    """Roots: what was signed from ``valid_from`` on and before ``distrusted_from``, as others have seen it."""
    gate = witnessed.gate_of({name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in entry.items()})
    attestation = json.dumps(witnessed.bundle(form)).encode()
    found = examine(attestation, artifact=gate.artifact(), roots=gate.roots, now=RECEIVED)
    assert found.sound is believed
    assert {check.reason for check in found.checks if check.reason} == (
        set() if believed else {Reason.BUILDER_DISTRUSTED}
    )


def test_sigstore_reads_no_bundle_by_a_key(witnessed: Witnessed) -> None:
    """Of these the stock reader and Verifier cannot be asked; once they can, they are to be asked here."""
    for form in FORMS:
        with pytest.raises(InvalidBundle, match="expected certificate"):
            Bundle.from_json(json.dumps(witnessed.bundle(form)))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_no_other_evidence(witnessed: Witnessed, sound: list[Json], data: st.DataObject) -> None:
    """Law: with any byte changed it is refused, or says the same, at the same time."""
    bundle = data.draw(st.sampled_from(sound))
    found = examined(witnessed, changed_byte(bundle, data))
    if found.sound:
        assert found.provenance == examined(witnessed, bundle).provenance


@pytest.mark.parametrize("part", ["tlogEntries", "timestampVerificationData"])
@settings(max_examples=60, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
)
def test_whatever_stands_there_is_refused_in_words(witnessed: Witnessed, part: str, value: Any) -> None:
    """Law: no input raises anything but what is declared, and none that is malformed passes for nothing at all."""
    bundle = witnessed.bundle("dsse entry, timestamp")
    bundle["verificationMaterial"][part] = value
    found = examined(witnessed, bundle)
    assert found.sound is (value in (None, {} if part == "timestampVerificationData" else []))


def test_many_instances_cost_little(witnessed: Witnessed) -> None:
    """None takes more than a second: the most timestamps, each of no authority, under the most instances with many each."""
    instances = [
        SigstoreInstance(str(number), witnessed.world.trusted_root() | {"timestampAuthorities": authorities})
        for authorities in [witnessed.world.trusted_root()["timestampAuthorities"] * 6]
        for number in range(MAX_INSTANCES)
    ]
    bundle = witnessed.bundle("timestamp")
    other = witnessed.envelope()
    stamps = [witnessed.world.stamp(other, SEEN_AT) for _ in range(4)]
    bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] = stamps
    attestation = parse(json.dumps(bundle).encode())
    assert isinstance(attestation, KeySignedBundle)
    started = time.process_time()
    with pytest.raises(NotAuthentic, match="of another signature"):
        witnesses_of(attestation, witnessed.key.private_key.public_key(), instances, RECEIVED)
    assert time.process_time() - started < 1


def test_a_key_in_every_spelling_that_logs_have(witnessed: Witnessed) -> None:
    """Rekor's entries of kind intoto hold the PEM as it was sent: npm's in one line, without the last line break."""
    key, pem = witnessed.key.private_key.public_key(), witnessed.key.pem.encode()
    begin, *lines, end = pem.strip().split(b"\n")
    assert is_named(key, b64(pem))
    assert is_named(key, b64(pem.strip()))
    assert is_named(key, b64(b"\n".join([begin, b"".join(lines), end])))


@pytest.mark.parametrize(
    "damage",
    [
        lambda pem: pem + pem,
        lambda pem: b"junk\n" + pem,
        lambda pem: pem + b"junk",
        lambda pem: pem.replace(b"PUBLIC", b"PRIVATE"),
        lambda _: ecdsa(ec.SECP256R1(), hashes.SHA256()).pem.encode(),
        lambda _: b"",
    ],
)
def test_what_is_not_this_key_alone(witnessed: Witnessed, damage: Any) -> None:
    """Two keys, another one, or something around it: another reader would find something else there."""
    assert not is_named(witnessed.key.private_key.public_key(), b64(damage(witnessed.key.pem.encode())))


@pytest.mark.parametrize(
    "verifier",
    [
        "no base64",
        b64(b"-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n"),
        b64(b"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"),
    ],
)
def test_a_key_that_cannot_be_read(witnessed: Witnessed, verifier: str) -> None:
    """It is refused in words, and not by an error of the library's."""
    with pytest.raises(NotAuthentic, match="can be read"):
        is_named(witnessed.key.private_key.public_key(), verifier)
