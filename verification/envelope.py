"""DSSE envelopes signed by a plain public key: the signature over PAE(type, payload).

Source: DSSE protocol v1.0.2. Sigstore's envelopes are sigstore's own business (:mod:`verification.sigstore_adapter`).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from verification.bundle import EvidenceRefused
from verification.canonical import JsonValue, parse_evidence
from verification.reasons import Reason

IN_TOTO = "application/vnd.in-toto+json"

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed, unverified DSSE envelope."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    @property
    def signed_bytes(self) -> bytes:
        """PAE(type, payload): what the signatures are over."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


def parse_envelope(raw: bytes) -> Envelope:
    """Return the envelope of DSSE JSON. Raises EvidenceRefused for one that is not well-formed."""
    match parse_evidence(raw):
        case {"payload": str(payload), "payloadType": str(kind), "signatures": list(entries)} if entries:
            return Envelope(kind, _base64(payload), tuple(_signature(entry) for entry in entries))
        case _:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "not a DSSE envelope with at least one signature")


def _signature(entry: JsonValue) -> bytes:
    match entry:
        case {"sig": str(text)}:
            return _base64(text)
        case _:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "a signature of the envelope has no sig")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the envelope is not in strict base64") from error


def is_signed_by(envelope: Envelope, key: PublicKey) -> bool:
    """Say whether some signature of the envelope is this key's. The envelope's key ids are hints and never looked at."""
    return any(_verifies(key, signature, envelope.signed_bytes) for signature in envelope.signatures)


def _verifies(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                key.verify(signature, signed)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
