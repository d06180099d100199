"""sigstore's Verifier, completed where it refuses what is sound, and tightened where it looks away.

Refused by sigstore 4.5.1 and sound: log entries of kind ``intoto/0.0.2``, and ``hashedrekord/0.0.1`` over PAE. Let
through: a timestamp that does not verify beside one that does. All else is done by the stock code, in its order.
"""

from __future__ import annotations

from cryptography import x509
from sigstore import dsse
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore.errors import VerificationError
from sigstore.models import Bundle
from sigstore.verify import Verifier
from sigstore.verify.policy import VerificationPolicy

from verification.provenance import Signer
from verification.signer import CertificateUnreadable, read_signer
from verification.sigstore_adapter.hashedrekord_entry import check_hashedrekord_entry
from verification.sigstore_adapter.intoto_entry import check_intoto_entry
from verification.sigstore_adapter.log_entry import integrated_at
from verification.sigstore_adapter.outcome import NotAuthentic

_COMPLETED = {("intoto", "0.0.2"): check_intoto_entry, ("hashedrekord", "0.0.1"): check_hashedrekord_entry}
"""The kinds of log entries of DSSE envelopes that sigstore does not compare, and what does."""


class ReadsTheSigner:
    """sigstore's policy slot: the certificate must say who its signer is. Whether we trust that one is step 2.

    ``signer`` is who it is, once sigstore has asked.
    """

    def __init__(self, sigstore: str) -> None:
        """Take the name of the Sigstore instance that is asked."""
        self._sigstore = sigstore
        self.signer: Signer | None = None

    def verify(self, cert: x509.Certificate) -> None:
        """Raise VerificationError for a certificate that cannot be judged by step 2."""
        try:
            self.signer = read_signer(cert, sigstore=self._sigstore)
        except CertificateUnreadable as error:
            raise VerificationError(str(error)) from error


class CompletedVerifier(Verifier):
    """A Verifier over the trusted root as it stood when the evidence was signed."""

    def verify_dsse(self, bundle: Bundle, policy: VerificationPolicy) -> tuple[str, bytes]:
        """Return type and payload of the bundle's verified envelope.

        Raises VerificationError or NotAuthentic.
        """
        kind = bundle.log_entry._inner.kind_version
        check_entry_body = _COMPLETED.get((kind.kind, kind.version))
        if check_entry_body is None:
            return super().verify_dsse(bundle, policy)
        self._verify_common_signing_cert(bundle, policy)
        envelope = bundle._dsse_envelope
        if envelope is None:
            raise NotAuthentic("a bundle without an envelope")
        key = bundle.signing_certificate.public_key()
        dsse._verify(key, envelope)  # type: ignore[arg-type]  # instance.py lets no other key come here
        check_entry_body(bundle.log_entry._inner.canonicalized_body, envelope, bundle.signing_certificate)
        return envelope._inner.payload_type, envelope._inner.payload

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        """Return every time that somebody trusted has signed. The promise that signs a log's is verified after this."""
        moments = []
        data = bundle.verification_material.timestamp_verification_data
        if data is not None:
            moments = self._verify_timestamp_authority(bundle)
            if len(moments) != len(data.rfc3161_timestamps):
                raise NotAuthentic("a timestamp of the bundle is of no trusted authority, or of another signature")
        integrated = integrated_at(bundle.log_entry)
        if integrated is not None:
            moments.append(TimestampVerificationResult(TimestampSource.TRANSPARENCY_SERVICE, integrated))
        return moments
