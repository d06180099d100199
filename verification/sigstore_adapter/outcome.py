"""What asking a Sigstore instance can come to."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from verification.provenance import Signer


class Authentic(NamedTuple):
    """What an authentic attestation says, who signed it, and when (UTC, by a log or timestamp authority, not by the signer)."""

    payload_type: str
    payload: bytes
    signer: Signer
    signed_at: datetime


class NotAuthentic(Exception):
    """Something of the signature, certificate, timestamp or log entry does not hold; the message is one sentence."""


class AuthorityUnknown(Exception):
    """The certificate was issued by no authority of the instance: it is not this instance's to judge."""
