"""Roots of trust in Sigstore's JSON form (trustedroot v0.1): what a client knows of one instance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from cryptography import x509

from tests.support import keys
from tests.support.certificates import ORGANIZATION, der
from tests.support.keys import PublicKey, b64


class Log(Protocol):
    """What a root of trust says about a log of either sort."""

    @property
    def url(self) -> str: ...
    @property
    def log_id(self) -> bytes: ...
    @property
    def public_key(self) -> PublicKey: ...


class Authority(Protocol):
    """What a root of trust says about who signs certificates or timestamps."""

    @property
    def url(self) -> str: ...
    @property
    def chain(self) -> tuple[x509.Certificate, ...]: ...


def trusted_root(
    start: datetime,
    *,
    transparency_logs: Sequence[Log],
    certificate_authority: Authority,
    certificate_log: Log,
    timestamp_authority: Authority,
) -> dict[str, Any]:
    """Return the root of trust, everything in it valid from the start and without an end."""
    valid_for = {"start": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [_log(log, valid_for) for log in transparency_logs],
        "certificateAuthorities": [_authority(certificate_authority, valid_for)],
        "ctlogs": [_log(certificate_log, valid_for)],
        "timestampAuthorities": [_authority(timestamp_authority, valid_for)],
    }


def _log(log: Log, valid_for: dict[str, str]) -> dict[str, Any]:
    return {
        "baseUrl": log.url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(keys.public_key_der(log.public_key)),
            "keyDetails": keys.key_details(log.public_key),
            # A copy each, so that a test ends one validity and not all.
            "validFor": dict(valid_for),
        },
        "logId": {"keyId": b64(log.log_id)},
    }


def _authority(authority: Authority, valid_for: dict[str, str]) -> dict[str, Any]:
    return {
        "subject": {"organization": ORGANIZATION, "commonName": "sigstore"},
        "uri": authority.url,
        "certChain": {"certificates": [{"rawBytes": b64(der(certificate))} for certificate in authority.chain]},
        "validFor": dict(valid_for),
    }
