"""Log entries of kind ``intoto/0.0.2``: are they of these very materials?

Source: Rekor's ``pkg/types/intoto/v0.0.2``. The entry holds the payload's SHA-256, and each signature in base64 of the
envelope's own base64, with its certificate or key as base64 of PEM. It may repeat the payload, of which the SHA-256 is enough.
"""

from __future__ import annotations

import base64
import hashlib

from sigstore.dsse import Envelope

from verification.canonical import JsonRefused, JsonValue, parse_evidence
from verification.sigstore_adapter.entry_signer import EntrySigner, is_named
from verification.sigstore_adapter.outcome import NotAuthentic


def check_intoto_entry(body: bytes, envelope: Envelope, signer: EntrySigner) -> None:
    """Raise NotAuthentic unless the entry's body is of this envelope, its only signature, and this certificate or key."""
    content = _content(body)
    match content.get("envelope"):
        case {"payloadType": kind, "signatures": [{"sig": signature, "publicKey": str() as verifier}]}:
            agreed = (
                kind == envelope._inner.payload_type
                and signature == _twice(envelope.signature)
                and is_named(signer, verifier)
                and content.get("payloadHash") == _sha256(envelope._inner.payload)
            )
        case _:
            raise NotAuthentic("the log entry does not say which envelope it is of")
    if not agreed:
        raise NotAuthentic("the log entry is of another payload, signature, certificate or key than the bundle's")


def _content(body: bytes) -> dict[str, JsonValue]:
    try:
        entry = parse_evidence(body)
    except JsonRefused as error:
        raise NotAuthentic(f"the log entry's body {error}") from error
    match entry:
        case {"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": dict() as content}}:
            return content
        case _:
            raise NotAuthentic("the log entry's body is not of the kind that it is said to be")


def _sha256(data: bytes) -> JsonValue:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _twice(data: bytes) -> str:
    return base64.b64encode(base64.b64encode(data)).decode()
