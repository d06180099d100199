"""A certificate transparency log: promises, in the certificate itself, that it has seen the certificate (RFC 6962)."""

from __future__ import annotations

import hashlib
import struct
from datetime import datetime

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from tests.support import keys

_VERSION_1 = 0
_CERTIFICATE_TIMESTAMP = 0
_PRECERTIFICATE_ENTRY = 1
_SHA256_WITH_ECDSA = b"\x04\x03"


class CertificateTransparencyLog:
    """Signs certificate timestamps; keeps no tree, since nobody asks an SCT for its inclusion."""

    url = "https://ctfe.sigstore.example/2026"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public_key = self._key.public_key()
        self.log_id = hashlib.sha256(keys.public_key_der(self.public_key)).digest()

    def timestamp_extension(
        self, precertificate: x509.Certificate, issuer_key: ec.EllipticCurvePublicKey, at: datetime
    ) -> x509.UnrecognizedExtension:
        """Return the SCT list extension with which the same certificate has to be signed again.

        An SCT is bound to the issuer's key and to the certificate's body without the SCT itself.
        """
        milliseconds = int(at.timestamp() * 1000)
        body = precertificate.tbs_certificate_bytes
        signed = (
            struct.pack("!BBQH", _VERSION_1, _CERTIFICATE_TIMESTAMP, milliseconds, _PRECERTIFICATE_ENTRY)
            + hashlib.sha256(keys.public_key_der(issuer_key)).digest()
            + len(body).to_bytes(3, "big")
            + body
            + _opaque(b"")
        )
        sct = (
            struct.pack("!B32sQ", _VERSION_1, self.log_id, milliseconds)
            + _opaque(b"")
            + _SHA256_WITH_ECDSA
            + _opaque(keys.sign(signed, self._key))
        )
        # cryptography reads SCT lists but does not write them, hence the extension by its number.
        return x509.UnrecognizedExtension(
            ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS, asn1.encode_der(_opaque(_opaque(sct)))
        )


def _opaque(content: bytes) -> bytes:
    """Return TLS's `opaque<0..2^16-1>`: two bytes of length, then the content."""
    return struct.pack("!H", len(content)) + content
