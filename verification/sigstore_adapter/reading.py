"""Evidence of a known shape into sigstore's models."""

from __future__ import annotations

from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate
from sigstore.models import Bundle

from verification.bundle import EvidenceRefused, Pep740Attestation, SigstoreBundle
from verification.evidence_shape import Content
from verification.reasons import Reason
from verification.sigstore_adapter.documents import bundle_document, pep740_document
from verification.sigstore_adapter.promised_bundle import PromisedBundle, is_promised
from verification.sigstore_adapter.unlogged_bundle import UnloggedBundle, is_unlogged


def read_bundle(attestation: Pep740Attestation | SigstoreBundle) -> Bundle:
    """Return sigstore's model of an attestation. Raises EvidenceRefused for one that is not well-formed."""
    try:
        match attestation:
            case Pep740Attestation(_, content):
                return Bundle(pep740_document(content))
            case SigstoreBundle(_, content):
                return _read_sigstore(content)
    except EvidenceRefused:
        raise
    except Exception as error:
        # Any: the libraries that read hostile bytes here raise what they like, and it is the bytes' fault each time.
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, first_words(error)) from error


def carries_to_pep740(bundle: Bundle) -> bool:
    """Say whether PEP 740's readers could verify the bundle in their form of it.

    That form has no place for RFC 3161 timestamps, and its readers refuse entries without a proof or of kind intoto.
    """
    if isinstance(bundle, UnloggedBundle):
        return False
    entry = bundle.log_entry._inner
    if isinstance(bundle, PromisedBundle) or entry.kind_version.kind != "dsse":
        return False
    return bundle.verification_material.timestamp_verification_data is None


def _read_sigstore(content: Content) -> Bundle:
    if isinstance(content, dict) and is_promised(content):
        bundle: Bundle = PromisedBundle.from_content(content)
    elif isinstance(content, dict) and is_unlogged(content):
        bundle = UnloggedBundle.from_content(content)
    else:
        bundle = Bundle(bundle_document(content))
    _check_signatures(bundle)
    _check_chain(bundle)
    return bundle


def _check_signatures(bundle: Bundle) -> None:
    """Nothing but one signature, by the certificate's key; a key id would be a stranger's word about whose it is."""
    envelope = bundle._inner.dsse_envelope
    signatures = envelope.signatures if envelope is not None else []
    if len(signatures) != 1:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, f"a certificate and {len(signatures)} signatures beside it")
    if signatures[0].keyid:
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "a signature with a key id beside a certificate")


def _check_chain(bundle: Bundle) -> None:
    """sigstore looks at the first certificate alone; a stranger's after it would be kept and served as if it had a part."""
    chain = bundle._inner.verification_material.x509_certificate_chain
    certificates = [load_der_x509_certificate(each.raw_bytes) for each in chain.certificates] if chain else []
    for certificate, issuer in pairwise(certificates):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            detail = "a certificate chain in which one has not issued the one before it"
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, detail) from error


def first_words(error: Exception) -> str:
    """Return what of a library's error is told: its first line, which may be long."""
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]
