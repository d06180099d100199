"""Signing keys, and plain DSSE envelopes signed with them."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SigningKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

IN_TOTO = "application/vnd.in-toto+json"


def b64(data: bytes) -> str:
    """Return standard base64 as text, the way JSON carries bytes."""
    return base64.b64encode(data).decode("ascii")


def public_key_der(key: PublicKey) -> bytes:
    """Return the SubjectPublicKeyInfo of a public key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_details(key: PublicKey) -> str:
    """Return Sigstore's name for what this key signs with; see :func:`sign` for the hash."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "PKIX_ED25519"
    return f"PKIX_ECDSA_P{key.curve.key_size}_SHA_256"


def sign(message: bytes, private_key: SigningKey) -> bytes:
    """Sign with Ed25519 or with ECDSA over SHA-256, whatever the curve (a larger one is how tests make odd leaves)."""
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return private_key.sign(message)
    return private_key.sign(message, ec.ECDSA(hashes.SHA256()))


def pae(payload: bytes, payload_type: str = IN_TOTO) -> bytes:
    """Return DSSE's pre-authentication encoding.

    Spelled out although the libraries have it as well: theirs is private, and what makes a test's signatures should
    not be what is tested.
    """
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode("ascii"), len(payload), payload)


def dsse_envelope(
    statement: bytes, private_key: SigningKey, keyid: str = "", *, payload_type: str = IN_TOTO
) -> dict[str, Any]:
    """Return a DSSE envelope over the statement, as the dict that its JSON holds."""
    signature = {"sig": b64(sign(pae(statement, payload_type), private_key))}
    if keyid:
        signature["keyid"] = keyid
    return {"payload": b64(statement), "payloadType": payload_type, "signatures": [signature]}
