"""What is in force, what is proposed, and who may decide: reads only."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from expectations.models import Decision, DocumentVersion, Kind, Proposal, Voice
from expectations.policy import Policy, parse_policy
from verification.build_types import required_pins
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.root_of_trust import RootsOfTrust, parse_roots

if TYPE_CHECKING:
    from registry.models import Package


class Standing(StrEnum):
    """How a proposal stands, as the database function of that name tells it."""

    OPEN = "open"
    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE = "stale"

    @property
    def sentence(self) -> str:
        """One plain sentence for a page."""
        return _STANDING_SENTENCES[self]


_STANDING_SENTENCES = {
    Standing.OPEN: "Waiting for voices. Nothing has changed yet.",
    Standing.ACTIVE: "Two people agreed; it came into force.",
    Standing.REJECTED: "A maintainer rejected it. Nothing changed.",
    Standing.WITHDRAWN: "Its proposer withdrew it. Nothing changed.",
    Standing.EXPIRED: "It found no second voice in time. Nothing changed.",
    Standing.STALE: "What it wanted to change has changed since. It can no longer come into force.",
}


def active_expectation(package: Package) -> DocumentVersion | None:
    """Return the version of the package's expectation that is in force, or None before the first one."""
    return DocumentVersion.objects.filter(kind=Kind.EXPECTATION, package=package).order_by("-number").first()


def history(package: Package) -> Iterable[DocumentVersion]:
    """Return all versions of the package's expectation, the newest first, with their proposals."""
    return (
        DocumentVersion.objects.filter(kind=Kind.EXPECTATION, package=package)
        .order_by("-number")
        .select_related("proposal__proposer")
    )


def active_roots_version() -> DocumentVersion:
    """Return the roots of trust in force. A bootstrapped registry always has some."""
    return DocumentVersion.objects.filter(kind=Kind.ROOTS).order_by("-number")[0]


def active_policy_version() -> DocumentVersion:
    """Return the registry's policy in force."""
    return DocumentVersion.objects.filter(kind=Kind.POLICY).order_by("-number")[0]


def read_expectation(version: DocumentVersion) -> Expectation:
    """Return the parsed expectation of a stored version. Raises DocumentInvalid if it is not what its digest names."""
    expectation = parse_expectation(version.document.encode(), required_pins=required_pins)
    if expectation.digest != version.digest:
        raise RuntimeError(f"the stored expectation {version.pk} is not the document that its digest names")
    return expectation


def read_roots(version: DocumentVersion) -> RootsOfTrust:
    """Return the roots of a stored version, with their long-lived Verifiers, parsed once a process and digest."""
    roots = _roots(version.document)
    if roots.digest != version.digest:
        raise RuntimeError(f"the stored roots {version.pk} are not the document that their digest names")
    return roots


@lru_cache(maxsize=4)
def _roots(document: str) -> RootsOfTrust:
    return parse_roots(document.encode())


def read_policy(version: DocumentVersion) -> Policy:
    """Return the policy of a stored version."""
    policy = parse_policy(version.document)
    if policy.digest != version.digest:
        raise RuntimeError(f"the stored policy {version.pk} is not the document that its digest names")
    return policy


def deciders(package: Package) -> set[UUID]:
    """Return the persons who may decide about a package, as the database counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person FROM sluicegate_deciders(%s)", [package.pk])
        return {row[0] for row in cursor.fetchall()}


def standing(proposal: Proposal) -> Standing:
    """Return how a proposal stands now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_standing(%s)", [proposal.pk])
        return Standing(cursor.fetchone()[0])


def approvals(proposal: Proposal) -> Iterable[Decision]:
    """Return the approving voices on exactly the proposal's digest, in the order given."""
    return proposal.decisions.filter(voice=Voice.APPROVE, digest=proposal.digest).select_related("account")


def open_proposals(packages: Iterable[Package]) -> list[Proposal]:
    """Return the proposals about these packages that still wait for a voice, the newest first."""
    waiting = Proposal.objects.filter(package__in=packages, version=None).select_related("package", "base")
    return [proposal for proposal in waiting if standing(proposal) is Standing.OPEN]
