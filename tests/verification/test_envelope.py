"""DSSE envelopes by configured keys: which keys and signatures count, and which never do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.honest import Honest
from tests.support.keys import IN_TOTO, b64
from tests.support.plain_keys import PlainKey, ecdsa, ed25519_key, pss, rsa_key
from tests.support.roots import with_simulated_instance
from verification.bundle import EvidenceRefused, KeySignedEnvelope, parse
from verification.envelope import MAX_SIGNATURES, Envelope, is_signed_by, is_supported, parse_envelope
from verification.parameters import DocumentInvalid
from verification.reasons import Reason
from verification.root_of_trust import parse_roots

PAYLOAD = b'{"_type": "a statement"}'

SOUND = {
    "ECDSA P-256": ecdsa(ec.SECP256R1(), SHA256()),
    "ECDSA P-384": ecdsa(ec.SECP384R1(), SHA384()),
    "Ed25519": ed25519_key(),
    "RSA PKCS#1 v1.5": rsa_key(padding.PKCS1v15(), SHA256()),
    "RSA PSS": rsa_key(pss(SHA256()), SHA256()),
    "RSA PSS, longest salt": rsa_key(pss(SHA256(), 2048 // 8 - 32 - 2), SHA256()),
}

UNFIT = {
    "P-256 with SHA-1": ecdsa(ec.SECP256R1(), SHA1()),
    "P-256 with SHA-384": ecdsa(ec.SECP256R1(), SHA384()),
    "P-384 with SHA-256": ecdsa(ec.SECP384R1(), SHA256()),
    "RSA PKCS#1 v1.5 with SHA-1": rsa_key(padding.PKCS1v15(), SHA1()),
    "RSA PKCS#1 v1.5 with SHA-512": rsa_key(padding.PKCS1v15(), SHA512()),
    "RSA PSS with SHA-1": rsa_key(pss(SHA1()), SHA1()),
}

UNSUPPORTED = {
    "P-521": ecdsa(ec.SECP521R1(), SHA512()),
    "secp256k1": ecdsa(ec.SECP256K1(), SHA256()),
    "RSA of 1024 bits": rsa_key(padding.PKCS1v15(), SHA256(), bits=1024),
}


def signed(*entries: dict[str, str], payload: bytes = PAYLOAD) -> dict[str, Any]:
    """Return an envelope with these signatures."""
    return {"payload": b64(payload), "payloadType": IN_TOTO, "signatures": list(entries)}


def read(envelope: dict[str, Any]) -> Envelope:
    """Return an envelope read from its JSON."""
    return parse_envelope(json.dumps(envelope).encode())


def holds(envelope: dict[str, Any], key: PlainKey) -> bool:
    """Say whether the envelope is the key's, by the key as roots of trust load it."""
    public = load_pem_public_key(key.pem.encode())
    assert is_supported(public)
    return is_signed_by(read(envelope), public)


@pytest.mark.parametrize("key", SOUND.values(), ids=SOUND)
def test_a_configured_key_of_every_kind(key: PlainKey) -> None:
    """The roots name nothing but the PEM; the key itself says how it signs."""
    assert holds(signed(key.entry(PAYLOAD)), key)


@pytest.mark.parametrize("key", UNFIT.values(), ids=UNFIT)
def test_a_hash_that_does_not_fit_the_key(key: PlainKey) -> None:
    """A weaker hash, or one of another strength than the key's, is no signature."""
    assert not holds(signed(key.entry(PAYLOAD)), key)


@pytest.mark.parametrize("key", [*SOUND.values(), *UNSUPPORTED.values()], ids=[*SOUND, *UNSUPPORTED])
def test_which_keys_roots_of_trust_can_name(honest: Honest, key: PlainKey) -> None:
    """A key that cannot be checked, or is too short to believe, is refused when the roots are proposed."""
    document = with_simulated_instance(honest.world, keys={"k": key.pem})
    if key in SOUND.values():
        assert "k" in parse_roots(document).keys
    else:
        with pytest.raises(DocumentInvalid, match="2048"):
            parse_roots(document)


@pytest.mark.parametrize("key", SOUND.values(), ids=SOUND)
def test_a_strangers_signature_beside_counts_for_nothing(key: PlainKey) -> None:
    """Evidence 3: of several signatures only those of the key that is asked for count, in any order."""
    stranger = ecdsa(ec.SECP256R1(), SHA256()).entry(PAYLOAD)
    assert holds(signed(stranger, key.entry(PAYLOAD)), key)
    assert not holds(signed(stranger, stranger), key)


@pytest.mark.parametrize("key", SOUND.values(), ids=SOUND)
def test_a_signature_is_over_type_and_payload(key: PlainKey) -> None:
    """DSSE: the same signature under another payload, or another payload type, is nobody's."""
    entry = key.entry(PAYLOAD)
    assert not holds(signed(entry, payload=PAYLOAD + b" "), key)
    assert not holds(signed(entry) | {"payloadType": "text/plain"}, key)


def test_a_signature_over_the_payload_without_its_type() -> None:
    """DSSE: a signature that was made over the bare payload, for another protocol, is no signature here."""
    key = SOUND["Ed25519"]
    assert not holds(signed({"sig": b64(key.sign(PAYLOAD))}), key)


def test_base64_for_urls_is_dsses_too() -> None:
    """DSSE v1.0.2: either alphabet may be used, and both say the same bytes."""
    key, payload = SOUND["Ed25519"], b"\xff\xfe\xfd>>>???"
    envelope = signed(key.entry(payload), payload=payload)
    envelope["payload"] = base64.urlsafe_b64encode(payload).decode()
    envelope["signatures"][0]["sig"] = base64.urlsafe_b64encode(
        base64.b64decode(envelope["signatures"][0]["sig"])
    ).decode()
    assert "-" in envelope["payload"]
    assert "_" in envelope["payload"]
    assert holds(envelope, key)


@pytest.mark.parametrize("text", ["Q!Q==", "QQ", "QQ==\n", " QQ==", "QR==", "QQ==QQ==", "+-//", "\u0661\u0661==", "="])
def test_junk_in_base64(text: str) -> None:
    """Two readers could take such a text for different bytes."""
    for envelope in (signed({"sig": text}), signed({"sig": "QQ=="}) | {"payload": text}):
        with pytest.raises(EvidenceRefused) as refused:
            read(envelope)
        assert refused.value.reason is Reason.EVIDENCE_MALFORMED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"payload": "", "payloadType": "", "signatures": []}',
        b'{"payload": "", "payloadType": "", "signatures": [{"sig": ""}]}',
        b'{"payload": "", "payloadType": "", "signatures": [{"sig": 1}]}',
        b'{"payload": "", "payload": "", "payloadType": "", "signatures": [{"sig": "QQ=="}]}',
        b'{"dsseEnvelope": {"payload": "", "payloadType": ""}}',
    ],
)
def test_what_is_no_envelope(raw: bytes) -> None:
    """Unreadable is refused with a reason, and nothing else is raised."""
    with pytest.raises(EvidenceRefused):
        parse_envelope(raw)


def test_signatures_without_end() -> None:
    """Each signature is tried under every configured key: their number is bounded, so that nobody stalls the gate."""
    assert len(read(signed(*[{"sig": "QQ=="}] * MAX_SIGNATURES)).signatures) == MAX_SIGNATURES
    with pytest.raises(EvidenceRefused) as refused:
        read(signed(*[{"sig": "QQ=="}] * (MAX_SIGNATURES + 1)))
    assert refused.value.reason is Reason.EVIDENCE_TOO_MUCH


def test_an_envelope_with_a_certificate_and_no_log_entry() -> None:
    """Before v2 slsa-github-generator wrote these: nothing shows that the certificate was valid when it signed."""
    raw = json.dumps(signed({"sig": "QQ==", "cert": "-----BEGIN CERTIFICATE-----"})).encode()
    with pytest.raises(EvidenceRefused, match="nothing shows when") as refused:
        parse(raw)
    assert refused.value.reason is Reason.EVIDENCE_UNSUPPORTED
    beside = signed({"sig": "QQ==", "cert": "x"}, SOUND["Ed25519"].entry(PAYLOAD))
    assert isinstance(parse(json.dumps(beside).encode()), KeySignedEnvelope)


SENT = {name: json.dumps(signed(key.entry(PAYLOAD))).encode() for name, key in SOUND.items()}
"""Signed once: what hypothesis repeats has to be the same each time."""


@settings(max_examples=200, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(SOUND)))
def test_a_changed_byte_never_yields_another_statement(data: st.DataObject, name: str) -> None:
    """Whatever byte of payload, type or signature is changed: no other statement becomes the key's."""
    key = SOUND[name]
    raw = bytearray(SENT[name])
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = parse_envelope(bytes(raw))
    except EvidenceRefused:
        return
    public = load_pem_public_key(key.pem.encode())
    assert is_supported(public)
    if is_signed_by(changed, public):
        assert (changed.payload_type, changed.payload) == (IN_TOTO, PAYLOAD)


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    """Hostile bytes are refused, never an error of ours."""
    try:
        parse_envelope(raw)
        parse(raw)
    except EvidenceRefused:
        pass
