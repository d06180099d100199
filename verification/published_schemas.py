"""JSON Schemas (draft 2020-12) of the documents that others write or read: roots, expectations and verdicts.

A schema never refuses what its loader takes. The loaders refuse more: what depends on several members, on a build
type, on keys and certificates.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files

VERSION = 1
"""The ``schema`` that the documents name."""


class Kind(StrEnum):
    """Which documents have a schema."""

    ROOTS = "roots"
    EXPECTATION = "expectation"
    VERDICT = "verdict"


def read_schema(kind: Kind) -> bytes:
    """Return the schema as JSON text."""
    return (files("verification") / "schemas" / f"{kind}.schema.json").read_bytes()
