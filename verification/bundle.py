"""Evidence as it was sent: the parts of the ``attestations`` form field, each in one of the forms that are known.

Nothing here is trusted yet: the values only have the right shape. The bytes of each part are kept exactly as sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from verification.canonical import JsonRefused, parse_evidence, sha256_hex
from verification.reasons import Reason

MAX_ATTESTATIONS = 16
"""Most attestations with one file (trust rules, "Evidence" 1). Each costs a verification; no build needs more."""

MAX_BYTES = 4 * 1024 * 1024
"""Most bytes of evidence with one file. One attestation is about 10 kB; a statement of a thousand subjects 200 kB."""

BUNDLE_V03 = frozenset(
    {"application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3"}
)

CONTENT = frozenset({"dsseEnvelope", "messageSignature"})
"""What a bundle can hold. Any other key beside what is verified would be kept and served without having been looked at."""


class EvidenceRefused(ValueError):
    """The evidence cannot be read. ``reason`` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Pep740Attestation:
    """An attestation object of PEP 740. ``raw`` is its JSON as sent."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class SigstoreBundle:
    """A Sigstore bundle v0.3 with a DSSE envelope. ``raw`` is its JSON as sent."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class KeySignedEnvelope:
    """A DSSE envelope signed by a plain public key, which only a root of trust can name. ``raw`` is its JSON as sent."""

    raw: bytes


Attestation = Pep740Attestation | SigstoreBundle | KeySignedEnvelope


def split(field: bytes) -> tuple[bytes, ...]:
    """Return the parts of an ``attestations`` field, a JSON list, each exactly as it was sent.

    Raises EvidenceRefused when the field is no list of objects, or holds more than one file can need.
    """
    if len(field) > MAX_BYTES:
        raise EvidenceRefused(Reason.EVIDENCE_TOO_MUCH, f"{len(field)} bytes, and {MAX_BYTES} are taken")
    try:
        listed = parse_evidence(field)
    except JsonRefused as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"the attestations field {error}") from error
    if not isinstance(listed, list) or not all(isinstance(part, dict) for part in listed):
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the attestations field is not a JSON list of objects")
    if len(listed) > MAX_ATTESTATIONS:
        raise EvidenceRefused(Reason.EVIDENCE_TOO_MUCH, f"{len(listed)} attestations, and {MAX_ATTESTATIONS} are taken")
    parts = tuple(_slices(field.decode(), len(listed)))
    if len(set(parts)) < len(parts):
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the same attestation stands twice in the attestations field")
    return parts


def _slices(text: str, count: int) -> list[bytes]:
    """Return the source text of each element of a JSON list that is known to be well-formed."""
    decoder, position, found = json.JSONDecoder(), text.index("[") + 1, []
    for _ in range(count):
        start = text.index("{", position)
        _, position = decoder.raw_decode(text, start)
        found.append(text[start:position].encode())
    return found


def digest_of(raw: bytes) -> str:
    """Return the name of a piece of evidence: the SHA-256 (hex) of its bytes as sent."""
    return sha256_hex(raw)


def parse(raw: bytes) -> Attestation:
    """Return which form one attestation has. Raises EvidenceRefused where it has none that is supported."""
    try:
        value = parse_evidence(raw)
    except JsonRefused as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"the attestation {error}") from error
    match value:
        case {"version": version, "verification_material": dict(), "envelope": dict(), **rest} if not rest:
            if type(version) is not int or version != 1:
                raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, f"a PEP 740 attestation of version {version!r}")
            return Pep740Attestation(raw)
        case {"mediaType": str(media_type), "verificationMaterial": dict(), **rest} if not rest.keys() - CONTENT:
            return _bundle(raw, media_type, stated="dsseEnvelope" in rest)
        case {"payload": str(), "payloadType": str(), "signatures": list(), **rest} if not rest:
            return KeySignedEnvelope(raw)
        case _:
            raise EvidenceRefused(
                Reason.EVIDENCE_UNSUPPORTED,
                "neither a PEP 740 attestation, nor a Sigstore bundle v0.3, nor a DSSE envelope",
            )


def _bundle(raw: bytes, media_type: str, *, stated: bool) -> SigstoreBundle:
    if media_type not in BUNDLE_V03:
        raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, f"a Sigstore bundle of media type {media_type[:80]!r}")
    if not stated:
        raise EvidenceRefused(
            Reason.EVIDENCE_UNSUPPORTED, "a Sigstore bundle without a DSSE envelope: it signs a file but states nothing"
        )
    return SigstoreBundle(raw)
