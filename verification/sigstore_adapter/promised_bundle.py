"""Bundles v0.1 whose log entry comes with the log's promise to include it, and without a proof that it did.

protobuf-specs, ``sigstore_bundle.proto``: in v0.1 the promise is required and verified, the proof is optional, and one
without a checkpoint proves nothing. From v0.2 on the proof is required. sigstore reads only entries with a proof.
"""

from __future__ import annotations

from typing import Self

from cryptography.x509 import load_der_x509_certificate
from sigstore.models import Bundle, InvalidBundle, TransparencyLogEntry

from verification.bundle import BUNDLE_V01
from verification.evidence_shape import Content
from verification.sigstore_adapter.documents import bundle_document


class PromisedEntry(TransparencyLogEntry):
    """A log entry of which the promise is all that can be verified."""

    def _validate(self) -> None:
        if not self._inner.inclusion_promise or not self._inner.integrated_time:
            raise InvalidBundle("a log entry without a proof needs an inclusion promise and its time")


class PromisedBundle(Bundle):
    """A bundle v0.1 with exactly one log entry, which is promised. Read by :meth:`from_content`."""

    @classmethod
    def from_content(cls, content: dict[str, Content]) -> Self:
        """Return the bundle of what is spelled where :func:`is_promised` holds. Raises ValueError or sigstore's Error."""
        return cls(bundle_document(without_proof(content)))

    def _verify(self) -> None:
        """Do what sigstore does when it reads a bundle v0.1, but for the proof and what ``instance`` asks of every form."""
        material = self._inner.verification_material
        chain = material.x509_certificate_chain
        if chain is None or not chain.certificates:
            raise InvalidBundle("expected certificate chain in bundle")
        leaf, *_ = (load_der_x509_certificate(certificate.raw_bytes) for certificate in chain.certificates)
        self._signing_certificate = leaf
        self._log_entry: TransparencyLogEntry = PromisedEntry(material.tlog_entries[0])


def is_promised(content: dict[str, Content]) -> bool:
    """Say whether this is a bundle v0.1 whose only log entry has no proof with a checkpoint."""
    match content:
        case {"mediaType": str() as media_type, "verificationMaterial": {"tlogEntries": [dict() as entry]}}:
            proven = isinstance(proof := entry.get("inclusionProof"), dict) and bool(proof.get("checkpoint"))
            return media_type == BUNDLE_V01 and not proven
        case _:
            return False


def without_proof(content: dict[str, Content]) -> dict[str, Content]:
    """Return that for which :func:`is_promised` holds without a proof that nobody signed: protobuf-specs has it ignored."""
    material = content["verificationMaterial"]
    assert isinstance(material, dict)
    entries = material["tlogEntries"]
    assert isinstance(entries, list)
    entry = entries[0]
    assert isinstance(entry, dict)
    promised: Content = {key: member for key, member in entry.items() if key != "inclusionProof"}
    return {**content, "verificationMaterial": {**material, "tlogEntries": [promised]}}
