"""A trusted root whose keys and certificates are read once: sigstore 4.5.1 reads them anew for every signature."""

from __future__ import annotations

from sigstore._internal.trust import CertificateAuthority, CTKeyring, KeyringPurpose, RekorKeyring
from sigstore.models import TrustedRoot
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument


class KeptAuthorities(TrustedRoot):
    """A trusted root to verify timestamps by, for many signatures. What it keeps comes from the document alone."""

    def __init__(self, document: TrustedRootDocument) -> None:
        """Read every certificate of a timestamp authority."""
        super().__init__(document)
        self._timestamp_authorities = super().get_timestamp_authorities()

    def get_timestamp_authorities(self) -> list[CertificateAuthority]:
        """Return the timestamp authorities; sigstore asks each for when it is valid."""
        return self._timestamp_authorities


class KeptRoot(KeptAuthorities):
    """The same for an instance with logs, whose keys it keeps too."""

    def __init__(self, document: TrustedRootDocument) -> None:
        """Read every key and certificate. Raises sigstore's Error where there is no key of a log."""
        super().__init__(document)
        self._logs = super().rekor_keyring(KeyringPurpose.VERIFY)
        self._certificate_logs = super().ct_keyring(KeyringPurpose.VERIFY)

    def rekor_keyring(self, purpose: KeyringPurpose) -> RekorKeyring:
        """Return the keys of the transparency logs. Nothing is ever signed by this root."""
        assert purpose is KeyringPurpose.VERIFY
        return self._logs

    def ct_keyring(self, purpose: KeyringPurpose) -> CTKeyring:
        """Return the keys of the certificate logs. Nothing is ever signed by this root."""
        assert purpose is KeyringPurpose.VERIFY
        return self._certificate_logs
