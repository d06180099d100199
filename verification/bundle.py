"""Evidence as it was sent: the parts of the ``attestations`` form field, each in one of the forms that are known.

Nothing here is trusted yet: the values only have the right shape. The bytes of each part are kept exactly as sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verification import google_cloud_build_evidence, json_slices
from verification.canonical import JsonRefused, JsonValue, parse_evidence, sha256_hex
from verification.evidence_shape import BUNDLE, ENVELOPE, PEP740, Content, Misshapen, read_shape
from verification.reasons import Reason

MAX_ATTESTATIONS = 16
"""Most attestations with one file (trust rules, "Evidence" 1). Each costs a verification; no build needs more."""

MAX_BYTES = 4 * 1024 * 1024
"""Most bytes of evidence with one file. One attestation is about 10 kB; a statement of a thousand subjects 200 kB."""

MAX_CHAIN = 8
"""Most certificates of a bundle's chain. Each is read and verified; real chains have one to three."""

BUNDLE_V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
"""The only version in which a log's promise of inclusion may stand without a proof."""

BUNDLES = frozenset(
    {
        BUNDLE_V01,
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    }
)
"""The media types of Sigstore bundles (protobuf-specs, ``sigstore_bundle.proto``)."""


class EvidenceRefused(ValueError):
    """The evidence cannot be read. ``reason`` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Pep740Attestation:
    """An attestation object of PEP 740. ``raw`` is its JSON as sent, ``content`` what that spells."""

    raw: bytes
    content: Content = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SigstoreBundle:
    """A Sigstore bundle v0.1 to v0.3 with a certificate and a DSSE envelope. ``raw`` is its JSON as sent.

    ``content`` is what that spells.
    """

    raw: bytes
    content: Content = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KeySignedEnvelope:
    """A DSSE envelope signed by a plain public key, which only a root of trust can name. ``raw`` is its JSON as sent.

    It travels bare, or in a Sigstore bundle whose verification material is nothing but the hint of a key. The hint chooses
    nothing.
    """

    raw: bytes


@dataclass(frozen=True, slots=True)
class KeySignedBundle:
    """The same in a Sigstore bundle that also brings a log entry or timestamps, which have to verify.

    ``raw`` is its JSON as sent, ``content`` what that spells.
    """

    raw: bytes
    content: Content = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class GoogleCloudBuildProvenance:
    """An occurrence of Google Cloud Build's JSON, with an envelope signed by a plain public key. ``raw`` is its JSON as sent.

    Alone among the forms its signatures may lack DSSE's PAE: where the roots of trust say so of the key.
    """

    raw: bytes


@dataclass(frozen=True, slots=True)
class UnsignedStatement:
    """A bare in-toto statement: nobody vouches for a word of it. ``raw`` is its JSON as sent.

    An envelope without signatures is not this but malformed: what was to be signed and is not has lost something.
    """

    raw: bytes


SignedAttestation = (
    Pep740Attestation | SigstoreBundle | KeySignedEnvelope | KeySignedBundle | GoogleCloudBuildProvenance
)
Attestation = SignedAttestation | UnsignedStatement


@dataclass(frozen=True, slots=True)
class Part:
    """One attestation of the ``attestations`` field. ``raw`` is its JSON as sent, ``value`` that read."""

    raw: bytes
    value: JsonValue = field(repr=False, compare=False)

    @classmethod
    def read(cls, raw: bytes) -> Part:
        """Return the attestation that travels by itself. Raises EvidenceRefused where it is no JSON."""
        try:
            return cls(raw, parse_evidence(raw))
        except JsonRefused as error:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"the attestation {error}") from error


def split(field: bytes) -> tuple[bytes, ...]:
    """Return the attestations of an ``attestations`` field, each exactly as it was sent, as :func:`read_field` does."""
    return tuple(part.raw for part in read_field(field))


def read_field(field: bytes) -> tuple[Part, ...]:
    """Return the attestations of an ``attestations`` field, a JSON list.

    A part that is a provenance object of PEP 740 contributes the attestations that it holds; the publishers it names
    are nobody's word and are dropped. Google Cloud Build's JSON contributes its occurrences likewise. Raises
    EvidenceRefused when the field is no list of objects, or holds more than one file can need.
    """
    if len(field) > MAX_BYTES:
        raise EvidenceRefused(Reason.EVIDENCE_TOO_MUCH, f"{len(field)} bytes, and {MAX_BYTES} are taken")
    try:
        listed = parse_evidence(field)
    except JsonRefused as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"the attestations field {error}") from error
    if not isinstance(listed, list) or not all(isinstance(part, dict) for part in listed):
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the attestations field is not a JSON list of objects")
    count = sum(_attestations_in(part) for part in listed)
    if count > MAX_ATTESTATIONS:
        raise EvidenceRefused(Reason.EVIDENCE_TOO_MUCH, f"{count} attestations, and {MAX_ATTESTATIONS} are taken")
    if len(listed) == 1 and not _wraps_several(listed[0]):
        # As most fields are: nothing has to be looked for in it, which takes as long as to read it.
        return (Part(json_slices.only_element(field), listed[0]),)
    text = field.decode()
    return tuple(
        Part(text[place].encode(), value)
        for part, within in zip(listed, json_slices.elements(text, json_slices.first(text)), strict=True)
        for value, place in _expand(text, part, within)
    )


def refuse_repeated(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts as they are. Raises EvidenceRefused where one stands twice: it would corroborate itself."""
    if len(parts) > 1 and len(set(parts)) < len(parts):
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the same attestation stands twice in the attestations field")
    return parts


def _is_bare_statement(value: JsonValue) -> bool:
    """Say whether the value is an in-toto statement and nothing else, as Statement v1 lists its fields."""
    match value:
        case {"_type": str(), "subject": list(), "predicateType": str(), **rest}:
            return rest.keys() <= {"predicate"}
        case _:
            return False


def _attestations_in(part: JsonValue) -> int:
    """Return how many attestations a part holds: one, or those within what wraps several. Raises EvidenceRefused."""
    match part:
        case {"version": int() as version, "attestation_bundles": list() as bundles, **rest} if not rest:
            if type(version) is not int or version != 1:
                raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, f"a PEP 740 provenance of version {version!r}")
            return sum(_bundle_size(bundle) for bundle in bundles)
        case {"attestation_bundles": _}:
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "not a provenance object of PEP 740")
        case {google_cloud_build_evidence.SUMMARY: _}:
            return _occurrences_in(part)
        case _:
            return 1


def _occurrences_in(part: JsonValue) -> int:
    try:
        return google_cloud_build_evidence.count_occurrences(part)
    except Misshapen as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, str(error)) from error


def _bundle_size(bundle: JsonValue) -> int:
    match bundle:
        case {"publisher": _, "attestations": list() as attestations, **rest} if attestations and not rest:
            if all(
                isinstance(attestation, dict) and not _is_bare_statement(attestation) for attestation in attestations
            ):
                return len(attestations)
    raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "a bundle of the PEP 740 provenance is not one of attestations")


def _wraps_several(part: JsonValue) -> bool:
    """Say whether a part is one of the two kinds that hold attestations, and is none itself."""
    return isinstance(part, dict) and ("attestation_bundles" in part or google_cloud_build_evidence.SUMMARY in part)


def _expand(text: str, part: JsonValue, place: slice) -> Iterator[tuple[JsonValue, slice]]:
    """Yield the attestations of a part, and where they stand: the part itself, or what it holds if it wraps several."""
    match part:
        case {"attestation_bundles": list() as bundles}:
            values = (value for bundle in bundles for value in _listed(bundle, "attestations"))
            yield from zip(values, _within_provenance(text, place.start), strict=True)
        case {google_cloud_build_evidence.SUMMARY: summary}:
            places = google_cloud_build_evidence.occurrences(text, place.start)
            yield from zip(_listed(summary, "provenance"), places, strict=True)
        case _:
            yield part, place


def _listed(value: JsonValue, key: str) -> list[JsonValue]:
    """Return the list that stands under a key, which :func:`_attestations_in` has seen there."""
    found = value.get(key) if isinstance(value, dict) else None
    assert isinstance(found, list)
    return found


def _within_provenance(text: str, start: int) -> Iterator[slice]:
    bundles = dict(json_slices.members(text, start))["attestation_bundles"]
    for bundle in json_slices.elements(text, bundles.start):
        attestations = dict(json_slices.members(text, bundle.start))["attestations"]
        yield from json_slices.elements(text, attestations.start)


def digest_of(raw: bytes) -> str:
    """Return the name of a piece of evidence: the SHA-256 (hex) of its bytes as sent."""
    return sha256_hex(raw)


def parse(sent: bytes | Part) -> Attestation:
    """Return which form one attestation has. Raises EvidenceRefused where it has none that is supported, or strays from it."""
    part = sent if isinstance(sent, Part) else Part.read(sent)
    try:
        return _form(part.raw, part.value)
    except Misshapen as error:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, str(error)) from error


def _form(raw: bytes, value: JsonValue) -> Attestation:
    match value:
        case {"version": version, "verification_material": dict(), "envelope": dict()}:
            if type(version) is not int or version != 1:
                raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, f"a PEP 740 attestation of version {version!r}")
            return Pep740Attestation(raw, read_shape(value, PEP740))
        case {"mediaType": str() as media_type, "verificationMaterial": dict() as material, **rest}:
            by_key = _is_by_key(media_type, material, stated="dsseEnvelope" in rest)
            content = read_shape(value, BUNDLE)
            if not by_key:
                return SigstoreBundle(raw, content)
            return KeySignedBundle(raw, content) if _is_witnessed(content) else KeySignedEnvelope(raw)
        case {"payload": str(), "payloadType": str(), "signatures": list() as signatures}:
            form = _envelope(raw, signatures)
            read_shape(value, ENVELOPE)
            return form
        case {"kind": _, "envelope": _}:
            google_cloud_build_evidence.check_occurrence(value)
            return GoogleCloudBuildProvenance(raw)
        case {"_type": _} if _is_bare_statement(value):
            return UnsignedStatement(raw)
        case _:
            raise EvidenceRefused(
                Reason.EVIDENCE_UNSUPPORTED,
                "neither a PEP 740 attestation or provenance, nor a Sigstore bundle, nor a DSSE envelope, "
                "nor Google Cloud Build's JSON, nor a bare in-toto statement",
            )


def _is_by_key(media_type: str, material: dict[str, JsonValue], *, stated: bool) -> bool:
    """Say whether a Sigstore bundle names a key, and not a certificate. Raises EvidenceRefused for one of no form taken here."""
    if media_type not in BUNDLES:
        raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, f"a Sigstore bundle of media type {media_type[:80]!r}")
    if not stated:
        raise EvidenceRefused(
            Reason.EVIDENCE_UNSUPPORTED, "a Sigstore bundle without a DSSE envelope: it signs a file but states nothing"
        )
    given = {name for name in ("certificate", "x509CertificateChain", "publicKey") if material.get(name) is not None}
    if len(given) != 1:
        raise EvidenceRefused(
            Reason.EVIDENCE_MALFORMED, "a Sigstore bundle without exactly one of certificate, chain and public key"
        )
    match material.get("x509CertificateChain"):
        case {"certificates": list() as chain} if len(chain) > MAX_CHAIN:
            raise EvidenceRefused(
                Reason.EVIDENCE_TOO_MUCH, f"a chain of {len(chain)} certificates, and {MAX_CHAIN} are taken"
            )
    return given == {"publicKey"}


def _is_witnessed(content: Content) -> bool:
    """Say whether a bundle brings a log entry or a timestamp."""
    match content:
        case {"verificationMaterial": dict() as material}:
            return bool(material.get("tlogEntries")) or has_timestamps(material)
        case _:
            return False


def has_timestamps(material: dict[str, Content]) -> bool:
    """Say whether a bundle's verification material brings an RFC 3161 timestamp or more."""
    match material.get("timestampVerificationData"):
        case {"rfc3161Timestamps": list() as stamps}:
            return bool(stamps)
        case _:
            return False


def _envelope(raw: bytes, signatures: list[JsonValue]) -> KeySignedEnvelope:
    """Tell bare envelopes with certificates (slsa-github-generator before v2) apart: they have no trusted time."""
    if signatures and all(isinstance(signature, dict) and "cert" in signature for signature in signatures):
        raise EvidenceRefused(
            Reason.EVIDENCE_UNSUPPORTED,
            "a DSSE envelope with a certificate and without a log entry: nothing shows when it was signed",
        )
    return KeySignedEnvelope(raw)
