"""Whether somebody may propose, asked before a form is shown. The database asks again when a proposal is written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from expectations import queries
from expectations.models import Kind, Proposal
from expectations.refusal import ChangeRefused
from expectations.second_factor import has_second_factor
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package


ABOUT_PEOPLE = (Kind.ROSTER, Kind.STEWARDS, Kind.PERSON)
"""The kinds of proposals that tell of persons, and why."""


def proposers(package: Package | None) -> set[UUID]:
    """Return the persons who may propose: a package's maintainers and the stewards; about the registry, the stewards."""
    stewards = queries.stewards()
    return stewards if package is None else queries.maintainers(package) | stewards


def may_read(proposal: Proposal, person: UUID | None) -> bool:
    """Return whether a person reads a proposal with its reason: of those about people, not everybody who is signed in.

    Who maintains or looks after what it is about decides on it, and whom it concerns is to know of it. Everybody else has
    what the audit log and the API tell: ids.
    """
    if proposal.kind not in ABOUT_PEOPLE:
        return person is not None
    return person in proposers(proposal.package) | queries.concerned(proposal) | {proposal.proposer_id}


def why_not_propose(account: Account, package: Package | None) -> Reason | None:
    """Return why an account may not propose about a package (None: about the registry), or None where it may."""
    if account.is_robot:
        return Reason.NOT_A_PERSON
    if account.person_id not in proposers(package):
        return Reason.NOT_A_STEWARD if package is None else Reason.NOT_A_MAINTAINER
    return None if has_second_factor(account) else Reason.SECOND_FACTOR_MISSING


def refuse_unless_may_propose(account: Account, package: Package | None) -> None:
    """Raise ChangeRefused where an account may not propose about a package (None: about the registry)."""
    reason = why_not_propose(account, package)
    if reason is not None:
        raise ChangeRefused(reason)
