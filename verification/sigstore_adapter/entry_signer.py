"""Who a log entry says has signed: a certificate, or a plain key. Rekor v1 writes both as base64 of PEM."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from verification import strict_base64
from verification.envelope import PublicKey
from verification.sigstore_adapter.outcome import NotAuthentic

EntrySigner = bytes | PublicKey
"""A certificate in DER, as the evidence has it, or a key."""

_BEGIN, _END = b"-----BEGIN PUBLIC KEY-----\n", b"\n-----END PUBLIC KEY-----"


def is_named(signer: EntrySigner, verifier: str) -> bool:
    """Say whether an entry's ``verifier`` is this very signer. Raises NotAuthentic for one that cannot be read.

    It is read rather than compared as text: clients have sent PEM with and without its last line break, and keys in a
    single line.
    """
    try:
        pem = strict_base64.decode(verifier)
        if isinstance(signer, bytes):
            return x509.load_pem_x509_certificates(pem) == [x509.load_der_x509_certificate(signer)]
        return _is_one_key(pem) and load_pem_public_key(pem) == signer
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAuthentic("the log entry names no certificate or key that can be read") from error


def _is_one_key(pem: bytes) -> bool:
    """Whatever stood around the first key would be another reader's first."""
    text = pem.strip()
    return text.startswith(_BEGIN) and text.endswith(_END) and text.count(b"-----") == 4
