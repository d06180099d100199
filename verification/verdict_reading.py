"""A verdict's stored document read back: what each attestation was shown to say, as it was when it was judged.

The document is the registry's own word, kept under its digest; nothing is verified anew, and nothing is let in by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from packaging.version import Version

from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """An attestation as a verdict tells it: its provenance, where it could be read, and the reasons it failed for."""

    digest: str
    provenance: Provenance | None
    reasons: frozenset[Reason]


def read_version(document: str) -> Version:
    """Return the version of the file that a verdict is about, out of its package URL."""
    # Plain JSON on purpose: the document is our own, and may be nested deeper than evidence is allowed to be.
    uri = json.loads(document)["resource_uri"]
    return Version(unquote(uri.partition("?")[0].rpartition("@")[2]))


def read_attestations(document: str) -> tuple[Judged, ...]:
    """Return the attestations of a verdict, in the order sent."""
    return tuple(_judged(report) for report in json.loads(document)["attestations"])


def _judged(report: Json) -> Judged:
    reasons = frozenset(Reason(check["reason"]) for check in report["checks"] if check["reason"] is not None)
    told = report["provenance"]
    return Judged(report["digest"], None if told is None else _provenance(told), reasons)


def _provenance(told: Json) -> Provenance:
    """The provenance as it was told. When the roots' entry is due for review is not told of each attestation: None."""
    return Provenance(
        build_type=told["build_type"],
        predicate_type=told["predicate_type"],
        builder_id=told["builder_id"],
        builder_name=told["builder_name"],
        builder_review_by=None,
        signer=Signer(**told["signer"]),
        level=told["level"],
        facts=Facts(**told["facts"]),
        external_parameters=told["external_parameters"],
        signed_at=datetime.fromisoformat(told["signed_at"]) if told["signed_at"] else None,
    )
