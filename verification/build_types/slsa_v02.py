"""The parts of older SLSA predicates that build types read, v0.2 and v0.1.

Sources: https://slsa.dev/spec/v0.2/provenance, https://slsa.dev/spec/v0.1/provenance. v0.1 names ``recipe`` what v0.2
calls ``invocation`` and ``buildType``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verification.build_types.slsa_v1 import malformed, member, moment, text
from verification.canonical import JsonValue

PREDICATE_TYPE = "https://slsa.dev/provenance/v0.2"
PREDICATE_TYPE_V01 = "https://slsa.dev/provenance/v0.1"


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Where the build's instructions stand, as the predicate says: URI with ref, commit, path."""

    uri: str
    commit: str | None
    entry_point: str | None


@dataclass(frozen=True, slots=True)
class SlsaV02:
    """A predicate's parts, each as it stands there; nothing is believed yet."""

    builder_id: str
    config_source: ConfigSource | None
    parameters: dict[str, JsonValue]
    environment: dict[str, JsonValue]
    materials: JsonValue
    invocation: str | None
    started_at: datetime | None
    finished_at: datetime | None


def read_v02(predicate: JsonValue) -> SlsaV02:
    """Return the parts of a predicate of v0.2. Raises StatementUnfit (STATEMENT_MALFORMED)."""
    match predicate:
        case {"builder": {"id": str() as builder_id}, "invocation": dict() as invocation}:
            found = _object(member(predicate, "metadata"))
            # One spelling is the specification's, the other is slsa-github-generator's.
            run = found.get("buildInvocationId", found.get("buildInvocationID"))
            return SlsaV02(
                builder_id=builder_id,
                config_source=_config_source(invocation.get("configSource")),
                parameters=_object(invocation.get("parameters")),
                environment=_object(invocation.get("environment")),
                materials=member(predicate, "materials"),
                invocation=text(run),
                started_at=moment(found.get("buildStartedOn")),
                finished_at=moment(found.get("buildFinishedOn")),
            )
        case _:
            raise malformed("the predicate lacks the parts of SLSA provenance v0.2")


def _config_source(value: JsonValue) -> ConfigSource | None:
    match value:
        case None:
            return None
        case {"uri": str() as uri}:
            commit = _object(member(value, "digest")).get("sha1")
            return ConfigSource(uri, text(commit), text(member(value, "entryPoint")))
        case _:
            raise malformed("the configuration's source has no uri")


def _object(value: JsonValue) -> dict[str, JsonValue]:
    match value:
        case None:
            return {}
        case dict():
            return value
        case _:
            raise malformed("a part of the predicate is no object")
