"""What is in force, what is proposed, and who may decide: reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from expectations import documents, trusted
from expectations.columns import Columns
from expectations.documents import (
    Document,
    Issuers,
    Members,
    Policy,
    Publishers,
    Status,
    parse_issuers,
    parse_policy,
    parse_publishers,
    parse_status,
)
from expectations.documents.issuers import NO_ISSUERS
from expectations.documents.publishers import NOBODY
from expectations.documents.status import ACTIVE
from expectations.models import Decision, DocumentVersion, Grant, Kind, Proposal, Voice
from expectations.statements import Row, Statement, together
from expectations.trusted import Trusted
from verification.build_types import required_pins
from verification.canonical import JsonValue, canonical
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
    about = trusted.expectation_of(package)
    (rows,) = together(_NEWEST_ABOUT(about.kind, about.object))
    return _VERSION.read(rows[0]) if rows else None


def active_roots_version() -> DocumentVersion:
    """Return the roots of trust in force. A bootstrapped registry always has some."""
    (rows,) = together(NEWEST_ROOTS)
    return newest(rows)


def active_policy_version() -> DocumentVersion:
    """Return the registry's policy in force."""
    (rows,) = together(NEWEST_POLICY)
    return newest(rows)


@dataclass(frozen=True, slots=True)
class InForce:
    """What an upload is judged by."""

    roots: DocumentVersion
    policy: DocumentVersion
    expectation: DocumentVersion | None


def in_force_for(package: Package) -> InForce:
    """Return what uploads to a package are judged by, as it is at one moment."""
    ((row,),) = together(_IN_FORCE_FOR(package.pk))
    return read_in_force(row, 0)


def read_in_force(row: Sequence[object], start: int) -> InForce:
    """Return what :data:`IN_FORCE` has selected in a row, beginning at ``start``."""
    roots, policy, promise = (kind.read(row, start + n * _VERSION.width) for n, kind in enumerate(_KINDS.values()))
    assert roots is not None, "a bootstrapped registry has roots of trust"
    assert policy is not None, "a bootstrapped registry has a policy"
    return InForce(roots, policy, promise)


_READ_LATER = ["document"]
"""Documents can be large and are read at each upload, so they are fetched only by who looks at them."""

_VERSION = Columns(DocumentVersion, "v", without=_READ_LATER)
_KINDS = {
    kind: Columns(DocumentVersion, kind.value, without=_READ_LATER)
    for kind in (Kind.ROOTS, Kind.POLICY, Kind.EXPECTATION)
}

IN_FORCE = ", ".join(columns.selected for columns in _KINDS.values())
"""The columns of what uploads are judged by; where to read them is :func:`read_in_force`."""

IN_FORCE_WIDTH = len(_KINDS) * _VERSION.width

# S608, here and below: the columns are the model's, and every value is a parameter.
IN_FORCE_JOINED = "\n".join(
    f"LEFT JOIN LATERAL (SELECT * FROM expectations_documentversion v WHERE v.kind = '{kind.value}' "  # noqa: S608  (the models' own columns)
    f"{'AND v.object = p.id ' if kind is Kind.EXPECTATION else ''}ORDER BY v.number DESC LIMIT 1) {kind.value} ON true"
    for kind in _KINDS
)
"""What a statement over packages (``registry_package p``) joins for them: by index, whatever PostgreSQL knows of the tables."""

_NEWEST = f"SELECT {_VERSION.selected} FROM expectations_documentversion v WHERE"  # noqa: S608  (the models' own columns)
_NEWEST_OF = Statement(f"{_NEWEST} v.kind = %s ORDER BY v.number DESC LIMIT 1")
NEWEST_ROOTS, NEWEST_POLICY = (_NEWEST_OF(kind.value) for kind in (Kind.ROOTS, Kind.POLICY))
"""What asks for the roots of trust and for the policy in force; :func:`newest` reads the answer."""

_NEWEST_ABOUT = Statement(f"{_NEWEST} v.kind = %s AND v.object = %s ORDER BY v.number DESC LIMIT 1")
_IN_FORCE_FOR = Statement(f"SELECT {IN_FORCE} FROM registry_package p {IN_FORCE_JOINED} WHERE p.id = %s")  # noqa: S608  (the models' own columns)


def newest(rows: Sequence[Row]) -> DocumentVersion:
    """Return the version that :data:`NEWEST_ROOTS` or :data:`NEWEST_POLICY` has found."""
    version = _VERSION.read(rows[0]) if rows else None
    if version is None:
        raise RuntimeError("the registry has no roots of trust or no policy: it was never bootstrapped")
    return version


def read(version: DocumentVersion) -> Document:
    """Return the document of a stored version. Raises RuntimeError if it is not what its digest names."""
    return _as_named(_parsed(Kind(version.kind), version.document), version)


def read_proposed(proposal: Proposal) -> Document:
    """Return the document that a proposal would put in force."""
    return _parsed(Kind(proposal.kind), proposal.content)


def _parsed(kind: Kind, content: str) -> Document:
    return roots_of(content) if kind is Kind.ROOTS else documents.parse(kind, content.encode())


def read_expectation(version: DocumentVersion) -> Expectation:
    """Return the parsed expectation of a stored version. Raises RuntimeError if it is not what its digest names."""
    return _expectation_of(_Stored(version.digest, version))


def read_roots(version: DocumentVersion) -> RootsOfTrust:
    """Return the roots of a stored version, with their long-lived Verifiers, parsed once a process and digest."""
    return _roots_of(_Stored(version.digest, version))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored version, for caches that go by its digest: one that is in the cache is not even fetched."""

    digest: str
    version: DocumentVersion = field(compare=False)


@lru_cache(maxsize=256)
def _expectation_of(stored: _Stored) -> Expectation:
    document = stored.version.document.encode()
    return _as_named(parse_expectation(document, required_pins=required_pins), stored.version)


@lru_cache(maxsize=4)
def _roots_of(stored: _Stored) -> RootsOfTrust:
    return _as_named(roots_of(stored.version.document), stored.version)


@lru_cache(maxsize=4)
def _policy_of(stored: _Stored) -> Policy:
    return _as_named(parse_policy(stored.version.document), stored.version)


@lru_cache(maxsize=4)
def roots_of(document: str) -> RootsOfTrust:
    """Return the roots of a stored document in force or proposed. Long-lived, for their Verifiers are slow to make."""
    return parse_roots(document.encode())


def read_policy(version: DocumentVersion) -> Policy:
    """Return the policy of a stored version. Raises RuntimeError if it is not what its digest names."""
    return _policy_of(_Stored(version.digest, version))


def _as_named(document: D, version: DocumentVersion) -> D:
    if document.digest != version.digest:
        raise RuntimeError(f"the stored document {version.pk} is not what its digest names")
    return document


def status(package: Package) -> Status:
    """Return the state of a package; active until somebody says otherwise."""
    version = in_force(trusted.status_of(package))
    return ACTIVE if version is None else _as_named(parse_status(version.document), version)


def publishers(package: Package) -> Publishers:
    """Return which runs elsewhere may upload to a package; nobody's until two people say otherwise."""
    version = in_force(trusted.publishers_of(package))
    return NOBODY if version is None else read_publishers(version)


def read_publishers(version: DocumentVersion) -> Publishers:
    """Return the publishers of a stored version."""
    return _as_named(parse_publishers(version.document), version)


def issuers() -> Issuers:
    """Return the identity providers whose tokens are believed."""
    version = in_force(trusted.issuers())
    return NO_ISSUERS if version is None else _as_named(parse_issuers(version.document), version)


def publishers_naming(publisher: JsonValue) -> list[DocumentVersion]:
    """Return the lists of publishers in force in which one has at least these members, with their packages, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.id FROM expectations_documentversion v WHERE v.kind = 'publishers' AND v.document::jsonb @> %s::jsonb "
            "AND NOT EXISTS (SELECT 1 FROM expectations_documentversion later WHERE later.kind = v.kind "
            "AND later.object = v.object AND later.number > v.number)",
            [canonical({"publishers": [publisher]}).decode()],
        )
        found = [row[0] for row in cursor.fetchall()]
    return list(DocumentVersion.objects.filter(pk__in=found).select_related("package").order_by("package__name"))


def roster(package: Package) -> Members:
    """Return who maintains a package, deactivated persons too."""
    return _members_of(trusted.roster_of(package))


def steward_list() -> Members:
    """Return who looks after the registry, deactivated persons too; nobody before the operator has named them."""
    return _members_of(trusted.stewards())


def _members_of(about: Trusted) -> Members:
    version = in_force(about)
    if version is None:
        return Members({})
    document = read(version)
    assert isinstance(document, Members)
    return document


def maintainers(package: Package) -> set[UUID]:
    """Return the persons who hold a role of a package and can act: they may propose and upload."""
    return _persons("SELECT person FROM sluicegate_maintainers(%s)", package.pk)


def stewards() -> set[UUID]:
    """Return the persons who look after the registry and can act."""
    return _persons("SELECT person FROM sluicegate_maintainers(NULL)")


def members(package: Package | None) -> set[UUID]:
    """Return the persons who hold a role of a package (None: the registry's stewards), deactivated ones too."""
    return _persons("SELECT person FROM sluicegate_members(%s)", package.pk if package else None)


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


def _persons(statement: str, *values: UUID | list[UUID] | None) -> set[UUID]:
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


def open_proposals_of_the_registry() -> list[Proposal]:
    """Return the proposals about the registry itself that still wait for a voice, the newest first."""
    return _still_open(Q(package=None))


def waiting_for(account: Account) -> list[Proposal]:
    """Return the open proposals on which this account's person may give a voice and has not agreed yet. Three queries."""
    person = account.person_id
    if person is None:
        return []
    agreed = Decision.objects.filter(person=person, voice=Voice.APPROVE).values("proposal")
    # Stewards may be asked about any package; everybody else only where they hold a role, or did.
    held = Q() if person in stewards() else Q(package__in=Grant.objects.filter(person=person).values("package"))
    candidates = {proposal.pk: proposal for proposal in _unclosed(held).exclude(pk__in=agreed)}
    asked = _persons(
        "SELECT p FROM unnest(%s::uuid[]) p WHERE sluicegate_standing(p) = 'open' "
        "AND %s IN (SELECT person FROM sluicegate_proposal_voters(p))",
        list(candidates),
        person,
    )
    return [proposal for pk, proposal in candidates.items() if pk in asked]


def proposals_of(account: Account) -> list[Proposal]:
    """Return the open proposals that this account's person has made."""
    return [] if account.person_id is None else _still_open(Q(proposer=account.person_id))


def _still_open(wanted: Q) -> list[Proposal]:
    return [proposal for proposal in _unclosed(wanted) if standing(proposal) is Standing.OPEN]


def _unclosed(wanted: Q) -> QuerySet[Proposal]:
    """Return what nobody has closed and no time has; it may be stale."""
    return (
        Proposal.objects.filter(wanted, version=None, expires_at__gt=Now())
        .exclude(decisions__voice__in=[Voice.REJECT, Voice.WITHDRAW])
        .select_related("package", "base", "proposer")
    )
