"""What the pages of expectations and proposals tell, put together for a reader."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth import get_user_model

from expectations import queries, trusted
from expectations.actions import read_expectation
from expectations.cautions import cautions
from expectations.diff import Change, difference
from expectations.models import Decision, DocumentVersion, Proposal, Voice
from expectations.queries import Standing
from verification.canonical import parse_strict
from verification.expectation import Expectation, Recipe, Stage, in_words
from verification.parameters import escaped

if TYPE_CHECKING:
    from registry.models import Account, Package

VOICES_NEEDED = 2
"""How many persons have to agree; the database function ``sluicegate_activate`` counts them."""


@dataclass(frozen=True, slots=True)
class RecipeInWords:
    """A recipe for the head of a page: its name, the versions it is for, and its sentence."""

    name: str
    versions: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Telling:
    """A document for a reader: in words, what to beware of, and the exact document, indented, with its digest."""

    recipes: tuple[RecipeInWords, ...]
    cautions: tuple[str, ...]
    document: str
    digest: str


@dataclass(frozen=True, slots=True)
class VersionInTime:
    """A version as the timeline shows it, with the voices that put it in force."""

    version: DocumentVersion
    approvals: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class ProposalTelling:
    """A proposal for one viewer: ``voices`` are those that the viewer may still give."""

    standing: Standing
    changes: tuple[Change, ...]
    telling: Telling
    decisions: tuple[Decision, ...]
    approvals: int
    remaining: tuple[Account, ...]
    proposer: tuple[Account, ...]
    deciders: int
    voices: tuple[Voice, ...]

    @property
    def lets_in(self) -> bool:
        """Whether something could be let in that is refused now."""
        return any(change.effect.lets_in for change in self.changes)


def tell(expectation: Expectation) -> Telling:
    """Return what a page shows of an expectation."""
    recipes = tuple(
        RecipeInWords(escaped(recipe.name), _versions(recipe), in_words(recipe)) for recipe in expectation.recipes
    )
    return Telling(recipes, cautions(expectation), indented(expectation.canonical), expectation.digest)


def indented(document: bytes | str) -> str:
    """Return a JSON document for people: indented, and in ASCII so that look-alikes show."""
    return json.dumps(parse_strict(document), indent=2)


def timeline(package: Package) -> tuple[VersionInTime, ...]:
    """Return every version of the package's expectation, the newest first, with who agreed to it."""
    return tuple(in_time(version) for version in queries.history(trusted.expectation_of(package)))


def in_time(version: DocumentVersion) -> VersionInTime:
    """Return one version with who agreed to it; nobody did where no proposal brought it."""
    return VersionInTime(version, tuple(queries.approvals(version.proposal)) if version.proposal else ())


def tell_proposal(proposal: Proposal, *, viewer: UUID | None) -> ProposalTelling:
    """Return what the proposal's page tells a person, or somebody who is none."""
    assert proposal.base is not None
    standing = queries.standing(proposal)
    proposed = read_expectation(proposal.content.encode())
    decisions = tuple(proposal.decisions.select_related("account"))
    deciders = queries.voters(proposal)
    agreed = {decision.person_id for decision in queries.approvals(proposal)}
    return ProposalTelling(
        standing=standing,
        changes=difference(queries.read_expectation(proposal.base), proposed),
        telling=tell(proposed),
        decisions=decisions,
        approvals=len(agreed & deciders),
        remaining=accounts_of(deciders - agreed),
        proposer=accounts_of([proposal.proposer_id]),
        deciders=len(deciders),
        voices=_voices(proposal, viewer, agreed) if standing is Standing.OPEN and viewer in deciders else (),
    )


def accounts_of(persons: Iterable[UUID]) -> tuple[Account, ...]:
    """Return the active accounts of these persons, by user name."""
    return tuple(get_user_model().objects.filter(person__in=persons, is_active=True).order_by("username"))


def _voices(proposal: Proposal, viewer: UUID | None, agreed: set[UUID]) -> tuple[Voice, ...]:
    """Who has agreed may still close it: the proposer by withdrawing, everybody else by rejecting."""
    closing = Voice.WITHDRAW if viewer == proposal.proposer_id else Voice.REJECT
    return (closing,) if viewer in agreed else (Voice.APPROVE, closing)


def _versions(recipe: Recipe) -> str:
    told = [f"versions {recipe.versions}" if recipe.versions is not None else "all versions"]
    if recipe.stages is not None:
        told.append(f"{' and '.join(stage.value for stage in Stage if stage in recipe.stages)} only")
    return ", ".join(told)
