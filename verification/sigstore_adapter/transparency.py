"""Whether a Sigstore instance publishes what it signs: a property that its entry in the roots of trust states."""

from __future__ import annotations

from enum import StrEnum


class Transparency(StrEnum):
    """Who else can see what the instance issues. It is never read off the trusted root or the evidence."""

    LOG = "log"
    """Certificates and signatures are in public logs, and each piece of evidence proves that it is."""

    NONE = "none"
    """No log: a timestamp authority says when, and nobody but the instance sees what it issues."""
