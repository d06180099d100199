"""Google Cloud Build's JSON: what gcloud prints of an artifact with its provenance.

Source: the output of ``gcloud artifacts docker images describe --show-provenance --format json``, Grafeas v1
(``Occurrence``, ``Envelope``), and how slsa-verifier's ``verifiers/internal/gcb`` reads it. Each entry of
``provenance_summary.provenance`` is an occurrence whose ``envelope`` is signed. All that stands around the envelopes,
a legible copy of the statement included, is nobody's word: it is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from verification import json_slices
from verification.canonical import JsonValue
from verification.evidence_shape import Misshapen

SUMMARY = "provenance_summary"
"""The key by which the JSON is known."""

_BESIDE_SUMMARY = frozenset({"image_summary"})

_BESIDE_ENVELOPE = frozenset(
    {"build", "createTime", "name", "noteName", "remediation", "resourceUri", "updateTime"},
)
"""What else an occurrence of kind ``BUILD`` may hold."""

_KEY_VERSION = re.compile(
    r"projects/[a-z0-9:.-]{1,100}/locations/[a-z0-9-]{1,63}/keyRings/[A-Za-z0-9_-]{1,63}"
    r"/cryptoKeys/[A-Za-z0-9_-]{1,63}/cryptoKeyVersions/[1-9][0-9]{0,9}"
)
"""The resource name of a Cloud KMS key version."""


def count_occurrences(part: JsonValue) -> int:
    """Return how many occurrences gcloud's JSON holds. Raises Misshapen where it is not gcloud's, or holds none."""
    match part:
        case {"provenance_summary": {"provenance": [_, *_] as occurrences, **more}, **rest} if (
            not more and rest.keys() <= _BESIDE_SUMMARY and all(isinstance(each, dict) for each in occurrences)
        ):
            return len(occurrences)
        case _:
            raise Misshapen("not Google Cloud Build's JSON: an image_summary and a provenance_summary of occurrences")


def occurrences(text: str, start: int) -> Iterator[slice]:
    """Yield where the occurrences stand in gcloud's JSON that begins at ``start`` and has been counted."""
    summary = dict(json_slices.members(text, start))[SUMMARY]
    yield from json_slices.elements(text, dict(json_slices.members(text, summary.start))["provenance"].start)


def check_occurrence(value: JsonValue) -> None:
    """Raise Misshapen where the value is no occurrence of kind ``BUILD`` with one signed envelope."""
    match value:
        case {"kind": "BUILD", "envelope": dict(envelope), **rest} if rest.keys() <= _BESIDE_ENVELOPE:
            _check_envelope(envelope)
        case _:
            raise Misshapen("not an occurrence of kind BUILD as Google Cloud Build writes them")


def _check_envelope(envelope: dict[str, JsonValue]) -> None:
    match envelope:
        case {"payload": str(), "payloadType": str(), "signatures": [_, *_] as signatures, **rest} if not rest:
            for signature in signatures:
                _check_signature(signature)
        case _:
            raise Misshapen("/envelope needs exactly payload, payloadType and at least one of signatures")


def _check_signature(signature: JsonValue) -> None:
    """Check the key's id for its spelling alone: nobody signs it, so it chooses no key."""
    match signature:
        case {"sig": str(), "keyid": str(keyid), **rest} if not rest:
            if not _KEY_VERSION.fullmatch(keyid):
                raise Misshapen(f"/envelope/signatures: the keyid {keyid[:100]!a} names no version of a Cloud KMS key")
        case _:
            raise Misshapen("/envelope/signatures: needs exactly sig and keyid")


def envelope_json(raw: bytes) -> bytes:
    """Return the JSON of the envelope, as it was sent, of an occurrence that has been checked."""
    text = raw.decode()
    return text[dict(json_slices.members(text, json_slices.first(text)))["envelope"]].encode()
