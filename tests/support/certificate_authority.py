"""A Fulcio-like certificate authority: short-lived certificates that carry a build's identity as claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificate_transparency import CertificateTransparencyLog
from tests.support.certificates import SIGNS_MESSAGES, intermediate_certificate, root_certificate
from tests.support.keys import SigningKey

_FULCIO = "1.3.6.1.4.1.57264.1"

CLAIMS = {
    "issuer": 8,
    "build_signer_uri": 9,
    "build_signer_digest": 10,
    "runner_environment": 11,
    "source_repository_uri": 12,
    "source_repository_digest": 13,
    "source_repository_ref": 14,
    "source_repository_identifier": 15,
    "source_repository_owner_uri": 16,
    "source_repository_owner_identifier": 17,
    "build_config_uri": 18,
    "build_config_digest": 19,
    "build_trigger": 20,
    "run_invocation_uri": 21,
    "source_repository_visibility_at_signing": 22,
    "deployment_environment": 23,
}
"""Fulcio's extensions by the names of its directory (docs/oid-info.md); their values are DER UTF8Strings."""

LEGACY_CLAIMS = {
    "issuer": 1,
    "github_workflow_trigger": 2,
    "github_workflow_sha": 3,
    "github_workflow_name": 4,
    "github_workflow_repository": 5,
    "github_workflow_ref": 6,
}
"""The only claims before 2023, beside the others since; their values are bare bytes."""


@dataclass(frozen=True)
class Credential:
    """What a build signs with. `dataclasses.replace` makes one whose key and certificate do not belong together."""

    private_key: SigningKey
    certificate: x509.Certificate


class CertificateAuthority:
    """A root, an intermediate under it, and the log that timestamps every certificate of the intermediate."""

    url = "https://fulcio.sigstore.example"

    def __init__(self, start: datetime, log: CertificateTransparencyLog) -> None:
        root_key = ec.generate_private_key(ec.SECP384R1())
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._log = log
        self.root = root_certificate("sigstore", root_key, start, path_length=1)
        self.intermediate = intermediate_certificate(
            "sigstore-intermediate",
            self._key,
            start,
            purposes=[ExtendedKeyUsageOID.CODE_SIGNING],
            issuer=self.root,
            issuer_key=root_key,
        )

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The authority's certificates, the one that signs leaves first."""
        return (self.intermediate, self.root)

    def issue(
        self,
        san: str,
        claims: Mapping[str, str],
        *,
        at: datetime,
        legacy: Mapping[str, str],
        sct: bool,
        minutes: float,
        key: SigningKey,
    ) -> Credential:
        """Issue a certificate for the key, valid from the given moment."""
        builder = self._profile(key, san, at, timedelta(minutes=minutes))
        for extension in _claim_extensions(claims, legacy):
            builder = builder.add_extension(extension, critical=False)
        if sct:
            precertificate = builder.sign(self._key, hashes.SHA384())
            timestamp = self._log.timestamp_extension(precertificate, self._key.public_key(), at)
            builder = builder.add_extension(timestamp, critical=False)
        return Credential(key, builder.sign(self._key, hashes.SHA384()))

    def _profile(self, key: SigningKey, san: str, at: datetime, lifetime: timedelta) -> x509.CertificateBuilder:
        """Return the extensions and fields that every one of Fulcio's certificates has."""
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(at + lifetime)
            .add_extension(SIGNS_MESSAGES, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            # Critical because the subject is empty (RFC 5280, 4.2.1.6).
            .add_extension(x509.SubjectAlternativeName([_general_name(san)]), critical=True)
        )


def _general_name(san: str) -> x509.GeneralName:
    """Return an e-mail address (people and service accounts) or a URI (workflows, whose URIs hold an @ as well)."""
    if "@" in san and "://" not in san:
        return x509.RFC822Name(san)
    return x509.UniformResourceIdentifier(san)


def _claim_extensions(claims: Mapping[str, str], legacy: Mapping[str, str]) -> list[x509.UnrecognizedExtension]:
    def extension(number: int, value: bytes) -> x509.UnrecognizedExtension:
        return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_FULCIO}.{number}"), value)

    return [
        *(extension(LEGACY_CLAIMS[name], value.encode()) for name, value in legacy.items()),
        *(extension(CLAIMS[name], asn1.encode_der(value)) for name, value in claims.items()),
    ]
