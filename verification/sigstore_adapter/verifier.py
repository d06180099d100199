"""sigstore's Verifier, completed where it refuses what is sound, tightened where it looks away, and kept.

Refused by sigstore 4.5.1 and sound: log entries of kind ``intoto/0.0.2``, and ``hashedrekord/0.0.1`` over PAE. Let
through: a timestamp that does not verify beside one that does. Made anew for every signature: the store of authorities, and
the hashes of their keys. The steps are sigstore's, in its order, and so are the primitives; ``test_stock_verifier.py``
holds that nothing passes here which the stock Verifier would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store
from cryptography.x509.verification import VerificationError as PathError
from sigstore import dsse
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore._internal.trust import KeyringPurpose
from sigstore._utils import cert_is_leaf
from sigstore.errors import VerificationError
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import VerificationPolicy
from sigstore.verify.verifier import _validate_hashedrekord_v002_dsse_entry_body

from verification.provenance import Signer
from verification.signer import CertificateUnreadable, read_signer
from verification.sigstore_adapter.certificate_timestamp import issuers_among, verify_certificate_timestamp
from verification.sigstore_adapter.dsse_entry import check_dsse_entry
from verification.sigstore_adapter.hashedrekord_entry import check_hashedrekord_entry
from verification.sigstore_adapter.intoto_entry import check_intoto_entry
from verification.sigstore_adapter.log_entry import integrated_at, verify_entry
from verification.sigstore_adapter.outcome import NotAuthentic

ENTRY_BODIES = {
    ("dsse", "0.0.1"): check_dsse_entry,
    ("intoto", "0.0.2"): check_intoto_entry,
    ("hashedrekord", "0.0.1"): check_hashedrekord_entry,
}
"""The kinds of Rekor v1's log entries of DSSE envelopes, and what holds them against the bundle."""


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

    def __init__(self, *, trusted_root: TrustedRoot) -> None:
        """Take the root, and keep what every signature's verification needs of it."""
        super().__init__(trusted_root=trusted_root)
        self._paths = paths_to(self._fulcio_certificate_chain)
        self._issuers = issuers_among(self._fulcio_certificate_chain)

    def verify_dsse(self, bundle: Bundle, policy: VerificationPolicy) -> tuple[str, bytes]:
        """Return type and payload of the bundle's verified envelope.

        Raises VerificationError or NotAuthentic.
        """
        self._verify_common_signing_cert(bundle, policy)
        envelope = bundle._dsse_envelope
        if envelope is None:
            raise NotAuthentic("a bundle without an envelope")
        dsse._verify(cast(ec.EllipticCurvePublicKey, bundle.signing_certificate.public_key()), envelope)
        kind = bundle.log_entry._inner.kind_version
        check_entry_body = ENTRY_BODIES.get((kind.kind, kind.version))
        if check_entry_body is not None:
            check_entry_body(bundle.log_entry._inner.canonicalized_body, envelope, _as_sent(bundle))
        elif (kind.kind, kind.version) == ("hashedrekord", "0.0.2"):
            _validate_hashedrekord_v002_dsse_entry_body(bundle)
        else:
            raise NotAuthentic("a log entry of a kind that nobody checks")
        return envelope._inner.payload_type, envelope._inner.payload

    def _verify_common_signing_cert(self, bundle: Bundle, policy: VerificationPolicy) -> None:
        """Take sigstore's steps 0 to 6: times, path at each of them, SCT, signer, log entry, validity; usage comes first."""
        certificate = bundle.signing_certificate
        check_leaf(certificate)
        moments = self._establish_time(bundle)
        if not moments:
            raise NotAuthentic("neither a log nor a timestamp authority says when this was signed")
        certificate_logs = self._trusted_root.ct_keyring(KeyringPurpose.VERIFY)
        for issuer in {self._verify_chain_at_time(certificate, moment)[0] for moment in moments}:
            verify_certificate_timestamp(certificate, self._issuers.get(issuer), certificate_logs)
        policy.verify(certificate)
        verify_entry(bundle.log_entry, self._trusted_root.rekor_keyring(KeyringPurpose.VERIFY))
        check_validity(certificate, moments)

    def _verify_chain_at_time(
        self, certificate: x509.Certificate, timestamp_result: TimestampVerificationResult
    ) -> list[x509.Certificate]:
        """Return the path from the certificate's issuer on. Raises VerificationError where none was valid at that time."""
        try:
            path = self._paths.time(timestamp_result.time).build_client_verifier().verify(certificate, [])
        except (PathError, x509.UnsupportedGeneralNameType) as error:
            raise VerificationError(f"failed to build timestamp certificate chain: {error}") from error
        return path.chain[1:]

    def _establish_time(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        """Return every time that somebody trusted has signed. The promise that signs a log's is verified after this."""
        moments = self._verified_timestamps(bundle)
        integrated = integrated_at(bundle.log_entry)
        if integrated is not None:
            moments.append(TimestampVerificationResult(TimestampSource.TRANSPARENCY_SERVICE, integrated))
        return moments

    def _verified_timestamps(self, bundle: Bundle) -> list[TimestampVerificationResult]:
        """Return the time of each RFC 3161 timestamp. Raises NotAuthentic where one of them does not verify."""
        data = bundle.verification_material.timestamp_verification_data
        if data is None:
            return []
        moments = self._verify_timestamp_authority(bundle)
        if len(moments) != len(data.rfc3161_timestamps):
            raise NotAuthentic("a timestamp of the bundle is of no trusted authority, or of another signature")
        return moments


def _as_sent(bundle: Bundle) -> bytes:
    """Return the signer's certificate in the very bytes of the bundle; to have it encoded anew takes 16 us."""
    material = bundle._inner.verification_material
    chain = material.x509_certificate_chain
    certificate = chain.certificates[0] if chain is not None else material.certificate
    if certificate is None:
        raise NotAuthentic("a bundle without a certificate")
    return certificate.raw_bytes


def paths_to(authorities: list[x509.Certificate]) -> PolicyBuilder:
    """Return the policy by which sigstore builds a path: X.509's for clients, but for the extended key usage.

    Fulcio's certificates are for signing code, which :func:`check_leaf` asks.
    """
    authority = ExtensionPolicy.webpki_defaults_ca()
    leaf = ExtensionPolicy.webpki_defaults_ee()
    return (
        PolicyBuilder()
        .store(Store(authorities))
        .extension_policies(
            ca_policy=authority.may_be_present(x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None),
            ee_policy=leaf.may_be_present(x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None),
        )
    )


def check_validity(certificate: x509.Certificate, moments: Iterable[TimestampVerificationResult]) -> None:
    """Raise NotAuthentic unless every moment lies within the certificate's validity."""
    for moment in moments:
        if not certificate.not_valid_before_utc <= moment.time <= certificate.not_valid_after_utc:
            raise NotAuthentic("the certificate was not valid when this was signed")


def check_leaf(certificate: x509.Certificate) -> None:
    """Raise NotAuthentic unless the certificate is an end entity's, with a key of ECDSA P-256.

    Of a certificate that stands alone sigstore asks its usages, and not whether it is an end entity's. And it verifies
    DSSE with SHA-256 alone, whatever the key: only on P-256 is that the key's own hash.
    """
    if not cert_is_leaf(certificate):
        raise NotAuthentic("the certificate is not an end entity's")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NotAuthentic(
            "the certificate's key is not of ECDSA P-256, the only kind with which such evidence is signed"
        )
