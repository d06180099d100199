"""A verdict's document for a reader: each attestation's provenance in one sentence, and its facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from verification.expectation import PUBLISH_ATTESTATION
from verification.parameters import escaped
from verification.verdict import Outcome, Role

Json = dict[str, Any]
"""A part of a verdict's document: the registry's own, so its shape is that of verification.verdict_document."""

_ROLES = {
    Role.MATCHED: "met the expectation",
    Role.CORROBORATING: "corroborates it",
    Role.UNMATCHED: "is kept, but counts for nothing",
    Role.REFUSED: "was refused",
}

_WORST_FIRST = [Outcome.FAILED, Outcome.NOT_REACHED, Outcome.PASSED]

_FACTS = {
    "repository": "Source repository",
    "repository_id": "Repository id",
    "owner_id": "Owner id",
    "commit": "Commit",
    "ref": "Ref",
    "configuration_path": "Workflow",
    "trigger": "Started by",
    "runner": "Runner",
    "invocation": "Run",
}


@dataclass(frozen=True, slots=True)
class StepTelling:
    """One step of the gate with its checks. ``outcome`` is the worst of theirs, so that a page tells it at a glance."""

    number: int
    title: str
    outcome: str
    checks: tuple[Json, ...]

    @property
    def stand_out(self) -> list[Json]:
        """The checks that failed."""
        return [check for check in self.checks if check["outcome"] == Outcome.FAILED]

    @property
    def others(self) -> list[Json]:
        """Those that did not."""
        return [check for check in self.checks if check["outcome"] != Outcome.FAILED]


@dataclass(frozen=True, slots=True)
class AttestationTelling:
    """One attestation as a page shows it. ``sentence`` is empty where nothing in it could be believed."""

    digest: str
    role: str
    role_in_words: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[StepTelling, ...]
    unsigned: bool

    @property
    def is_served(self) -> bool:
        """Whether it is offered with its file."""
        return self.role in (Role.MATCHED, Role.CORROBORATING)


@dataclass(frozen=True, slots=True)
class VerdictTelling:
    """A verdict as a page shows it: the steps of the upload as a whole, and each attestation.

    ``builder_name`` and ``review_by`` are of the roots' entry that an acceptance leans on; refusals and older verdicts
    name none.
    """

    verifier: str
    at: str
    builder_name: str | None
    review_by: str | None
    steps: tuple[StepTelling, ...]
    attestations: tuple[AttestationTelling, ...]

    @property
    def matched(self) -> AttestationTelling | None:
        """The attestation that met a recipe whole; a refusal has none."""
        return next((told for told in self.attestations if told.role == Role.MATCHED), None)

    @property
    def unsigned(self) -> bool:
        """Whether it rests on evidence that nobody signed."""
        return any(told.unsigned for told in self.attestations)


def tell_verdict(document: str) -> VerdictTelling:
    """Return what a page shows of a verdict's stored document."""
    verdict: Json = json.loads(document)
    return VerdictTelling(
        verdict["verifier"],
        verdict["at"],
        verdict.get("builder_name"),
        verdict.get("builder_review_by"),
        tuple(_steps(verdict["checks"])),
        tuple(_attestation(report) for report in verdict["attestations"]),
    )


def _attestation(report: Json) -> AttestationTelling:
    provenance = report["provenance"]
    return AttestationTelling(
        digest=report["digest"],
        role=report["role"],
        role_in_words=_ROLES[Role(report["role"])],
        sentence=in_words(provenance) if provenance else "",
        facts=tuple(_facts(provenance)) if provenance else (),
        steps=tuple(_steps(report["checks"])),
        unsigned=bool(provenance) and _is_unsigned(provenance),
    )


def _steps(checks: list[Json]) -> Iterator[StepTelling]:
    for (number, title), group in groupby(checks, key=lambda check: (check["step"], check["title"])):
        worst_first = tuple(sorted(group, key=lambda check: _WORST_FIRST.index(check["outcome"])))
        yield StepTelling(number, title, worst_first[0]["outcome"], worst_first)


def in_words(provenance: Json) -> str:
    """Return a provenance as one plain ASCII sentence.

    A publish attestation shows no build, so none is claimed; what nobody signed is told as its own word and no more.
    """
    verb = "Published" if provenance["build_type"] == PUBLISH_ATTESTATION else "Built"
    builder = provenance["builder_name"]
    if _is_unsigned(provenance):
        verb = "Unsigned: the evidence says, and nobody vouches for it, that the file was built"
        builder = provenance["builder_id"]
    between = " " if provenance["facts"].get("repository") else ", "
    return f"{verb} by {escaped(builder)}{between}{', '.join(_clauses(provenance))}."


def _clauses(provenance: Json) -> Iterator[str]:
    facts = {name: escaped(value) for name, value in provenance["facts"].items() if value}
    told = {
        "repository": "from {}",
        "commit": "commit {}",
        "configuration_path": "workflow {}",
        "ref": "ref {}",
        "trigger": "started by '{}'",
        "runner": "on a {} runner",
    }
    yield from (phrase.format(facts[name]) for name, phrase in told.items() if name in facts)
    yield f"SLSA build level {provenance['level']}"
    if _is_unsigned(provenance):
        return
    at = datetime.fromisoformat(provenance["signed_at"])
    signed = f"signed {at.day} {at:%b %Y, %H:%M:%S} UTC"
    yield signed if provenance["signer"]["key"] else f"{signed} and logged"


def _facts(provenance: Json) -> Iterator[tuple[str, str]]:
    for name, label in _FACTS.items():
        if provenance["facts"].get(name):
            yield label, escaped(provenance["facts"][name])
    yield "Builder", escaped(provenance["builder_id"])
    yield "Signer", "nobody" if _is_unsigned(provenance) else escaped(provenance["signer"]["identity"])
    yield "Build type", escaped(provenance["build_type"])


def _is_unsigned(provenance: Json) -> bool:
    return provenance["signer"]["sigstore"] is None and provenance["signer"]["key"] is None
