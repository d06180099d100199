"""Rekor v2's log entries of a plain key's envelope (``hashedrekord/0.0.2``): are they of these very materials?

Source: protobuf-specs, ``rekor/v2/hashedrekord.proto`` and ``verifier.proto``; Sigstore's client specification. The entry holds
the digest of PAE(type, payload) by the key's own hash, the signature, and the key with its kind. Those of certificates are
sigstore's own business.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore.dsse import Envelope

from verification.canonical import JsonRefused, parse_evidence
from verification.envelope import PublicKey
from verification.sigstore_adapter.outcome import NotAuthentic

_ALGORITHMS = {"sha256": "SHA2_256", "sha384": "SHA2_384"}


def check_key_entry(body: bytes, envelope: Envelope, key: PublicKey) -> None:
    """Raise NotAuthentic unless the entry's body is of this envelope, its only signature, and this key."""
    try:
        entry = parse_evidence(body)
    except JsonRefused as error:
        raise NotAuthentic(f"the log entry's body {error}") from error
    kinds, hash_name = _kinds_of(key)
    match entry:
        case {
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": {
                "hashedRekordV002": {
                    "data": {"algorithm": algorithm, "digest": digest},
                    "signature": {
                        "content": signature,
                        "verifier": {"keyDetails": kind, "publicKey": {"rawBytes": raw}, **rest},
                    },
                }
            },
        } if not rest:
            agreed = (
                algorithm == _ALGORITHMS[hash_name]
                and digest == _encoded(hashlib.new(hash_name, envelope.pae()).digest())
                and signature == _encoded(envelope.signature)
                and kind in kinds
                and raw == _encoded(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
            )
        case _:
            raise NotAuthentic("the log entry's body is not of the kind that it is said to be, or names no plain key")
    if not agreed:
        raise NotAuthentic("the log entry is of another payload, signature or key than the bundle's")


def _kinds_of(key: PublicKey) -> tuple[frozenset[str], str]:
    """Return the names of Sigstore's algorithm registry that fit the key, and the one hash that belongs to them."""
    match key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return frozenset({"PKIX_ECDSA_P256_SHA_256"}), "sha256"
        case ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            return frozenset({"PKIX_ECDSA_P384_SHA_384"}), "sha384"
        case rsa.RSAPublicKey(key_size=size):
            return frozenset({f"PKIX_RSA_PKCS1V15_{size}_SHA256", f"PKIX_RSA_PSS_{size}_SHA256"}), "sha256"
        case _:
            # Ed25519 signs the message itself, so no digest of it can be logged under the same signature.
            raise NotAuthentic("a log entry over a digest, beside a key of a kind that signs none")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
