"""Who a log entry says has signed: a certificate, or a plain key. Rekor v1 writes both as base64 of PEM."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from verification import strict_base64
from verification.envelope import PublicKey
from verification.sigstore_adapter.outcome import NotAuthentic

EntrySigner = x509.Certificate | PublicKey


def is_named(signer: EntrySigner, verifier: str) -> bool:
    """Say whether an entry's ``verifier`` is this very signer. Raises NotAuthentic for one that cannot be read."""
    try:
        pem = strict_base64.decode(verifier)
        if isinstance(signer, x509.Certificate):
            # Read rather than compare as text: clients have sent PEM with and without its last line break.
            return x509.load_pem_x509_certificates(pem) == [signer]
    except ValueError as error:
        raise NotAuthentic("the log entry names no certificate or key that can be read") from error
    # Rekor writes a key down anew (SubjectPublicKeyInfo), so there is one text of it but for the last line break.
    return pem.strip() == signer.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip()
