"""Log entries of kind ``hashedrekord/0.0.1`` over a DSSE envelope: are they of these very materials?

Source: Sigstore's client specification, "Bundle content vs. Rekor entry kind", and Rekor's ``pkg/types/hashedrekord/v0.0.1``.
The entry holds the SHA-256 of PAE(type, payload), which is what the envelope's signature is over, the signature in base64,
and its certificate or key as base64 of PEM. Rekor v2's entries of this kind are sigstore's own business.
"""

from __future__ import annotations

import base64
import hashlib

from sigstore.dsse import Envelope

from verification.canonical import JsonRefused, parse_evidence
from verification.sigstore_adapter.entry_signer import EntrySigner, is_named
from verification.sigstore_adapter.outcome import NotAuthentic


def check_hashedrekord_entry(body: bytes, envelope: Envelope, signer: EntrySigner) -> None:
    """Raise NotAuthentic unless the entry's body is of this envelope, its only signature, and this certificate or key."""
    try:
        entry = parse_evidence(body)
    except JsonRefused as error:
        raise NotAuthentic(f"the log entry's body {error}") from error
    match entry:
        case {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": digest}},
                "signature": {"content": signature, "publicKey": {"content": str() as verifier}},
            },
        }:
            agreed = (
                digest == hashlib.sha256(envelope.pae()).hexdigest()
                and signature == base64.b64encode(envelope.signature).decode()
                and is_named(signer, verifier)
            )
        case _:
            raise NotAuthentic("the log entry's body is not of the kind that it is said to be")
    if not agreed:
        raise NotAuthentic("the log entry is of another payload, signature, certificate or key than the bundle's")
