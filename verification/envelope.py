"""DSSE envelopes signed by a plain public key: the signature over PAE(type, payload), or for some keys without PAE.

Source: DSSE protocol v1.0.2. Sigstore's envelopes are sigstore's own business (:mod:`verification.sigstore_adapter`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from verification.bundle import EvidenceRefused
from verification.canonical import JsonRefused, JsonValue, parse_evidence
from verification.reasons import Reason
from verification.strict_base64 import decode_either

IN_TOTO = "application/vnd.in-toto+json"

MAX_SIGNATURES = 4
"""Most signatures of one envelope. Each is tried under every key that may have made it; real envelopes have one to three."""

MIN_RSA_BITS = 2048

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

_HASH_OF_CURVE: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}
"""The one hash that belongs to a curve (Sigstore's algorithm registry); a signature by another does not verify."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed, unverified DSSE envelope."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]
    key_ids: tuple[str | None, ...]
    """Which key each signature says it is by."""

    @property
    def signed_bytes(self) -> bytes:
        """PAE(type, payload): what the signatures are over."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


def is_supported(key: object) -> TypeGuard[PublicKey]:
    """Say whether signatures of such a key can be checked: ECDSA P-256 and P-384, Ed25519, RSA of 2048 bits or more."""
    match key:
        case ed25519.Ed25519PublicKey():
            return True
        case ec.EllipticCurvePublicKey(curve=curve):
            return curve.name in _HASH_OF_CURVE
        case rsa.RSAPublicKey(key_size=size):
            return size >= MIN_RSA_BITS
        case _:
            return False


def parse_envelope(raw: bytes) -> Envelope:
    """Return the envelope of DSSE JSON, bare or within a Sigstore bundle. Raises EvidenceRefused if not well-formed."""
    try:
        value = parse_evidence(raw)
    except JsonRefused as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"the envelope {error}") from error
    match value:
        case {"dsseEnvelope": dict() as inner}:
            return _envelope(inner)
        case _:
            return _envelope(value)


def _envelope(value: JsonValue) -> Envelope:
    match value:
        case {"payload": str() as payload, "payloadType": str() as kind, "signatures": list() as entries} if entries:
            if len(entries) > MAX_SIGNATURES:
                raise EvidenceRefused(
                    Reason.EVIDENCE_TOO_MUCH, f"{len(entries)} signatures, and {MAX_SIGNATURES} are taken"
                )
            signatures = tuple(_signature(entry) for entry in entries)
            return Envelope(kind, _base64(payload), signatures, tuple(_key_id(entry) for entry in entries))
        case _:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "not a DSSE envelope with at least one signature")


def _signature(entry: JsonValue) -> bytes:
    match entry:
        case {"sig": str() as text} if text:
            return _base64(text)
        case _:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "a signature of the envelope has no sig")


def _key_id(entry: JsonValue) -> str | None:
    match entry:
        case {"keyid": str() as keyid}:
            return keyid
        case _:
            return None


def _base64(text: str) -> bytes:
    try:
        return decode_either(text)
    except ValueError as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the envelope is not in strict base64") from error


def is_signed_by(envelope: Envelope, key: PublicKey, *, pae: bool = True, keyid: str | None = None) -> bool:
    """Say whether some signature of the envelope is this key's.

    The envelope's key ids are hints that choose no key. With ``keyid`` only signatures count that bear it as well.
    Without ``pae`` the signature is over the payload alone. Never both: a key signs in the one way that the roots state.
    """
    signed = envelope.signed_bytes if pae else envelope.payload
    return any(
        keyid in (None, named) and _verifies(key, signature, signed)
        for signature, named in zip(envelope.signatures, envelope.key_ids, strict=True)
    )


def _verifies(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    match key:
        case ed25519.Ed25519PublicKey():
            return _holds(lambda: key.verify(signature, signed))
        case ec.EllipticCurvePublicKey():
            algorithm = ec.ECDSA(_HASH_OF_CURVE[key.curve.name])
            return _holds(lambda: key.verify(signature, signed, algorithm))
        case rsa.RSAPublicKey():
            # The key alone does not tell which padding its signer uses; both are sound, so neither is an option.
            pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
            return _holds(lambda: key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())) or _holds(
                lambda: key.verify(signature, signed, pss, hashes.SHA256())
            )


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True
