"""The one place that speaks with sigstore: is this evidence authentic under that Sigstore instance?

Everything cryptographic is sigstore's: certificate chain and time, SCT, log inclusion, signature, and that the log
entry is of these very materials. Which signer that is, and what he may say, is not asked here: the steps after this
one do, for every signer, and none of them can be left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from pypi_attestations import Attestation as PypiAttestation
from sigstore.errors import Error as SigstoreError
from sigstore.errors import VerificationError
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from verification.bundle import EvidenceRefused, Pep740Attestation, SigstoreBundle
from verification.canonical import JsonValue
from verification.provenance import Signer
from verification.reasons import Reason
from verification.signer import CertificateUnreadable, read_signer


@dataclass(frozen=True, slots=True)
class Authentic:
    """What an authentic attestation says, who signed it, and when (UTC, by a log or timestamp authority, not by the signer)."""

    payload_type: str
    payload: bytes
    signer: Signer
    signed_at: datetime


class NotAuthentic(Exception):
    """Something of the signature, certificate, timestamp or log entry does not hold."""


class AuthorityUnknown(Exception):
    """The certificate was issued by no authority of the instance: it is not this instance's to judge."""


class _NamesItsIssuer:
    """sigstore's policy slot: the certificate must say who vouched for the identity. Whether we trust that is step 2."""

    def verify(self, cert: x509.Certificate) -> None:
        """Raise VerificationError for a certificate that cannot be judged by step 2."""
        try:
            read_signer(cert, sigstore="")
        except CertificateUnreadable as error:
            raise VerificationError(str(error)) from error


class SigstoreInstance:
    """One Sigstore instance under its name, with a long-lived Verifier."""

    def __init__(self, name: str, trusted_root: Mapping[str, JsonValue]) -> None:
        """Take the instance's ``trusted_root.json`` as a value. Raises ValueError where sigstore cannot read it."""
        self.name = name
        try:
            root = TrustedRoot(TrustedRootDocument.from_json(json.dumps(trusted_root)))
            self._verifier = Verifier(trusted_root=root)
            self._authorities = frozenset(_key_identifier(certificate) for certificate in root.get_fulcio_certs())
        except (ValueError, SigstoreError) as error:
            raise ValueError(f"the trusted root of {name} cannot be used: {error}") from error

    def authenticate(self, attestation: Pep740Attestation | SigstoreBundle) -> Authentic:
        """Return what the attestation says, if it is authentic under this instance.

        Raises EvidenceRefused (unreadable), AuthorityUnknown (another instance's), NotAuthentic.
        """
        bundle, issuer = read_bundle(attestation), None
        try:
            issuer = _issuer_key_identifier(bundle.signing_certificate)
        except Exception as error:  # x509 raises InvalidVersion and others, which are no ValueErrors
            raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, "the certificate cannot be read") from error
        if issuer not in self._authorities:
            raise AuthorityUnknown
        try:
            payload_type, payload = self._verifier.verify_dsse(bundle, _NamesItsIssuer())
            signer = read_signer(bundle.signing_certificate, sigstore=self.name)
            return Authentic(payload_type, payload, signer, self._signed_at(bundle))
        except (VerificationError, CertificateUnreadable) as error:
            raise NotAuthentic(str(error)) from error
        except Exception as error:
            raise NotAuthentic(f"the evidence cannot be verified ({type(error).__name__})") from error

    def _signed_at(self, bundle: Bundle) -> datetime:
        # Private, and the only way to the times that the Verifier has relied on; tests/verification holds it in place.
        moments = [result.time for result in self._verifier._establish_time(bundle)]
        return min(moments).astimezone(UTC)


def read_bundle(attestation: Pep740Attestation | SigstoreBundle) -> Bundle:
    """Return sigstore's model of an attestation. Raises EvidenceRefused for one that is not well-formed."""
    try:
        match attestation:
            case Pep740Attestation(raw):
                return _only_entry(PypiAttestation.model_validate_json(raw)).to_bundle()
            case SigstoreBundle(raw):
                return Bundle.from_json(raw)
    except EvidenceRefused:
        raise
    except Exception as error:  # pydantic, sigstore and x509 have no common error for what they cannot read
        raise EvidenceRefused(Reason.EVIDENCE_MALFORMED, _first_line(error)) from error


def _only_entry(attestation: PypiAttestation) -> PypiAttestation:
    """``to_bundle`` looks at the first log entry alone; others would be kept and served without having been checked."""
    if len(attestation.verification_material.transparency_entries) != 1:
        raise EvidenceRefused(Reason.EVIDENCE_UNSUPPORTED, "a PEP 740 attestation with more than one log entry")
    return attestation


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _key_identifier(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _issuer_key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except (x509.ExtensionNotFound, ValueError):
        return None
