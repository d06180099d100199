"""RFC 3161 timestamps where no certificate stands beside them: sigstore's check, over a root's timestamp authorities."""

from __future__ import annotations

from datetime import UTC, datetime

from rfc3161_client import TimeStampResponse
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier


class TimestampVerifier(Verifier):
    """The part of sigstore's Verifier that asks timestamp authorities."""

    def __init__(self, *, trusted_root: TrustedRoot) -> None:
        """Take the root. Not as sigstore's own does, which asks for a log and makes a client of it."""
        self._trusted_root = trusted_root

    def stamped_at(self, response: TimeStampResponse, message: bytes) -> datetime | None:
        """Return when an authority of the root saw the message; None where none of them, then valid, says so of it."""
        result = self._verify_signed_timestamp(response, message)
        return result.time.astimezone(UTC) if result is not None else None
