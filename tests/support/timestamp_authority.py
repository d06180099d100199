"""An RFC 3161 timestamp authority that stamps whatever moment it is told.

The `openssl ts` command would sign too, but only ever the present.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support import keys
from tests.support.certificates import AUTHORITY_LIFETIME, SIGNS_MESSAGES, der, root_certificate, subject_name

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_ECDSA_WITH_SHA256 = x509.ObjectIdentifier("1.2.840.10045.4.3.2")
_SIGNED_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_TST_INFO = x509.ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
_SIGNING_CERTIFICATE_V2 = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_SIGSTORE_POLICY = x509.ObjectIdentifier("1.3.6.1.4.1.57264.2")
_GRANTED = 0


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier


@asn1.sequence
class _MessageImprint:
    hash_algorithm: _Algorithm
    hashed_message: bytes


@asn1.sequence
class _TstInfo:
    version: int
    policy: x509.ObjectIdentifier
    message_imprint: _MessageImprint
    serial_number: int
    gen_time: asn1.GeneralizedTime


@asn1.sequence
class _EssCertificate:
    certificate_hash: bytes


@asn1.sequence
class _SigningCertificate:
    certificates: list[_EssCertificate]


@asn1.sequence
class _Attribute:
    type: x509.ObjectIdentifier
    values: asn1.SetOf[x509.ObjectIdentifier | bytes | _SigningCertificate]


@asn1.sequence
class _IssuerAndSerialNumber:
    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerialNumber
    digest_algorithm: _Algorithm
    signed_attributes: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]
    signature_algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _EncapsulatedContent:
    type: x509.ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[_Algorithm]
    encapsulated_content: _EncapsulatedContent
    certificates: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]
    signer_infos: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    type: x509.ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


@asn1.sequence
class _Status:
    status: int


@asn1.sequence
class _TimestampResponse:
    status: _Status
    token: _ContentInfo


class TimestampAuthority:
    """Says that it has seen a message at a moment."""

    url = "https://timestamp.sigstore.example/api/v1/timestamp"

    def __init__(self, start: datetime) -> None:
        root_key = ec.generate_private_key(ec.SECP384R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = root_certificate("sigstore-tsa-root", root_key, start, path_length=0)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(subject_name("sigstore-tsa"))
            .issuer_name(self._root.subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + AUTHORITY_LIFETIME)
            .add_extension(SIGNS_MESSAGES, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
            .sign(root_key, hashes.SHA384())
        )

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The authority's certificates, the one that stamps first."""
        return (self._certificate, self._root)

    def stamp(self, message: bytes, at: datetime) -> bytes:
        """Return the whole timestamp response for the message, to the second."""
        content = asn1.encode_der(
            _TstInfo(
                version=1,
                policy=_SIGSTORE_POLICY,
                message_imprint=_MessageImprint(
                    hash_algorithm=_Algorithm(algorithm=_SHA256), hashed_message=hashlib.sha256(message).digest()
                ),
                serial_number=x509.random_serial_number(),
                gen_time=asn1.GeneralizedTime(at.replace(microsecond=0)),
            )
        )
        token = _ContentInfo(type=_SIGNED_DATA, content=self._signed_data(content))
        return asn1.encode_der(_TimestampResponse(status=_Status(status=_GRANTED), token=token))

    def _signed_data(self, content: bytes) -> _SignedData:
        return _SignedData(
            version=3,
            digest_algorithms=asn1.SetOf([_Algorithm(algorithm=_SHA256)]),
            encapsulated_content=_EncapsulatedContent(type=_TST_INFO, content=content),
            certificates=asn1.SetOf([asn1.decode_der(asn1.TLV, der(self._certificate))]),
            signer_infos=asn1.SetOf([self._signer_info(content)]),
        )

    def _signer_info(self, content: bytes) -> _SignerInfo:
        certificate_hash = hashlib.sha256(der(self._certificate)).digest()
        signing_certificate = _SigningCertificate(certificates=[_EssCertificate(certificate_hash=certificate_hash)])
        attributes = asn1.SetOf(
            [
                _Attribute(type=_CONTENT_TYPE, values=asn1.SetOf([_TST_INFO])),
                _Attribute(type=_MESSAGE_DIGEST, values=asn1.SetOf([hashlib.sha256(content).digest()])),
                _Attribute(type=_SIGNING_CERTIFICATE_V2, values=asn1.SetOf([signing_certificate])),
            ]
        )
        return _SignerInfo(
            version=1,
            signer=_IssuerAndSerialNumber(
                issuer=asn1.decode_der(asn1.TLV, self._certificate.issuer.public_bytes()),
                serial_number=self._certificate.serial_number,
            ),
            digest_algorithm=_Algorithm(algorithm=_SHA256),
            signed_attributes=attributes,
            signature_algorithm=_Algorithm(algorithm=_ECDSA_WITH_SHA256),
            # Signed as a SET, although sent under an implicit tag (RFC 5652, 5.4).
            signature=keys.sign(asn1.encode_der(attributes), self._key),
        )
