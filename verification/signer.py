"""Reads the signer out of a certificate: its identity and Fulcio's claims.

Source: Fulcio's ``oid-info.md``. Extensions .8 to .23 are DER UTF8Strings. Certificates before 2023 have only .1 to .6,
raw text: the issuer, and of GitHub the trigger, commit, repository and ref. They are read under the newer claims' names
where a certificate has none of those. Numeric ids and the workflow's path are not among them (.4 is a workflow's name),
and nothing stands in for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat import asn1

from verification.provenance import Signer

_IDENTIFIERS = {number: x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}") for number in range(1, 24)}

_Extensions = Mapping[x509.ObjectIdentifier, bytes]

CLAIMS = MappingProxyType(
    {
        8: "issuer",
        9: "build_signer_uri",
        10: "build_signer_digest",
        11: "runner_environment",
        12: "source_repository_uri",
        13: "source_repository_digest",
        14: "source_repository_ref",
        15: "source_repository_id",
        16: "source_repository_owner_uri",
        17: "source_repository_owner_id",
        18: "build_config_uri",
        19: "build_config_digest",
        20: "build_trigger",
        21: "run_invocation_uri",
        22: "source_repository_visibility_at_signing",
        23: "deployment_environment",
    }
)
"""Fulcio's claims by the last number of their object identifier."""

OLD_CLAIMS = MappingProxyType({2: "build_trigger", 3: "source_repository_digest", 6: "source_repository_ref"})
"""The claims before 2023 whose values are those of the newer ones; .5 is the repository without its host."""

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"

_UTF8_STRING = b"\x0c"
"""The tag of a UTF8String (X.690, section 8.23)."""

_NOTHING = frozenset({"", '""'})
"""What an issuer writes where it knows nothing (CircleCI's runner): a claim that is absent."""


class CertificateUnreadable(ValueError):
    """The certificate does not name its signer in the way that Fulcio's certificates do."""


def read_signer(certificate: x509.Certificate, *, sigstore: str) -> Signer:
    """Return who a verified certificate of the Sigstore instance ``sigstore`` speaks for.

    Raises CertificateUnreadable for a certificate without exactly one identity or without an issuer, and for one whose
    extensions cannot be read.
    """
    extensions = _readable(certificate)
    unparsed = _unparsed(extensions)
    claims = _claims(unparsed)
    issuer = claims.get("issuer") or _raw_text(unparsed, 1)
    if not issuer:
        raise CertificateUnreadable("the certificate names no issuer of its identity")
    if issuer == GITHUB_ISSUER and claims.keys() <= {"issuer"}:
        claims |= _old_claims(unparsed)
    return Signer(sigstore, issuer, None, _identity(extensions), MappingProxyType(claims))


def _readable(certificate: x509.Certificate) -> x509.Extensions:
    """They are read all at once: one that is malformed, or stands twice, leaves none to be relied on."""
    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateUnreadable("the certificate's extensions cannot be read") from error


def _unparsed(extensions: x509.Extensions) -> _Extensions:
    """Return what the certificate holds beyond X.509's own extensions; no object identifier stands in it twice."""
    return {
        extension.oid: extension.value.value
        for extension in extensions
        if type(extension.value) is x509.UnrecognizedExtension
    }


def _claims(extensions: _Extensions) -> dict[str, str]:
    found = {}
    for number, name in CLAIMS.items():
        raw = extensions.get(_IDENTIFIERS[number])
        if raw is not None:
            try:
                value = _utf8_string(raw)
            except ValueError as error:
                raise CertificateUnreadable(f"the certificate's claim {name} is not a UTF8String") from error
            if value not in _NOTHING:
                found[name] = value
    return found


def _utf8_string(der: bytes) -> str:
    """Return the text of a DER UTF8String. Raises ValueError for anything else.

    One of less than 128 bytes, as most are, has its tag and its length in a byte each: read here it takes a fifth of the time.
    """
    if der[:1] == _UTF8_STRING and len(der) > 1 and der[1] == len(der) - 2 < 128:
        return der[2:].decode("utf-8")
    return asn1.decode_der(str, der)


def _old_claims(extensions: _Extensions) -> dict[str, str]:
    found = {}
    for number, name in OLD_CLAIMS.items():
        if value := _raw_text(extensions, number):
            found[name] = value
    if repository := _raw_text(extensions, 5):
        found["source_repository_uri"] = f"https://github.com/{repository}"
    return found


def _raw_text(extensions: _Extensions, number: int) -> str | None:
    raw = extensions.get(_IDENTIFIERS[number])
    return raw.decode("ascii", "strict") if raw is not None and raw.isascii() else None


def _identity(extensions: x509.Extensions) -> str:
    try:
        names = list(extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound as error:
        raise CertificateUnreadable("the certificate names no identity") from error
    match names:
        case [x509.UniformResourceIdentifier() | x509.RFC822Name() as name]:
            return str(name.value)
        case _:
            raise CertificateUnreadable("the certificate does not name exactly one URI or e-mail as its identity")
