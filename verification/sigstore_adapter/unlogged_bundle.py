"""Bundles without a log entry, whose time a timestamp authority has signed: what an instance without a log makes.

protobuf-specs, ``sigstore_bundle.proto``: from v0.3 on a bundle may have no log entry. sigstore reads none such.
"""

from __future__ import annotations

from typing import Self

from cryptography.x509 import load_der_x509_certificate
from sigstore.models import Bundle, InvalidBundle

from verification.bundle import has_timestamps
from verification.evidence_shape import Content
from verification.sigstore_adapter.documents import bundle_document

_VERSIONS = frozenset(
    {"application/vnd.dev.sigstore.bundle+json;version=0.3", "application/vnd.dev.sigstore.bundle.v0.3+json"}
)


class UnloggedBundle(Bundle):
    """A bundle v0.3 with a certificate, at least one timestamp and no log entry. Read by :meth:`from_content`."""

    @classmethod
    def from_content(cls, content: dict[str, Content]) -> Self:
        """Return the bundle of what is spelled where :func:`is_unlogged` holds. Raises ValueError or sigstore's Error."""
        material = content["verificationMaterial"]
        assert isinstance(material, dict)
        # proto3's JSON may leave an empty list out.
        return cls(bundle_document({**content, "verificationMaterial": {**material, "tlogEntries": []}}))

    def _verify(self) -> None:
        """Do what sigstore does when it reads a bundle v0.3, but for the log entry."""
        certificate = self._inner.verification_material.certificate
        if certificate is None:
            raise InvalidBundle("expected certificate in bundle")
        self._signing_certificate = load_der_x509_certificate(certificate.raw_bytes)


def is_unlogged(content: dict[str, Content]) -> bool:
    """Say whether this is a bundle v0.3 without a log entry, but with a timestamp."""
    match content:
        case {"mediaType": str() as media_type, "verificationMaterial": dict() as material}:
            if material.get("tlogEntries"):
                return False
            return media_type in _VERSIONS and has_timestamps(material)
        case _:
            return False
