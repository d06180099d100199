"""What a build type has to say of itself: how its predicate is read, what must agree, what an expectation must pin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from packaging.version import Version

from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason


class StatementUnfit(ValueError):
    """The statement cannot be read as provenance. ``reason`` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class FirstUseRefused(ValueError):
    """Nothing may be pinned from this provenance. ``reason`` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Agreement:
    """One fact of which certificate and predicate both speak, each side in the fact's normal form.

    ``certificate`` None: the certificate does not back what the predicate says.
    """

    fact: str
    certificate: str | None
    predicate: str | None

    @property
    def holds(self) -> bool:
        """Whether both sides say the same."""
        return self.certificate is not None and self.certificate == self.predicate


@dataclass(frozen=True, slots=True)
class Reading:
    """A predicate as its build type reads it. Nothing here is believed before the agreements have been checked."""

    builder_id: str
    facts: Facts
    external_parameters: JsonValue
    agreements: tuple[Agreement, ...]
    started_at: datetime | None = None
    finished_at: datetime | None = None


class BuildType(Protocol):
    """One way of building, and of telling of it."""

    @property
    def uri(self) -> str:
        """The URI that expectations name it by."""

    @property
    def title(self) -> str:
        """What people call it, as the start of a sentence: "Built by GitHub Actions"."""

    @property
    def level_cap(self) -> int:
        """The highest SLSA build level that evidence of this type can show, whoever signs it."""

    @property
    def required_pins(self) -> RequiredPins:
        """What an expectation for this build type has to pin."""

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate. Raises StatementUnfit."""

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins from verified provenance. Raises FirstUseRefused."""
