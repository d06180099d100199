"""What a build type has to say of itself: how its predicate is read, what must agree, what an expectation must pin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

from packaging.version import Version

from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason


class Fact(StrEnum):
    """What can be known of a build (trust rules, "Evidence" 5). The first eight are fields of :class:`Facts`.

    The deployment environment is a claim, and the inputs (whatever its starter could steer the run with, but source and
    trigger) are external parameters: rules ask for them there.
    """

    REPOSITORY = "repository"
    REPOSITORY_ID = "repository_id"
    OWNER_ID = "owner_id"
    COMMIT = "commit"
    REF = "ref"
    CONFIGURATION_PATH = "configuration_path"
    TRIGGER = "trigger"
    RUNNER = "runner"
    DEPLOYMENT_ENVIRONMENT = "deployment_environment"
    INPUTS = "inputs"


class FactSource(StrEnum):
    """Where a build type has a fact from. Who can write the predicate is not believed for a ``CERTIFICATE`` fact."""

    CERTIFICATE = "certificate"
    PREDICATE = "predicate"
    ABSENT = "absent"


FactSources = Mapping[Fact, FactSource]


def fact_sources(*, certificate: Iterable[Fact] = (), predicate: Iterable[Fact] = ()) -> FactSources:
    """Return the whole table of a build type; what is not named is absent."""
    table = dict.fromkeys(Fact, FactSource.ABSENT)
    table.update(dict.fromkeys(certificate, FactSource.CERTIFICATE))
    table.update(dict.fromkeys(predicate, FactSource.PREDICATE))
    return MappingProxyType(table)


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


class Agreement(NamedTuple):
    """One fact of which two places speak, each side in the fact's normal form: the certificate and the predicate.

    ``certificate`` None: the certificate does not back what the predicate says. For a plain key there is none, and
    what is compared are two places of the predicate.
    """

    fact: str
    certificate: str | None
    predicate: str | None

    @property
    def holds(self) -> bool:
        """Whether both sides say the same."""
        return self.certificate is not None and self.certificate == self.predicate


class Reading(NamedTuple):
    """A predicate as its build type reads it. Nothing here is believed before the agreements have been checked.

    ``lacks``: facts that the build type has a source of, and this very build has not (one of an archive has no commit).
    """

    builder_id: str
    facts: Facts
    external_parameters: JsonValue
    agreements: tuple[Agreement, ...]
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lacks: frozenset[Fact] = frozenset()


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
    def predicate_types(self) -> frozenset[str]:
        """The predicate types that it is known by."""

    @property
    def fact_sources(self) -> FactSources:
        """Where each fact comes from."""

    @property
    def required_pins(self) -> RequiredPins | None:
        """What an expectation for this build type has to pin; None where nobody can say, as of an unknown one."""

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read a predicate. Raises StatementUnfit."""

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins from verified provenance. Raises FirstUseRefused."""
