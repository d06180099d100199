"""The audit log: every trust event is one leaf of canonical JSON, written in the event's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connections

from expectations.models import AuditLeaf
from expectations.statements import Asked, Statement, together
from verification.canonical import JsonValue, canonical


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands: the number of its last leaf and that leaf's RFC 6962 hash (hex)."""

    index: int
    leaf_hash: str


def record(event: str, **facts: JsonValue) -> Head:
    """Append one leaf that names the event, the time and the facts; return the log's new head.

    Facts are ids, digests and plain values: never a person's name, e-mail or address. To be called inside the event's
    transaction and late in it, for the log is held from here to the commit.
    """
    (((index, leaf_hash),),) = together(recording(event, **facts))
    return Head(index, leaf_hash)


def recording(event: str, **facts: JsonValue) -> Asked:
    """Return what appends such a leaf, to be sent with other statements."""
    return _RECORD(_leaf(event, facts))


def record_by(using: str, event: str, facts: Mapping[str, JsonValue]) -> Head:
    """Append one leaf as :func:`record` does, over another connection: the owner's, at the start of a registry."""
    with connections[using].cursor() as cursor:
        cursor.execute(_APPEND, [_leaf(event, facts)])
        index, leaf_hash = cursor.fetchone()
    return Head(index, leaf_hash)


_APPEND = "SELECT leaf_index, leaf_digest FROM sluicegate_record(%s)"
_RECORD = Statement(_APPEND)


def _leaf(event: str, facts: Mapping[str, JsonValue]) -> str:
    return canonical({**facts, "event": event, "at": rfc3339(datetime.now(UTC))}).decode()


def head() -> Head:
    """Return where the log stands now. A bootstrapped registry's log is never empty."""
    leaf = AuditLeaf.objects.order_by("-index").only("index", "leaf_hash")[0]
    return Head(leaf.index, leaf.leaf_hash)


def rfc3339(moment: datetime) -> str:
    """Return a UTC time as RFC 3339 text with microseconds, the one form in leaves, verdicts and preimages."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
