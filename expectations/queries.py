"""What is in force, what is proposed, and who may decide: reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from expectations import documents, trusted
from expectations.documents import Document, Members, Policy, Status, parse_policy, parse_status
from expectations.documents.status import ACTIVE
from expectations.models import Decision, DocumentVersion, Kind, Proposal, Voice
from expectations.trusted import Trusted
from verification.build_types import required_pins
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.root_of_trust import RootsOfTrust, parse_roots

if TYPE_CHECKING:
    from registry.models import Account, Package

D = TypeVar("D", bound=Document)


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
    Standing.REJECTED: "It was rejected. Nothing changed.",
    Standing.WITHDRAWN: "Its proposer withdrew it. Nothing changed.",
    Standing.EXPIRED: "It found no second voice in time. Nothing changed.",
    Standing.STALE: "What it wanted to change has changed since. It can no longer come into force.",
}


def in_force(about: Trusted) -> DocumentVersion | None:
    """Return the version in force of something trusted, or None before the first one."""
    return history(about).first()


def history(about: Trusted) -> QuerySet[DocumentVersion]:
    """Return all versions, the newest first, with their proposals."""
    return (
        DocumentVersion.objects.filter(kind=about.kind, object=about.object)
        .order_by("-number")
        .select_related("proposal__proposer")
    )


def active_expectation(package: Package) -> DocumentVersion | None:
    """Return the version of the package's expectation that is in force, or None before the first one."""
    return in_force(trusted.expectation_of(package))


def active_roots_version() -> DocumentVersion:
    """Return the roots of trust in force. A bootstrapped registry always has some."""
    return DocumentVersion.objects.filter(kind=Kind.ROOTS).order_by("-number")[0]


def active_policy_version() -> DocumentVersion:
    """Return the registry's policy in force."""
    return DocumentVersion.objects.filter(kind=Kind.POLICY).order_by("-number")[0]


def read(version: DocumentVersion) -> Document:
    """Return the document of a stored version. Raises RuntimeError if it is not what its digest names."""
    document = documents.parse(Kind(version.kind), version.document.encode())
    return _as_named(document, version)


def read_expectation(version: DocumentVersion) -> Expectation:
    """Return the parsed expectation of a stored version. Raises RuntimeError if it is not what its digest names."""
    return _as_named(parse_expectation(version.document.encode(), required_pins=required_pins), version)


def read_roots(version: DocumentVersion) -> RootsOfTrust:
    """Return the roots of a stored version, with their long-lived Verifiers, parsed once a process and digest."""
    return _as_named(_roots(version.document), version)


@lru_cache(maxsize=4)
def _roots(document: str) -> RootsOfTrust:
    return parse_roots(document.encode())


def read_policy(version: DocumentVersion) -> Policy:
    """Return the policy of a stored version."""
    return _as_named(parse_policy(version.document), version)


def _as_named(document: D, version: DocumentVersion) -> D:
    if document.digest != version.digest:
        raise RuntimeError(f"the stored document {version.pk} is not what its digest names")
    return document


def status(package: Package) -> Status:
    """Return the state of a package; active until somebody says otherwise."""
    version = in_force(trusted.status_of(package))
    return ACTIVE if version is None else _as_named(parse_status(version.document), version)


def roster(package: Package) -> Members:
    """Return who maintains a package, deactivated persons too."""
    version = in_force(trusted.roster_of(package))
    assert version is not None, "a package is founded with its roster"
    document = read(version)
    assert isinstance(document, Members)
    return document


def maintainers(package: Package) -> set[UUID]:
    """Return the persons who hold a role of a package and can act: they may propose and upload."""
    return _persons("SELECT person FROM sluicegate_maintainers(%s)", package.pk)


def stewards() -> set[UUID]:
    """Return the persons who look after the registry and can act."""
    return _persons("SELECT person FROM sluicegate_maintainers(NULL)")


def voters(proposal: Proposal) -> set[UUID]:
    """Return the persons who may give a voice on a proposal now, as the database counts them."""
    return _persons("SELECT person FROM sluicegate_proposal_voters(%s)", proposal.pk)


def concerned(proposal: Proposal) -> set[UUID]:
    """Return the persons whom a proposal is about: they have no voice on it."""
    return _persons("SELECT unnest(sluicegate_proposal_concerned(%s))", proposal.pk)


def waits_until(package: Package | None, person: UUID) -> datetime | None:
    """Return until when a person does not decide about a package (None: the registry), or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_waits_until(%s, %s)", [package.pk if package else None, person])
        moment: datetime | None = cursor.fetchone()[0]
        return moment


def _persons(statement: str, *values: UUID) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {row[0] for row in cursor.fetchall()}


def standing(proposal: Proposal) -> Standing:
    """Return how a proposal stands now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_standing(%s)", [proposal.pk])
        return Standing(cursor.fetchone()[0])


def approvals(proposal: Proposal) -> Iterable[Decision]:
    """Return the approving voices on exactly the proposal's digest, in the order given."""
    return proposal.decisions.filter(voice=Voice.APPROVE, digest=proposal.digest).select_related("account")


def open_proposals(*abouts: Trusted) -> list[Proposal]:
    """Return the proposals about these things that still wait for a voice, the newest first."""
    wanted = Q(pk__in=[])
    for about in abouts:
        wanted |= Q(kind=about.kind, object=about.object)
    return _still_open(wanted)


def open_proposals_of(packages: Iterable[Package]) -> list[Proposal]:
    """Return the proposals about anything of these packages that still wait for a voice, the newest first."""
    return _still_open(Q(package__in=packages))


def waiting_for(account: Account) -> list[Proposal]:
    """Return the open proposals on which this account's person may give a voice and has not agreed yet."""
    if account.person_id is None:
        return []
    held = account.person.grants.values("package") if account.person else []
    scope = Q(package__in=held) | (Q() if account.person_id in stewards() else Q(pk__in=[]))
    return [
        proposal
        for proposal in _still_open(scope)
        if account.person_id in voters(proposal)
        and not any(decision.person_id == account.person_id for decision in approvals(proposal))
    ]


def _still_open(wanted: Q) -> list[Proposal]:
    waiting = (
        Proposal.objects.filter(wanted, version=None, expires_at__gt=Now())
        .exclude(decisions__voice__in=[Voice.REJECT, Voice.WITHDRAW])
        .select_related("package", "base", "proposer")
    )
    return [proposal for proposal in waiting if standing(proposal) is Standing.OPEN]
