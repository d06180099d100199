"""What a proposal would change, one module a kind: the two sides of each part, and which change weakens."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib.auth import get_user_model

from expectations import queries
from expectations.differences import deletion, expectation, issuers, members, person, policy, publishers, roots, status
from expectations.differences.change import Change, Effect, told_effects, weakening_first
from expectations.documents import Document, Issuers, Members, PersonAccounts, Policy, Publishers, Status
from expectations.documents.issuers import NO_ISSUERS
from expectations.documents.publishers import NOBODY
from expectations.documents.status import ACTIVE
from expectations.models import Kind, Proposal
from expectations.names import accounts_named, deleted_thing, persons_named
from expectations.queries import Standing
from verification.expectation import Expectation
from verification.root_of_trust import RootsOfTrust

__all__ = ["Change", "Effect", "changes_of", "told_effects", "weakening_first"]


_BEGINNINGS: dict[Kind, Document] = {Kind.PUBLISHERS: NOBODY, Kind.ISSUERS: NO_ISSUERS}
"""What holds of a kind before its first document; of every other without one, that the package is active."""


def changes_of(proposal: Proposal) -> tuple[Change, ...]:
    """Return everything in which the proposed document differs from what it starts from; nothing where that is unknown."""
    old = _before(proposal)
    return () if old is None else _difference(proposal, old, queries.read_proposed(proposal))


def _before(proposal: Proposal) -> Document | None:
    """Return what stands without the proposal. Accounts may have moved since by another person's document."""
    base = queries.read(proposal.base) if proposal.base else None
    if proposal.kind != Kind.PERSON:
        return base or _BEGINNINGS.get(Kind(proposal.kind), ACTIVE)
    if queries.standing(proposal) is not Standing.OPEN:
        return base
    resets = base.factors_reset if isinstance(base, PersonAccounts) else 0
    return replace(current_accounts(proposal.object), factors_reset=resets)


def current_accounts(of_person: UUID) -> PersonAccounts:
    """Return a person's accounts as they stand, in the form of the document about them."""
    found = get_user_model().objects.filter(person=of_person).order_by("pk")
    return PersonAccounts(tuple(account.pk for account in found), any(account.is_active for account in found), 0)


def _difference(proposal: Proposal, old: Document, new: Document) -> tuple[Change, ...]:
    match old, new:
        case Expectation(), Expectation():
            found = expectation.difference(old, new)
        case Members(), Members():
            found = members.difference(old, new, persons_named({*old.roles, *new.roles}))
        case Status(), Status():
            found = status.difference(old, new)
        case Publishers(), Publishers():
            found = publishers.difference(old, new)
        case Issuers(), Issuers():
            found = issuers.difference(old, new)
        case Policy(), Policy():
            found = policy.difference(old, new)
        case RootsOfTrust(), RootsOfTrust():
            found = roots.difference(old.canonical, new.canonical)
        case PersonAccounts(), PersonAccounts():
            found = person.difference(old, new, accounts_named({*old.accounts, *new.accounts}))
        case _:
            found = deletion.difference(deleted_thing(proposal.object))
    return found
