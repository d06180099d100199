"""Google Cloud Build's JSON: what gcloud prints of an artifact with its provenance.

Source: the output of ``gcloud artifacts docker images describe --show-provenance --format json``, Grafeas v1
(``Occurrence``, ``Envelope``), and how slsa-verifier's ``verifiers/internal/gcb`` reads it. Each entry of
``provenance_summary.provenance`` is an occurrence whose ``envelope`` is signed. All that stands around the envelopes is
nobody's word, and proves nothing. But people read it: the digests of the image and the legible copy of a statement must
not contradict what is signed, or whoever reads the kept evidence would see another build than was verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from verification import json_slices
from verification.canonical import JsonRefused, JsonValue, parse_evidence
from verification.evidence_shape import Misshapen
from verification.strict_base64 import decode_either

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

_OLDER_COPY = "intotoStatement"

_COPIES = frozenset({_OLDER_COPY, "inTotoSlsaProvenanceV1"})
"""Where an occurrence has a legible copy of the statement that its envelope signs, of SLSA provenance v0.1 and v1."""

_DIGEST = "@sha256:"
"""What stands before the image's digest at the end of its URI."""


def count_occurrences(part: JsonValue) -> int:
    """Return how many occurrences gcloud's JSON holds. Raises Misshapen where it is not gcloud's, or holds none."""
    match part:
        case {"provenance_summary": {"provenance": [_, *_] as occurrences, **more}, **rest} if (
            not more and rest.keys() <= _BESIDE_SUMMARY and all(_may_be_occurrence(each) for each in occurrences)
        ):
            _check_summary(rest.get("image_summary"), occurrences)
            return len(occurrences)
        case _:
            raise Misshapen("not Google Cloud Build's JSON: an image_summary and a provenance_summary of occurrences")


def _may_be_occurrence(value: JsonValue) -> bool:
    """A bare statement is evidence of its own form where it stands by itself, and nowhere within another."""
    return isinstance(value, dict) and "_type" not in value


def _check_summary(summary: object, occurrences: Sequence[object]) -> None:
    match summary:
        case {"digest": str() as digest, **rest}:
            whole = str(rest.get("fully_qualified_digest", f"@{digest}"))
            named = {
                str(each["resourceUri"]) for each in occurrences if isinstance(each, dict) and "resourceUri" in each
            }
            if not all(uri.endswith(f"@{digest}") for uri in {whole, *named} if _DIGEST in uri):
                raise Misshapen("/image_summary names another image than the occurrences do")
        case _:
            return


def occurrences(text: str, start: int) -> Iterator[slice]:
    """Yield where the occurrences stand in gcloud's JSON that begins at ``start`` and has been counted."""
    summary = dict(json_slices.members(text, start))[SUMMARY]
    yield from json_slices.elements(text, dict(json_slices.members(text, summary.start))["provenance"].start)


def check_occurrence(value: JsonValue) -> None:
    """Raise Misshapen where the value is no occurrence of kind ``BUILD`` with one signed envelope, or contradicts itself."""
    match value:
        case {"kind": "BUILD", "envelope": dict() as envelope, **rest} if rest.keys() <= _BESIDE_ENVELOPE:
            _check_envelope(envelope)
            _check_surroundings(rest, _statement(str(envelope["payload"])))
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
        case {"sig": str(), "keyid": str() as keyid, **rest} if not rest:
            if not _KEY_VERSION.fullmatch(keyid):
                raise Misshapen(f"/envelope/signatures: the keyid {keyid[:100]!a} names no version of a Cloud KMS key")
        case _:
            raise Misshapen("/envelope/signatures: needs exactly sig and keyid")


def _statement(payload: str) -> dict[str, JsonValue]:
    try:
        value = parse_evidence(decode_either(payload))
    except (JsonRefused, ValueError) as error:
        raise Misshapen("/envelope/payload is no JSON in strict base64") from error
    if not isinstance(value, dict):
        raise Misshapen("/envelope/payload is no statement")
    return value


def _check_surroundings(beside: Mapping[object, object], statement: dict[str, JsonValue]) -> None:
    _, separator, digest = str(beside.get("resourceUri", "")).rpartition(_DIGEST)
    if separator and digest not in _subject_digests(statement):
        raise Misshapen("/resourceUri names another image than the signed statement does")
    _check_copies(beside.get("build", {}), statement)
    for name, value in beside.items():
        if name != "build" and not isinstance(value, str):
            raise Misshapen(f"/{name} is no text")


def _check_copies(build: object, statement: dict[str, JsonValue]) -> None:
    """Grafeas has further places for a legible copy; one that nobody holds against the envelope would tell what it likes."""
    if not isinstance(build, dict) or not build.keys() <= _COPIES:
        raise Misshapen(f"/build holds something else than {' or '.join(sorted(_COPIES))}")
    for key, copied in build.items():
        if copied != _legible(key, statement):
            raise Misshapen(f"/build/{key} is not what the envelope has signed")


def _subject_digests(statement: dict[str, JsonValue]) -> list[JsonValue]:
    subjects = statement.get("subject")
    digests = [each.get("digest") for each in subjects if isinstance(each, dict)] if isinstance(subjects, list) else []
    return [each.get("sha256") for each in digests if isinstance(each, dict)]


def _legible(key: str, statement: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the copy as Google's service makes it: the older one has the predicate under a name of its own."""
    if key != _OLDER_COPY:
        return statement
    own = {"slsaProvenance": statement.get("slsaProvenance", statement.get("predicate"))}
    return {name: part for name, part in statement.items() if name != "predicate"} | own


def envelope_json(raw: bytes) -> bytes:
    """Return the JSON of the envelope, as it was sent, of an occurrence that has been checked."""
    text = raw.decode()
    return text[dict(json_slices.members(text, json_slices.first(text)))["envelope"]].encode()
