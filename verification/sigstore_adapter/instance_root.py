"""The trusted root of an instance: checked when it is loaded, and narrowed to what was in force at a moment.

Every entry of a trusted root says for when it is valid, and sigstore 4.5.1 asks that of timestamp authorities alone:
the key of a log or authority that was retired because it leaked would go on signing the present. So sigstore is only
ever shown the entries whose validity covers every moment at which the evidence claims to have been signed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore._internal.trust import KeyringPurpose, RekorKeyring
from sigstore.models import TrustedRoot
from sigstore_models.common.v1 import TimeRange
from sigstore_models.trustroot.v1 import CertificateAuthority
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from verification import strict_base64
from verification.canonical import JsonValue
from verification.sigstore_adapter.kept_root import KeptAuthorities, KeptRoot
from verification.sigstore_adapter.outcome import NotAuthentic
from verification.sigstore_adapter.timestamps import TimestampVerifier
from verification.sigstore_adapter.transparency import Transparency
from verification.sigstore_adapter.unlogged_verifier import UnloggedVerifier
from verification.sigstore_adapter.verifier import CompletedVerifier

MAX_VERIFIERS = 16
"""Most Verifiers kept for one instance. Honest evidence needs one for each time that the instance changed a key or
certificate; evidence chooses only among what the root lists, and by trying all of it can have no more than these kept."""


_EMPTY: Mapping[str, JsonValue] = {"tlogs": [], "certificateAuthorities": [], "ctlogs": [], "timestampAuthorities": []}
"""What a trusted root may leave out, as proto3's JSON leaves out every empty list, and as GitHub's own does its logs."""

_ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

_NAMED_LOG = "the transparency log that the entry names"
_ANY_AUTHORITY = "any certificate authority"


_Span = tuple[datetime, datetime]
"""From when to when, both of them included (UTC)."""


class _InForce(NamedTuple):
    """Which entries of a trusted root, by their positions, were valid: all that a kept Verifier depends on."""

    logs: tuple[int, ...]
    certificate_logs: tuple[int, ...]
    authorities: tuple[int, ...]


class InstanceRoot:
    """A trusted root (``trustedroot`` v0.1), of which parts are valid at a time. Immutable once made."""

    def __init__(self, trusted_root: Mapping[str, JsonValue], transparency: Transparency = Transparency.LOG) -> None:
        """Take ``trusted_root.json`` as a value, and what its entry says of logs.

        Raises ValueError for one whose certificate chains do not end in a certificate that signs itself, whose
        validities have no time zone, whose base64 is not strict, or which has other parts than such an instance needs;
        and what the libraries raise for one that cannot be read.
        """
        _check_encodings(trusted_root)
        self._document = TrustedRootDocument.from_json(json.dumps({**_EMPTY, **trusted_root}))
        TrustedRoot(self._document)
        for authority in (*self._document.certificate_authorities, *self._document.timestamp_authorities):
            _check_chain(_certificates(authority))
        for validity in _validities(self._document):
            _check_zone(validity)
        chains = [_certificates(authority) for authority in self._document.certificate_authorities]
        self.issuers = frozenset(_key_identifier(certificate) for chain in chains for certificate in chain)
        self.certificates = frozenset(
            certificate.public_bytes(Encoding.DER) for chain in chains for certificate in chain
        )
        self.transparency = transparency
        document = self._document
        _check_parts(document, transparency)
        self._logs = [(n, log.log_id.key_id, _ends(log.public_key.valid_for)) for n, log in enumerate(document.tlogs)]
        self._certificate_logs = [(n, _ends(log.public_key.valid_for)) for n, log in enumerate(document.ctlogs)]
        self._authorities = [(n, _ends(entry.valid_for)) for n, entry in enumerate(document.certificate_authorities)]
        self._verifier_over = lru_cache(MAX_VERIFIERS)(self._make_verifier)
        self._keyring_over = lru_cache(MAX_VERIFIERS)(self._make_keyring)

    def verifier_at(self, moments: Collection[datetime], log_id: bytes) -> CompletedVerifier:
        """Return a Verifier by what of the root was valid at all the moments, with the log of this id alone.

        Raises NotAuthentic where no such log, certificate log or authority was.
        """
        span = _span(moments)
        in_force = _InForce(
            self._logs_in_force(log_id, span),
            tuple(n for n, validity in self._certificate_logs if _covers(validity, span)),
            tuple(n for n, validity in self._authorities if _covers(validity, span)),
        )
        for found, what in (
            (in_force.logs, _NAMED_LOG),
            (in_force.certificate_logs, "any certificate transparency log"),
            (in_force.authorities, _ANY_AUTHORITY),
        ):
            _check_vouched_for(found, what)
        return self._verifier_over(in_force)

    def unlogged_verifier_at(self, moments: Collection[datetime]) -> CompletedVerifier:
        """Return a Verifier for an instance without logs. Raises NotAuthentic where no authority was valid at all the moments."""
        span = _span(moments)
        authorities = tuple(n for n, validity in self._authorities if _covers(validity, span))
        _check_vouched_for(authorities, _ANY_AUTHORITY)
        return self._verifier_over(_InForce((), (), authorities))

    def knows_log(self, log_id: bytes) -> bool:
        """Say whether the root has a transparency log of this id, whenever it is valid."""
        return any(key_id == log_id for _, key_id, _ in self._logs)

    def log_keys_at(self, moments: Collection[datetime], log_id: bytes) -> RekorKeyring:
        """Return the keys of the log of this id that were valid at all the moments. Raises NotAuthentic where none was."""
        logs = self._logs_in_force(log_id, _span(moments))
        _check_vouched_for(logs, _NAMED_LOG)
        return self._keyring_over(logs)

    @cached_property
    def timestamps(self) -> TimestampVerifier:
        """What verifies timestamps by this root's authorities, each at the times for which the root has it valid."""
        return TimestampVerifier(trusted_root=KeptAuthorities(self._document))

    def _logs_in_force(self, log_id: bytes, span: _Span) -> tuple[int, ...]:
        return tuple(n for n, key_id, validity in self._logs if key_id == log_id and _covers(validity, span))

    def _make_verifier(self, in_force: _InForce) -> CompletedVerifier:
        document = self._narrowed(
            tlogs=[self._document.tlogs[n] for n in in_force.logs],
            ctlogs=[self._document.ctlogs[n] for n in in_force.certificate_logs],
            certificate_authorities=[self._document.certificate_authorities[n] for n in in_force.authorities],
        )
        if self.transparency is Transparency.NONE:
            return UnloggedVerifier(trusted_root=KeptAuthorities(document))
        return CompletedVerifier(trusted_root=KeptRoot(document))

    def _make_keyring(self, logs: tuple[int, ...]) -> RekorKeyring:
        document = self._narrowed(tlogs=[self._document.tlogs[n] for n in logs])
        return TrustedRoot(document).rekor_keyring(KeyringPurpose.VERIFY)

    def _narrowed(self, **parts: Any) -> TrustedRootDocument:
        return self._document.model_copy(update=parts)


def _check_encodings(value: object) -> None:
    """The models skip junk within base64: a person who compares the text with another source would compare something else."""
    match value:
        case dict():
            for key, member in value.items():
                if key in ("rawBytes", "keyId") and isinstance(member, str):
                    strict_base64.decode(member)
                _check_encodings(member)
        case list():
            for item in value:
                _check_encodings(item)


def _check_vouched_for(found: Collection[int], what: str) -> None:
    if not found:
        raise NotAuthentic(f"the trusted root does not vouch for {what} at the time of signing")


def _check_parts(document: TrustedRootDocument, transparency: Transparency) -> None:
    """Raise ValueError for a root that has not what evidence of such an instance is verified by, or has more."""
    if not document.certificate_authorities:
        raise ValueError("it needs a certificate authority")
    if transparency is Transparency.LOG:
        if not document.tlogs or not document.ctlogs:
            raise ValueError(
                "it needs a transparency log and a certificate log. If nobody but the instance is to see what it issues, "
                'its entry says so: "transparency": "none"'
            )
        return
    if document.tlogs or document.ctlogs:
        raise ValueError('its entry says "transparency": "none", and it has logs, which would not be asked')
    if not document.timestamp_authorities:
        raise ValueError(
            "without logs it needs a timestamp authority: nothing else would say when something was signed"
        )


def _span(moments: Collection[datetime]) -> _Span:
    """Return from when to when an entry has to be valid: at all the moments, and since now at the latest.

    What is not in force yet by the machine's clock sigstore leaves out whenever it builds something; so it is left out
    before, or a Verifier that is kept would go on without it.
    """
    return min(*moments, datetime.now(UTC)), max(moments)


def _ends(validity: TimeRange | None) -> _Span:
    """Both ends belong to the range (protobuf-specs, ``TimeRange``); a key without one is valid as long as it is listed."""
    start = validity.start if validity is not None else _ALWAYS[0]
    end = validity.end if validity is not None else None
    return start.astimezone(UTC), _ALWAYS[1] if end is None else end.astimezone(UTC)


def _covers(validity: _Span, span: _Span) -> bool:
    return validity[0] <= span[0] and span[1] <= validity[1]


def _check_chain(chain: list[x509.Certificate]) -> None:
    """An intermediate as the only anchor would still be believed after its root had revoked it."""
    for certificate, issuer in zip(chain, [*chain[1:], chain[-1]], strict=True):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise ValueError("a certificate chain does not lead to a certificate that signs itself") from error


def _check_zone(validity: TimeRange | None) -> None:
    ends = [end for end in (validity.start, validity.end) if end is not None] if validity is not None else []
    if any(end.tzinfo is None for end in ends):
        raise ValueError("a validity without a time zone")


def _validities(document: TrustedRootDocument) -> Iterable[TimeRange | None]:
    yield from (log.public_key.valid_for for log in (*document.tlogs, *document.ctlogs))
    yield from (entry.valid_for for entry in (*document.certificate_authorities, *document.timestamp_authorities))


def _certificates(authority: CertificateAuthority) -> list[x509.Certificate]:
    chain = [x509.load_der_x509_certificate(entry.raw_bytes) for entry in authority.cert_chain.certificates]
    if not chain:
        raise ValueError("an authority without a certificate")
    return chain


def _key_identifier(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
