"""Who may say what to a proposal: who has agreed, who still can, who cannot and why. For pages; the database decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from expectations import queries
from expectations.models import Decision, Proposal, Voice
from expectations.names import persons_named
from expectations.queries import Standing
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Package

NEEDED = 2
"""How many persons have to agree; the database function ``sluicegate_activate`` counts them."""


class Side(StrEnum):
    """Why somebody is asked at all."""

    MAINTAINER = "maintainer"
    STEWARD = "steward"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose role makes them one to ask. ``reason`` says why they have no voice now; None: they have.

    ``until`` is when a wait ends. ``lost`` says that they agreed by an account that is no longer theirs, or was locked.
    """

    id: UUID
    name: str
    side: Side
    agreed: bool
    reason: Reason | None
    until: datetime | None
    lost: bool = False

    @property
    def may_decide(self) -> bool:
        """Whether a voice would count now."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Voices:
    """The people around a proposal. ``agreed`` counts whose agreement counts now; ``steward_needed``: beside maintainers."""

    people: tuple[Person, ...]
    agreed: int
    steward_needed: bool

    @property
    def can_agree(self) -> list[Person]:
        """Who may still agree."""
        return [person for person in self.people if person.may_decide and not person.agreed]

    @property
    def cannot(self) -> list[Person]:
        """Who holds a role and has no voice here now."""
        return [person for person in self.people if not person.may_decide]

    def find(self, person: UUID | None) -> Person | None:
        """Return the one of this id, if anybody is."""
        return next((found for found in self.people if found.id == person), None)

    @property
    def lost(self) -> list[Person]:
        """Whose agreement counts no longer, though they may decide."""
        return [person for person in self.people if person.lost]

    @property
    def too_few(self) -> bool:
        """Whether fewer can agree than have to."""
        return self.agreed + len(self.can_agree) < NEEDED


def around(proposal: Proposal) -> Voices:
    """Return who has a voice on a proposal and who has none: holders of its roles, and stewards where one is needed."""
    voters, concerned = queries.voters(proposal), queries.concerned(proposal)
    approvals = list(queries.approvals(proposal))
    agreed = {decision.person_id for decision in approvals}
    counted = {decision.person_id for decision in approvals if _is_still_theirs(decision)}
    members = queries.members(proposal.package)
    # As sluicegate_voters has it: with fewer than two whom it does not concern, stewards decide beside them.
    steward_needed = proposal.package is not None and len(members - concerned) < NEEDED
    asked = members | (queries.members(None) if steward_needed else set())
    named = persons_named(asked)
    people = []
    for person in sorted(asked, key=named):
        of_package = proposal.package if person in members else None
        reason, until = (None, None) if person in voters else _why_not(of_package, person, concerned)
        side = Side.STEWARD if of_package is None else Side.MAINTAINER
        lost = person in agreed - counted
        people.append(Person(person, named(person), side, person in agreed, reason, until, lost))
    return Voices(tuple(people), len(counted & voters), steward_needed)


def _is_still_theirs(decision: Decision) -> bool:
    """As sluicegate_agreeing has it: the account that gave a voice may be another person's by now, or locked."""
    return decision.account.is_active and decision.account.person_id == decision.person_id


def _why_not(package: Package | None, person: UUID, concerned: set[UUID]) -> tuple[Reason, datetime | None]:
    """Return why who holds a role of a package (None: a steward) has no voice, and until when where that ends by itself."""
    if person in concerned:
        return Reason.CONCERNS_YOURSELF, None
    until = queries.waits_until(package, person)
    return (Reason.NOT_A_PERSON, None) if until is None else (Reason.WAITS_TO_DECIDE, until)


def why_no_voice(proposal: Proposal, person: UUID | None) -> Reason | None:
    """Return why a person has no voice on a proposal, or None where there is one to give."""
    if person in queries.voters(proposal):
        return None
    found = around(proposal).find(person)
    if found is not None and found.reason is not None:
        return found.reason
    return Reason.NOT_A_STEWARD if proposal.package is None else Reason.NOT_A_MAINTAINER


def to_give(proposal: Proposal, standing: Standing, voices: Voices, viewer: UUID | None) -> tuple[Voice, ...]:
    """Return the voices that a viewer may still give. Who has agreed may still close it; its proposer closes by withdrawing."""
    if standing is not Standing.OPEN or viewer is None:
        return ()
    found = voices.find(viewer)
    may_decide = found is not None and found.may_decide
    approving = (Voice.APPROVE,) if found is not None and may_decide and not found.agreed else ()
    if viewer == proposal.proposer_id:
        return (*approving, Voice.WITHDRAW)
    return (*approving, Voice.REJECT) if may_decide else ()


def sentence_for(proposal: Proposal, voices: Voices, viewer: UUID | None) -> str:
    """Return what an open proposal asks of a viewer, in one or two plain sentences."""
    found = voices.find(viewer)
    if found is None:
        who = "the stewards of the registry" if proposal.package is None else f"the maintainers of {proposal.package}"
        return f"You look on: {who} decide."
    if found.reason is Reason.CONCERNS_YOURSELF:
        return "This is about yourself, so others decide."
    if found.until is not None:
        why = "You were given your role, or changed a second factor or your address, only a few days ago."
        return f"You may decide from {found.until:%-d %b %Y, %H:%M} UTC. {why}"
    return f"{_asked(voices, found)}{_with_whom(voices, found)}"


_UNCOUNTED = (
    "So did enough others, but one of them could not decide yet when the last voice came, and voices are counted only then: "
    "have it proposed anew."
)


def _asked(voices: Voices, viewer: Person) -> str:
    if viewer.lost:
        return "You agreed, by an account that is no longer yours or was locked: that does not count. Have it proposed anew."
    if viewer.agreed:
        return "You agreed. One more person has to." if voices.agreed < NEEDED else f"You agreed. {_UNCOUNTED}"
    return "You may decide."


def _with_whom(voices: Voices, viewer: Person) -> str:
    """Where a package has too few maintainers to decide by themselves, say who has to agree with the viewer."""
    if not voices.steward_needed:
        return ""
    maintainers = [person for person in voices.people if person.side is Side.MAINTAINER and person.may_decide]
    if viewer.side is Side.MAINTAINER:
        return " A steward has to agree with you: there is no other maintainer who can."
    if maintainers:
        return f" You decide as a steward, beside {maintainers[0].name}: there is no other maintainer who can."
    return " You decide as a steward: there is no maintainer who can."
