"""What evidence's JSON spells into the documents behind sigstore's models.

pydantic would decode and ask once more what :mod:`verification.evidence_shape` has asked more strictly: which keys there
are, their types, base64 and range. Here it is only what has to be there, and what must hold between two values. The
documents are pydantic's own, filled in without its validation; a test holds them equal to what it reads.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sigstore_models._core import Base
from sigstore_models.bundle.v1 import Bundle as BundleDocument
from sigstore_models.bundle.v1 import TimestampVerificationData, VerificationMaterial
from sigstore_models.common.v1 import LogId, RFC3161SignedTimestamp, X509Certificate, X509CertificateChain
from sigstore_models.intoto import Envelope as EnvelopeDocument
from sigstore_models.intoto import Signature
from sigstore_models.rekor.v1 import (
    Checkpoint,
    InclusionPromise,
    InclusionProof,
    KindVersion,
    TransparencyLogEntry,
)

from verification.bundle import EvidenceRefused
from verification.envelope import IN_TOTO
from verification.evidence_shape import Content
from verification.reasons import Reason

_empty, _set = object.__new__, object.__setattr__

_V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"

_Document = TypeVar("_Document", bound=Base)


def bundle_document(value: Content) -> BundleDocument:
    """Return the document of a Sigstore bundle. Raises EvidenceRefused where it lacks something."""
    match value:
        case {
            "mediaType": str() as media_type,
            "verificationMaterial": {"tlogEntries": list() as entries, **material},
            "dsseEnvelope": {
                "payload": bytes() as payload,
                "payloadType": str() as kind,
                "signatures": list() as signatures,
            },
        }:
            return _made(
                BundleDocument,
                media_type=media_type,
                verification_material=_made(
                    VerificationMaterial,
                    public_key=None,
                    x509_certificate_chain=_chain(material.get("x509CertificateChain")),
                    certificate=_certificate(material.get("certificate")),
                    tlog_entries=[_entry(entry) for entry in entries],
                    timestamp_verification_data=_timestamps(material.get("timestampVerificationData")),
                ),
                message_signature=None,
                dsse_envelope=_envelope(payload, kind, [_signature(each) for each in signatures]),
            )
        case _:
            raise _lacking("a media type, log entries, or a whole envelope", "Sigstore bundle")


def pep740_document(value: Content) -> BundleDocument:
    """Return the bundle v0.3 that a PEP 740 attestation stands for. Raises EvidenceRefused where it lacks something.

    The type of the payload is not in it but fixed by PEP 740.
    """
    match value:
        case {
            "verification_material": {"certificate": bytes() as certificate, "transparency_entries": list() as entries},
            "envelope": {"statement": bytes() as statement, "signature": bytes() as signature},
        }:
            if len(entries) != 1:
                # Readers of PEP 740 look at the first alone; others would be kept and served without having been checked.
                detail = "a PEP 740 attestation without exactly one log entry"
                raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, detail)
            return _made(
                BundleDocument,
                media_type=_V03,
                verification_material=_made(
                    VerificationMaterial,
                    public_key=None,
                    x509_certificate_chain=None,
                    certificate=_made(X509Certificate, raw_bytes=certificate),
                    tlog_entries=[_entry(entries[0])],
                    timestamp_verification_data=_made(TimestampVerificationData, rfc3161_timestamps=[]),
                ),
                message_signature=None,
                dsse_envelope=_envelope(statement, IN_TOTO, [_made(Signature, sig=signature, keyid=None)]),
            )
        case _:
            raise _lacking("verification material or its envelope", "PEP 740 attestation")


def _entry(value: Content) -> TransparencyLogEntry:
    """A proof may be missing here; ``reading`` says where it may."""
    match value:
        case {
            "logIndex": int() as log_index,
            "logId": {"keyId": bytes() as key_id},
            "kindVersion": {"kind": str() as kind, "version": str() as version},
            "canonicalizedBody": bytes() as body,
            **rest,
        }:
            return _made(
                TransparencyLogEntry,
                log_index=log_index,
                log_id=_made(LogId, key_id=key_id),
                kind_version=_made(KindVersion, kind=kind, version=version),
                integrated_time=cast(int | None, rest.get("integratedTime")),
                inclusion_promise=_promise(rest.get("inclusionPromise")),
                inclusion_proof=_proof(rest.get("inclusionProof")),
                canonicalized_body=body,
            )
        case _:
            raise _lacking("logIndex, logId, kindVersion or canonicalizedBody", "log entry")


def _promise(value: object) -> InclusionPromise | None:
    match value:
        case None:
            return None
        case {"signedEntryTimestamp": bytes() as signature}:
            return _made(InclusionPromise, signed_entry_timestamp=signature)
        case _:
            raise _lacking("signedEntryTimestamp", "inclusionPromise")


def _proof(value: object) -> InclusionProof | None:
    match value:
        case None:
            return None
        case {
            "logIndex": int() as log_index,
            "rootHash": bytes() as root_hash,
            "treeSize": int() as tree_size,
            "hashes": list() as hashes,
            **rest,
        }:
            if tree_size <= log_index:
                raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "an inclusionProof whose logIndex is not in its tree")
            return _made(
                InclusionProof,
                log_index=log_index,
                root_hash=root_hash,
                tree_size=tree_size,
                hashes=hashes,
                checkpoint=_checkpoint(rest.get("checkpoint")),
            )
        case _:
            raise _lacking("logIndex, rootHash, treeSize or hashes", "inclusionProof")


def _checkpoint(value: object) -> Checkpoint | None:
    match value:
        case None:
            return None
        case {"envelope": str() as text}:
            return _made(Checkpoint, envelope=text)
        case _:
            raise _lacking("envelope", "checkpoint")


def _chain(value: object) -> X509CertificateChain | None:
    match value:
        case None:
            return None
        case {"certificates": list() as certificates}:
            return _made(X509CertificateChain, certificates=[_certificate(each, there=True) for each in certificates])
        case _:
            raise _lacking("certificates", "x509CertificateChain")


def _certificate(value: object, *, there: bool = False) -> X509Certificate | None:
    match value:
        case None if not there:
            return None
        case {"rawBytes": bytes() as raw}:
            return _made(X509Certificate, raw_bytes=raw)
        case _:
            raise _lacking("rawBytes", "certificate")


def _timestamps(value: object) -> TimestampVerificationData | None:
    match value:
        case None:
            return None
        case {"rfc3161Timestamps": list() as stamps}:
            return _made(TimestampVerificationData, rfc3161_timestamps=[_timestamp(each) for each in stamps])
        case {"rfc3161Timestamps": _}:
            raise _lacking("a list of rfc3161Timestamps", "timestampVerificationData")
        case _:
            return TimestampVerificationData()


def _timestamp(value: Content) -> RFC3161SignedTimestamp:
    match value:
        case {"signedTimestamp": bytes() as stamp}:
            return _made(RFC3161SignedTimestamp, signed_timestamp=stamp)
        case _:
            raise _lacking("signedTimestamp", "RFC 3161 timestamp")


def _envelope(payload: bytes, kind: str, signatures: list[Signature]) -> EnvelopeDocument:
    return _made(EnvelopeDocument, payload=payload, payload_type=kind, signatures=signatures)


def _signature(value: Content) -> Signature:
    match value:
        case {"sig": bytes() as signature, **rest}:
            return _made(Signature, sig=signature, keyid=cast(str | None, rest.get("keyid")))
        case _:
            raise _lacking("sig", "signature of the envelope")


def _made(document_type: type[_Document], **fields: Any) -> _Document:
    """Fill a document in as pydantic's ``model_construct`` does, which goes through every field for its defaults."""
    document = _empty(document_type)
    _set(document, "__dict__", fields)
    _set(document, "__pydantic_fields_set__", set(fields))
    _set(document, "__pydantic_extra__", None)
    _set(document, "__pydantic_private__", None)
    return document


def _lacking(what: str, where: str) -> EvidenceRefused:
    return EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"a {where} without {what}")
