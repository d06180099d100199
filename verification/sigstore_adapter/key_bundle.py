"""Bundles by the hint of a plain key, with a log entry or timestamps beside it: sigstore reads none such."""

from __future__ import annotations

from sigstore.models import Bundle, InvalidBundle, TransparencyLogEntry
from sigstore_models.rekor.v1 import TransparencyLogEntry as _TransparencyLogEntry

from verification.bundle import BUNDLE_V01, EvidenceRefused, KeySignedBundle
from verification.evidence_shape import Content
from verification.reasons import Reason
from verification.sigstore_adapter.documents import bundle_document
from verification.sigstore_adapter.promised_bundle import PromisedEntry, is_promised, without_proof
from verification.sigstore_adapter.reading import first_words

MAX_TIMESTAMPS = 4
"""Most timestamps of a bundle. Each is tried under every authority of every instance; real bundles have one."""


class KeyBundle(Bundle):
    """A bundle without a certificate, with one signature and at most one log entry. Read by :func:`read_key_bundle`."""

    entry: TransparencyLogEntry | None

    def _verify(self) -> None:
        """Do what sigstore does when it reads a bundle, but for the certificate."""
        material, envelope = self._inner.verification_material, self._inner.dsse_envelope
        if envelope is None or len(envelope.signatures) != 1:
            raise InvalidBundle("a log entry or timestamp is of one signature, and the envelope has not exactly one")
        data = self.verification_material.timestamp_verification_data
        self.timestamps = data.rfc3161_timestamps if data else []
        if len(material.tlog_entries) > 1 or len(self.timestamps) > MAX_TIMESTAMPS:
            told = f"{len(material.tlog_entries)} log entries and {len(self.timestamps)} timestamps beside a key"
            raise EvidenceRefused(Reason.EVIDENCE_TOO_MUCH, f"{told}, and 1 and {MAX_TIMESTAMPS} are taken")
        if len(set(self.timestamps)) < len(self.timestamps):
            raise InvalidBundle("the same timestamp stands twice in the bundle")
        self.entry = self._entry_of(material.tlog_entries[0]) if material.tlog_entries else None

    def _entry_of(self, entry: _TransparencyLogEntry) -> TransparencyLogEntry:
        """protobuf-specs: v0.1 needs a promise, with which it may lack a proof; from v0.2 on there is a proof."""
        if self._inner.media_type != BUNDLE_V01:
            return TransparencyLogEntry(entry)
        if entry.inclusion_promise is None:
            raise InvalidBundle("bundle must contain an inclusion promise")
        return TransparencyLogEntry(entry) if entry.inclusion_proof is not None else PromisedEntry(entry)


def read_key_bundle(attestation: KeySignedBundle) -> KeyBundle:
    """Return the model of a bundle by a plain key. Raises EvidenceRefused for one that is not well-formed."""
    try:
        return KeyBundle(bundle_document(_without_key(attestation.content)))
    except EvidenceRefused:
        raise
    except Exception as error:
        # Any: the libraries that read hostile bytes here raise what they like, and it is the bytes' fault each time.
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, first_words(error)) from error


def _without_key(content: Content) -> Content:
    """Which key signed is not the hint's to say; and proto3's JSON may leave an empty list of entries out."""
    assert isinstance(content, dict)
    material = content["verificationMaterial"]
    assert isinstance(material, dict)
    kept = {key: member for key, member in material.items() if key != "publicKey"}
    kept["tlogEntries"] = kept.get("tlogEntries") or []
    keyless: dict[str, Content] = {**content, "verificationMaterial": kept}
    return without_proof(keyless) if is_promised(keyless) else keyless
