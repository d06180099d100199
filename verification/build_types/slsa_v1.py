"""The parts of a SLSA provenance v1 predicate that build types read. Source: https://slsa.dev/spec/v1.0/provenance."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from verification.build_types.interface import StatementUnfit
from verification.canonical import JsonValue
from verification.reasons import Reason

PREDICATE_TYPES = frozenset(
    {
        "https://slsa.dev/provenance/v1",
        "https://slsa.dev/provenance/v1.0",
        "https://slsa.dev/provenance/v1.0?draft",
    }
)
"""The drafts have the shape of the final version, and builders have signed under their names."""


class SlsaV1(NamedTuple):
    """A predicate's parts, each as it stands there; nothing is believed yet."""

    builder_id: str
    parameters: dict[str, JsonValue]
    internal: JsonValue
    dependencies: JsonValue
    invocation: str | None
    started_at: datetime | None
    finished_at: datetime | None


def read_v1(predicate: JsonValue) -> SlsaV1:
    """Return the parts of a predicate. Raises StatementUnfit (STATEMENT_MALFORMED)."""
    match predicate:
        case {
            "buildDefinition": {"externalParameters": dict() as parameters} as definition,
            "runDetails": {"builder": {"id": str() as builder_id}} as run,
        } if isinstance(definition, dict) and isinstance(run, dict):
            metadata = run.get("metadata")
            found = metadata if isinstance(metadata, dict) else {}
            return SlsaV1(
                builder_id=builder_id,
                parameters=parameters,
                internal=definition.get("internalParameters"),
                dependencies=definition.get("resolvedDependencies"),
                invocation=text(found.get("invocationId")),
                started_at=moment(found.get("startedOn")),
                finished_at=moment(found.get("finishedOn")),
            )
        case _:
            raise malformed("the predicate lacks the parts of SLSA provenance v1")


def malformed(detail: str) -> StatementUnfit:
    """Return the refusal of a predicate that has not its type's shape."""
    return StatementUnfit(Reason.STATEMENT_MALFORMED, detail)


def text(value: JsonValue) -> str | None:
    """Return a text, or None for anything else."""
    return value if isinstance(value, str) else None


def member(value: JsonValue, key: str) -> JsonValue:
    """Return what an object has under a key, or None where it has nothing or is no object."""
    return value.get(key) if isinstance(value, dict) else None


def moment(value: JsonValue) -> datetime | None:
    """Return a time, or None where there is none. Raises StatementUnfit for what is no RFC 3339 time."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 2200:  # beyond, arithmetic overflows
        raise malformed("a time of the predicate is not RFC 3339")
    return found
