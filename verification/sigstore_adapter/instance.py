"""One Sigstore instance, and the order in which it is asked whether evidence is authentic."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from sigstore.errors import Error as SigstoreError
from sigstore.models import Bundle

from verification.bundle import Pep740Attestation, SigstoreBundle
from verification.canonical import JsonValue
from verification.sigstore_adapter.instance_root import InstanceRoot
from verification.sigstore_adapter.log_entry import check_entry, integrated_at
from verification.sigstore_adapter.outcome import Authentic, AuthorityUnknown, NotAuthentic
from verification.sigstore_adapter.reading import read_bundle
from verification.sigstore_adapter.transparency import Transparency
from verification.sigstore_adapter.unlogged_bundle import UnloggedBundle
from verification.sigstore_adapter.verifier import ReadsTheSigner


class SigstoreInstance:
    """One Sigstore instance under its name, with its trusted root."""

    def __init__(
        self, name: str, trusted_root: Mapping[str, JsonValue], transparency: Transparency = Transparency.LOG
    ) -> None:
        """Take the instance's ``trusted_root.json`` as a value, and whether it has logs.

        Raises ValueError where it cannot be used.
        """
        self.name = name
        try:
            self.root = InstanceRoot(trusted_root, transparency)
        except Exception as error:
            # Any: libraries raise what they like at keys and certificates that they cannot read.
            raise ValueError(f"the trusted root of {name} cannot be used: {error}") from error

    def authenticate(self, bundle: Bundle) -> Authentic:
        """Return what a bundle says whose certificate names this instance's authority, if it is authentic.

        Raises NotAuthentic.
        """
        try:
            return self._verify(bundle)
        except SigstoreError as error:
            raise NotAuthentic(str(error)) from error
        except NotAuthentic:
            raise
        except Exception as error:
            raise NotAuthentic(f"the evidence cannot be verified ({type(error).__name__})") from error

    @property
    def issuers(self) -> frozenset[bytes]:
        """The key identifiers by which certificates name the instance's authorities: whoever bears one is this instance's."""
        return self.root.issuers

    @property
    def has_log(self) -> bool:
        """Whether what the instance issues is in public logs."""
        return self.root.transparency is Transparency.LOG

    def _verify(self, bundle: Bundle) -> Authentic:
        """The times that choose the root are claims until the Verifier, under that very root, has verified them all."""
        self._check_chain(bundle)
        if isinstance(bundle, UnloggedBundle):
            if self.has_log:
                raise NotAuthentic(
                    "a bundle without a log entry, and its certificate is of an instance that logs all it signs"
                )
            moments = stamped_moments(bundle)
            verifier = self.root.unlogged_verifier_at(moments)
        else:
            if not self.has_log:
                raise NotAuthentic("a log entry beside a certificate of an instance that has no log")
            check_entry(bundle.log_entry)
            moments = _claimed_moments(bundle)
            verifier = self.root.verifier_at(moments, bundle.log_entry._inner.log_id.key_id)
        policy = ReadsTheSigner(self.name)
        payload_type, payload = verifier.verify_dsse(bundle, policy)
        if policy.signer is None:
            raise NotAuthentic("sigstore has not asked who the signer is")
        return Authentic(payload_type, payload, policy.signer, min(moments))

    def _check_chain(self, bundle: Bundle) -> None:
        """Anybody can certify an authority's name and key anew, and put that, and himself, behind a sound certificate."""
        chain = bundle._inner.verification_material.x509_certificate_chain
        if chain is not None and any(each.raw_bytes not in self.root.certificates for each in chain.certificates[1:]):
            raise NotAuthentic("a certificate of the chain is none of the instance's trusted root")


def authenticate_by_certificate(
    attestation: Pep740Attestation | SigstoreBundle, instances: Collection[SigstoreInstance]
) -> Authentic:
    """Return what the attestation says, if it is authentic under the first of the instances whose certificate it has.

    Raises EvidenceRefused (unreadable), AuthorityUnknown (none of the instances'), NotAuthentic.
    """
    if not instances:
        raise AuthorityUnknown
    bundle = read_bundle(attestation)
    issuer = _issuer_key_identifier(bundle.signing_certificate)
    for instance in instances:
        if issuer in instance.issuers:
            return instance.authenticate(bundle)
    raise AuthorityUnknown


def _claimed_moments(bundle: Bundle) -> list[datetime]:
    stamped = stamped_moments(bundle)
    integrated = integrated_at(bundle.log_entry)
    moments = [*stamped, integrated] if integrated is not None else stamped
    if not moments:
        raise NotAuthentic("neither a log nor a timestamp authority says when this was signed")
    return moments


def stamped_moments(bundle: Bundle) -> list[datetime]:
    """Return the times that the bundle's RFC 3161 timestamps claim."""
    data = bundle.verification_material.timestamp_verification_data
    return [response.tst_info.gen_time.astimezone(UTC) for response in data.rfc3161_timestamps] if data else []


def _issuer_key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        issuer = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return None
    return issuer.key_identifier if isinstance(issuer, x509.AuthorityKeyIdentifier) else None
