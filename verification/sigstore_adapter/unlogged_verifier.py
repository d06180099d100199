"""sigstore's Verifier for an instance without logs: a timestamp in the place of a log entry, and no SCT.

What is asked beside that is asked as of any other instance, by the same code. sigstore 4.5.1 has no such mode: it takes no
trusted root without a log and no bundle without an entry (decision 12).
"""

from __future__ import annotations

from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec
from sigstore import dsse
from sigstore._internal.timestamp import TimestampVerificationResult
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify.policy import VerificationPolicy

from verification.sigstore_adapter.outcome import NotAuthentic
from verification.sigstore_adapter.verifier import CompletedVerifier, check_leaf, check_validity, paths_to


class UnloggedVerifier(CompletedVerifier):
    """A Verifier over the trusted root, without logs, as it stood when the evidence was signed."""

    def __init__(self, *, trusted_root: TrustedRoot) -> None:
        """Take the root. Not as sigstore's own does, which asks for a log and makes a client of it."""
        self._trusted_root = trusted_root
        self._paths = paths_to(trusted_root.get_fulcio_certs())

    def verify_dsse(self, bundle: Bundle, policy: VerificationPolicy) -> tuple[str, bytes]:
        """Return type and payload of the bundle's verified envelope.

        Raises VerificationError or NotAuthentic.
        """
        self._verify_common_signing_cert(bundle, policy)
        envelope = bundle._dsse_envelope
        if envelope is None:
            raise NotAuthentic("a bundle without an envelope")
        dsse._verify(cast(ec.EllipticCurvePublicKey, bundle.signing_certificate.public_key()), envelope)
        return envelope._inner.payload_type, envelope._inner.payload

    def _verify_common_signing_cert(self, bundle: Bundle, policy: VerificationPolicy) -> None:
        """Times, a path at each of them, the signer and the certificate's validity, in the order of the logged."""
        certificate = bundle.signing_certificate
        check_leaf(certificate)
        moments = self._establish_time(bundle)
        if not moments:
            raise NotAuthentic("no timestamp authority says when this was signed, and there is no log to say it")
        for moment in moments:
            self._verify_chain_at_time(certificate, moment)
        policy.verify(certificate)
        check_validity(certificate, moments)

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        return self._verified_timestamps(bundle)
