"""Every change of what is promised: one action is the change and its audit leaf, in one transaction.

The leaves of proposals, voices and versions are written by the database itself, so that none can be without.

There is no other way to change what is trusted, and no switch that leaves a check out. The database holds the same
rules again (``sql/0003_guards.sql``); what it refuses comes out as :class:`expectations.refusal.ChangeRefused`.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from expectations import audit, queries
from expectations.models import Decision, DocumentVersion, Grant, Kind, Proposal, RegistryIdentity, Role, Source, Voice
from expectations.refusal import ChangeRefused, database_refusals
from expectations.second_factor import Factor
from verification.build_types import required_pins
from verification.canonical import JsonValue, canonical, parse_strict, sha256_hex
from verification.expectation import ChangeControl, Expectation
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package, Person

PREFIX = b"sluicegate-proposal-v1\n"
"""Sets what is agreed to apart from every other thing that is hashed (trust rules, "Two people" 1)."""


@transaction.atomic
def found_package(package: Package, *, owner: Person, maintainers: list[Person]) -> None:
    """Give a new package its founding roster: its owner, and the maintainers named with it.

    Raises ChangeRefused (EXPECTATION_EXISTS) once a first promise stands.
    """
    roster = [(owner, Role.OWNER), *((person, Role.MAINTAINER) for person in maintainers if person != owner)]
    with database_refusals():
        for person, role in roster:
            Grant.objects.create(package=package, person=person, role=role, founding=True)
    audit.record(
        "package-founded",
        package=str(package.pk),
        name=package.name,
        grants=[{"person": str(person.pk), "role": role.value} for person, role in roster],
    )


@transaction.atomic
def bind_first(package: Package, expectation: Expectation, *, source: Source) -> DocumentVersion:
    """Put a package's first expectation in force: explicit by its creator, or by first use.

    Raises ChangeRefused (EXPECTATION_EXISTS) where one stands already: every later version takes two people.
    """
    with database_refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_bind(%s, %s, %s)", [package.pk, expectation.canonical.decode(), source.value])
        (version_id,) = cursor.fetchone()
    return DocumentVersion.objects.get(pk=version_id)


@transaction.atomic
def propose_expectation(package: Package, *, content: bytes | JsonValue, reason: str, by: Account) -> Proposal:
    """Propose a whole new expectation for a package. It carries no voice: its proposer decides like everybody else.

    ``content`` is the document, in any JSON spelling. Raises ChangeRefused: DOCUMENT_INVALID (with every problem),
    DOCUMENT_UNCHANGED, EXPECTATION_IMMUTABLE, NOT_A_PERSON, NOT_A_MAINTAINER.
    """
    person = _person_of(by)
    expectation = read_document(content)
    base = queries.active_expectation(package)
    if base is None:
        raise ChangeRefused(Reason.DOCUMENT_INVALID, "The package has no expectation yet; the first upload pins it.")
    if queries.read_expectation(base).change_control is ChangeControl.IMMUTABLE:
        raise ChangeRefused(Reason.EXPECTATION_IMMUTABLE)
    if base.digest == expectation.digest and base.source in (Source.PROPOSAL, Source.BOOTSTRAP):
        raise ChangeRefused(Reason.DOCUMENT_UNCHANGED)
    if person.pk not in queries.deciders(package):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    proposal = _new_proposal(package, base, expectation, reason=reason, proposer=person)
    with database_refusals():
        proposal.save(force_insert=True)
    return proposal


def decide(proposal: Proposal, *, voice: Voice, digest: str, by: Account, factor: Factor) -> DocumentVersion | None:
    """Give one person's voice on exactly ``digest``; return the version that came into force by it, if one did.

    ``factor`` proves a second factor that was fresh for this decision. The voice stays even where it is not yet the
    second. Raises ChangeRefused: PROPOSAL_DIGEST_DIFFERS, PROPOSAL_STALE, PROPOSAL_EXPIRED, PROPOSAL_CLOSED,
    ALREADY_DECIDED, NOT_A_PERSON, NOT_A_MAINTAINER.
    """
    with transaction.atomic(), database_refusals():
        _record_voice(proposal, voice=voice, digest=digest, by=by, factor=factor)
        return _activate(proposal) if voice is Voice.APPROVE else None


def _record_voice(proposal: Proposal, *, voice: Voice, digest: str, by: Account, factor: Factor) -> None:
    person = _person_of(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_lock(%s)", [proposal.package_id])
    if digest != proposal.digest:
        raise ChangeRefused(Reason.PROPOSAL_DIGEST_DIFFERS)
    if proposal.decisions.filter(person=person, voice=voice).exists():
        raise ChangeRefused(Reason.ALREADY_DECIDED)
    Decision.objects.create(
        proposal=proposal,
        digest=digest,
        voice=voice,
        person=person,
        account=by,
        factor=factor.kind,
        factor_detail=factor.detail,
    )


def _activate(proposal: Proposal) -> DocumentVersion | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_activate(%s)", [proposal.pk])
        (version_id,) = cursor.fetchone()
    return None if version_id is None else DocumentVersion.objects.get(pk=version_id)


def read_document(content: bytes | JsonValue) -> Expectation:
    """Return the expectation of a proposed document. Raises ChangeRefused (DOCUMENT_INVALID) with every problem.

    Its signers have to be known to the roots of trust: a promise that nobody can keep is a mistake.
    """
    try:
        expectation = parse_expectation(content, required_pins=required_pins)
    except DocumentInvalid as error:
        raise ChangeRefused(Reason.DOCUMENT_INVALID, str(error)) from error
    roots = queries.read_roots(queries.active_roots_version())
    known = {*roots.instances, *roots.keys}
    for number, recipe in enumerate(expectation.recipes):
        named = recipe.signer.sigstore or recipe.signer.key
        if named not in known:
            detail = (
                f"/recipes/{number}/signer: The roots of trust know no {named!a}; they know {', '.join(sorted(known))}."
            )
            raise ChangeRefused(Reason.DOCUMENT_INVALID, detail)
    return expectation


def _person_of(account: Account) -> Person:
    if account.is_robot or account.person is None or not account.is_active:
        raise ChangeRefused(Reason.NOT_A_PERSON)
    return account.person


def _new_proposal(
    package: Package, base: DocumentVersion, expectation: Expectation, *, reason: str, proposer: Person
) -> Proposal:
    policy = queries.read_policy(queries.active_policy_version())
    now = timezone.now()
    proposal = Proposal(
        id=uuid.uuid4(),
        kind=Kind.EXPECTATION,
        package=package,
        base=base,
        content=expectation.canonical.decode(),
        proposer=proposer,
        reason=reason.strip()[:2000],
        created_at=now,
        expires_at=now + timedelta(days=policy.proposal_days),
    )
    proposal.preimage = preimage(proposal, content=expectation).decode()
    proposal.digest = sha256_hex(PREFIX + proposal.preimage.encode())
    return proposal


def preimage(proposal: Proposal, *, content: Expectation) -> bytes:
    """Return the canonical JSON of everything that an agreement to the proposal is about.

    It names this registry, this package, this proposal, what it starts from and where the audit log stood, so that
    no voice can be replayed for another package, another proposal, or after a restored backup.
    """
    log = audit.head()
    return canonical(
        {
            "registry": str(RegistryIdentity.objects.get().pk),
            "kind": proposal.kind,
            "object": str(proposal.package_id),
            "proposal": str(proposal.pk),
            "base_version": proposal.base.number,
            "base_digest": proposal.base.digest,
            "audit_head": {"index": log.index, "leaf_hash": log.leaf_hash},
            "content": parse_strict(content.canonical),
            "proposer": str(proposal.proposer_id),
            "expires": audit.rfc3339(proposal.expires_at),
        }
    )
