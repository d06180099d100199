"""What a proposal's page tells, put together for one viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from expectations import queries
from expectations.differences import Change, Effect, changes_of, told_effects, weakening_first
from expectations.models import Decision, Kind, Proposal, Voice
from expectations.names import accounts_of
from expectations.pages import Telling, tell_document
from expectations.queries import Standing
from expectations.subjects import Subject, subject_of
from expectations.voices import NEEDED, Voices, around, sentence_for, to_give

if TYPE_CHECKING:
    from registry.models import Account

_ATTENTION = {
    Kind.EXPECTATION: "It may let in files that are refused now",
    Kind.ROSTER: "It changes who decides about this package",
    Kind.STATUS: "It opens what is closed now",
    Kind.DELETION: "It cannot be undone",
    Kind.PUBLISHERS: "It lets runs elsewhere upload to this package",
    Kind.ROOTS: "It may let in files of any package that are refused now",
    Kind.POLICY: "It loosens what holds for every package",
    Kind.ISSUERS: "It believes tokens that are not believed now",
    Kind.STEWARDS: "It changes who decides about this registry",
    Kind.PERSON: "It moves voices from one account to another, or makes them easier to take",
}
"""What it means, kind by kind, that something weakens."""

PARTS_TOLD = 3
"""Most parts that the one sentence names; the others it counts."""

SHORT = 60
"""Characters of what a part said and would say, up to which the sentence says it too."""


@dataclass(frozen=True, slots=True)
class ProposalTelling:
    """A proposal for one viewer: ``to_give`` are the voices that the viewer may still give, ``asks`` what it asks of them."""

    subject: Subject
    sentence: str
    standing: Standing
    changes: tuple[Change, ...]
    attention: str
    telling: Telling
    decisions: tuple[Decision, ...]
    voices: Voices
    needed: int
    proposer: tuple[Account, ...]
    asks: str
    to_give: tuple[Voice, ...]

    @property
    def effects(self) -> tuple[tuple[str, str], ...]:
        """Each effect and how many parts have it, the weakening first."""
        return told_effects(self.changes)

    @property
    def lets_in(self) -> bool:
        """Whether something weakens: what a reader has to look at first."""
        return any(change.effect.lets_in for change in self.changes)


def tell_proposal(proposal: Proposal, *, viewer: UUID | None) -> ProposalTelling:
    """Return what the proposal's page tells a person, or somebody who is none."""
    kind, standing = Kind(proposal.kind), queries.standing(proposal)
    changes, voices = weakening_first(changes_of(proposal)), around(proposal)
    return ProposalTelling(
        subject=subject_of(proposal),
        sentence=_sentence(proposal, changes),
        standing=standing,
        changes=changes,
        attention=_ATTENTION[kind],
        telling=tell_document(queries.read_proposed(proposal)),
        decisions=tuple(proposal.decisions.select_related("account")),
        voices=voices,
        needed=NEEDED,
        proposer=accounts_of([proposal.proposer_id]),
        asks=sentence_for(proposal, voices, viewer) if standing is Standing.OPEN else "",
        to_give=to_give(proposal, standing, voices, viewer),
    )


def _sentence(proposal: Proposal, changes: tuple[Change, ...]) -> str:
    """Return in one sentence what would happen; nothing that changes is passed over in it without being counted."""
    clauses = [change.clause for change in changes if change.clause]
    others = [change for change in changes if not change.clause]
    if clauses:
        counted = [change for change in others if change.effect is not Effect.NEUTRAL]
        return f"If two people agree, {'; '.join([*clauses, *_more(len(counted))])}."
    if not changes and proposal.base is not None:
        return f"If two people agree, version {proposal.base.number} is confirmed as it stands."
    if not changes:
        return "If two people agree, this document is in force."
    told = "; ".join([*(_briefly(change) for change in others[:PARTS_TOLD]), *_more(len(others) - PARTS_TOLD)])
    if proposal.kind == Kind.EXPECTATION:
        return f"If two people agree, files of {proposal.package} are judged by other rules than now: {told}."
    return f"If two people agree, this changes: {told}."


def _more(number: int) -> list[str]:
    return [f"and {number} more {'part changes' if number == 1 else 'parts change'}"] if number > 0 else []


def _briefly(change: Change) -> str:
    """Return a part by its name, and where they are short by what it said and would say."""
    says = f" (now {change.before}, then {change.after})"
    return change.where + (says if len(says) <= SHORT else "")
