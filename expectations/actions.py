"""Every change of what is trusted: one action is the change and its audit leaf, in one transaction.

The leaves of proposals, voices and versions are written by the database itself, so that none can be without.

There is no other way to change what is trusted, and no switch that leaves a check out. The database holds the same
rules again (``sql/``); what it refuses comes out as :class:`expectations.refusal.ChangeRefused`.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from expectations import audit, documents, queries
from expectations.documents import Document, Members, PackageState, PersonAccounts, Publishers, Status
from expectations.documents.issuers import NO_ISSUERS
from expectations.documents.publishers import NOBODY
from expectations.documents.status import ACTIVE
from expectations.models import Decision, DocumentVersion, Kind, Origin, Proposal, RegistryIdentity, Role, Source, Voice
from expectations.origin import From
from expectations.plain_text import plain
from expectations.refusal import ChangeRefused, database_refusals
from expectations.second_factor import Factor
from expectations.signals import members_changed
from expectations.trusted import Trusted
from verification.canonical import JsonValue, canonical, parse_strict, sha256_hex
from verification.expectation import ChangeControl, Expectation
from verification.parameters import DocumentInvalid, Problem, shown
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package, Person, Refusal

PREFIX = b"sluicegate-proposal-v1\n"
"""Sets what is agreed to apart from every other thing that is hashed (trust rules, "Two people" 1)."""


@transaction.atomic
def found_package(package: Package, *, owner: Person, maintainers: list[Person]) -> None:
    """Give a package its founding roster, in the transaction that creates its name.

    Raises ChangeRefused: NOT_A_MAINTAINER in any later one, EXPECTATION_EXISTS where a roster stands.
    """
    roster = Members({person.pk: Role.MAINTAINER for person in maintainers} | {owner.pk: Role.OWNER})
    with database_refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_found(%s, %s)", [package.pk, roster.canonical.decode()])


@transaction.atomic
def bind_first(package: Package, expectation: Expectation, *, source: Source) -> DocumentVersion:
    """Put a package's first expectation in force: explicit by its creator, or by first use.

    Raises ChangeRefused (EXPECTATION_EXISTS) where one stands already: every later version takes two people.
    """
    with database_refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_bind(%s, %s, %s)", [package.pk, expectation.canonical.decode(), source.value])
        (version_id,) = cursor.fetchone()
    return DocumentVersion.objects.get(pk=version_id)


def propose(
    about: Trusted,
    *,
    content: bytes | JsonValue,
    reason: str,
    by: Account,
    origin: From | None = None,
    refusal: Refusal | None = None,
) -> Proposal:
    """Propose a whole new document. It carries no voice: its proposer decides like everybody else.

    ``content`` is the document, in any JSON spelling; ``refusal`` the refused upload that it was started from. Raises
    ChangeRefused: DOCUMENT_INVALID (with every problem), DOCUMENT_UNCHANGED, EXPECTATION_IMMUTABLE, PROPOSAL_STALE,
    NOT_A_PERSON, NOT_A_MAINTAINER, NOT_A_STEWARD, NOBODY_MAY_DECIDE, TOO_MANY_PROPOSALS.
    """
    person = _person_of(by)
    document = read_document(about.kind, content)
    with transaction.atomic(), database_refusals():
        base = queries.in_force(about)
        _refuse_what_changes_nothing(about, base, document)
        if isinstance(document, PersonAccounts):
            _refuse_what_no_person_has(base, document)
        proposal = _new_proposal(about, base, document, reason=reason, proposer=person, refusal=refusal)
        proposal.save(force_insert=True)
        if origin is not None:
            Origin.objects.create(proposal=proposal, address=origin.address, user_agent=origin.user_agent)
    return proposal


def decide(
    proposal: Proposal, *, voice: Voice, digest: str, by: Account, factor: Factor, origin: From | None = None
) -> DocumentVersion | None:
    """Give one person's voice on exactly ``digest``; return the version that came into force by it, if one did.

    ``factor`` proves a second factor that was fresh for this decision. The voice stays even where it is not yet the
    second. Raises ChangeRefused: PROPOSAL_DIGEST_DIFFERS, PROPOSAL_STALE, PROPOSAL_EXPIRED, PROPOSAL_CLOSED,
    ALREADY_DECIDED, NOT_A_PERSON, NOT_A_MAINTAINER, NOT_A_STEWARD, CONCERNS_YOURSELF, WAITS_TO_DECIDE,
    SECOND_FACTOR_TOO_WEAK, DOCUMENT_INVALID (of a change that can no longer be made).
    """
    with transaction.atomic(), database_refusals():
        decision = _record_voice(proposal, voice=voice, digest=digest, by=by, factor=factor)
        if origin is not None:
            Origin.objects.create(decision=decision, address=origin.address, user_agent=origin.user_agent)
        return _activate(proposal) if voice is Voice.APPROVE else None


def close_package(
    package: Package,
    *,
    state: PackageState,
    note: str,
    by: Account,
    factor: Factor,
    number: int | None = None,
    origin: From | None = None,
) -> DocumentVersion:
    """Freeze or quarantine a package, by one person alone: it only closes (trust rules, "Two people" 7).

    ``number`` is the version that a security key signed for; it has to be given with one. Raises ChangeRefused:
    NOT_A_PERSON, NOT_A_MAINTAINER, DOCUMENT_INVALID for a state that does not close, DOCUMENT_UNCHANGED where it is as
    closed already, PROPOSAL_STALE where the state has changed since the key was asked.
    """
    document = read_document(Kind.STATUS, parse_strict(Status(state, note.strip()).canonical))
    with transaction.atomic(), database_refusals(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sluicegate_close(%s, %s, %s, %s, %s, %s, %s)",
            [package.pk, document.canonical.decode(), by.pk, factor.kind, factor.detail, factor.assertion, number],
        )
        (version_id,) = cursor.fetchone()
        if origin is not None:
            Origin.objects.create(closing_id=version_id, address=origin.address, user_agent=origin.user_agent)
    return DocumentVersion.objects.get(pk=version_id)


def read_document(kind: Kind, content: bytes | JsonValue) -> Document:
    """Return a proposed document. Raises ChangeRefused (DOCUMENT_INVALID) with every problem.

    An expectation's signers have to be known to the roots of trust: a promise that nobody can keep is a mistake. So do
    publishers' issuers to the registry. A state's note stands on pages and in the index, with nothing hidden in it.
    """
    try:
        document = documents.parse(kind, content)
    except DocumentInvalid as error:
        raise ChangeRefused(Reason.DOCUMENT_INVALID, str(error)) from error
    if isinstance(document, Expectation):
        _refuse_unknown_signers(document)
    if isinstance(document, Publishers):
        _refuse_unknown_issuers(document)
    if isinstance(document, Status) and not document.note.isprintable():
        problem = Problem("/note", "It has a line break, or a character that does not show; write one plain line.")
        _refuse_invalid((problem,))
    return document


def read_expectation(content: bytes | JsonValue) -> Expectation:
    """Return a proposed expectation. Raises ChangeRefused (DOCUMENT_INVALID) with every problem."""
    document = read_document(Kind.EXPECTATION, content)
    assert isinstance(document, Expectation)
    return document


def _refuse_unknown_signers(expectation: Expectation) -> None:
    roots = queries.read_roots(queries.active_roots_version())
    known = {*roots.instances, *roots.keys}
    told = ", ".join(sorted(known))
    problems = tuple(
        Problem(f"/recipes/{number}/signer", f"The roots of trust know no {named!a}; they know {told}.")
        for number, recipe in enumerate(expectation.recipes)
        if (named := recipe.signer.sigstore or recipe.signer.key) not in known and not recipe.signer.unsigned
    )
    if problems:
        _refuse_invalid(problems)


def _refuse_unknown_issuers(publishers: Publishers) -> None:
    known = queries.issuers().kinds
    told = ", ".join(f"{issuer} ({kind})" for issuer, kind in sorted(known.items())) or "none"
    problems = tuple(
        Problem(
            f"/publishers/{number}/issuer", f"The registry takes no tokens of {shown(named)} there; it takes {told}."
        )
        for number, publisher in enumerate(publishers.listed)
        if known.get(named := publisher.issuer) is not publisher.kind
    )
    if problems:
        _refuse_invalid(problems)


def _refuse_invalid(problems: tuple[Problem, ...]) -> NoReturn:
    error = DocumentInvalid(problems)
    raise ChangeRefused(Reason.DOCUMENT_INVALID, str(error)) from error


def problems_of(refused: ChangeRefused) -> tuple[Problem, ...]:
    """Return everything that is wrong with a refused document, each with its place; one without a place for any other refusal."""
    cause = refused.__cause__
    return cause.problems if isinstance(cause, DocumentInvalid) else (Problem("", str(refused)),)


def _refuse_what_changes_nothing(about: Trusted, base: DocumentVersion | None, document: Document) -> None:
    if base is None:
        if about.kind is Kind.EXPECTATION:
            raise ChangeRefused(
                Reason.DOCUMENT_INVALID, "The package has no expectation yet; the first upload pins it."
            )
        if document in (ACTIVE, NOBODY, NO_ISSUERS):
            raise ChangeRefused(Reason.DOCUMENT_UNCHANGED)
        return
    if about.kind is Kind.EXPECTATION:
        if queries.read_expectation(base).change_control is ChangeControl.IMMUTABLE:
            raise ChangeRefused(Reason.EXPECTATION_IMMUTABLE)
        confirms = base.source not in (Source.PROPOSAL, Source.BOOTSTRAP)
        if confirms:
            return
    if base.digest == document.digest and _is_so(about, document):
        raise ChangeRefused(Reason.DOCUMENT_UNCHANGED)


def _is_so(about: Trusted, document: Document) -> bool:
    """Say whether what a document in force says is so.

    A person's accounts may be otherwise: another person's document may have moved one since, and the application may have
    deactivated one. Both have to come back by two people's agreement to the same document again.
    """
    if not isinstance(document, PersonAccounts):
        return True
    now = get_user_model().objects.filter(person=about.object).values_list("pk", "is_active")
    return set(now) == {(account, document.active) for account in document.accounts}


def _refuse_what_no_person_has(base: DocumentVersion | None, document: PersonAccounts) -> None:
    """Refuse accounts that nobody who decides could look at, and resets that leave no room for the next one."""
    before = queries.read(base) if base else None
    resets = before.factors_reset if isinstance(before, PersonAccounts) else 0
    found = get_user_model().objects.filter(pk__in=document.accounts, kind="person").values_list("pk", flat=True)
    missing = ", ".join(str(account) for account in sorted(set(document.accounts) - set(found)))
    problems = []
    if missing:
        problems.append(Problem("/accounts", f"There is no person's account with the number {missing}."))
    if document.factors_reset not in (resets, resets + 1):
        problems.append(Problem("/factors_reset", f"It is {resets}, or {resets + 1} to reset the second factors once."))
    if problems:
        _refuse_invalid(tuple(problems))


def _record_voice(proposal: Proposal, *, voice: Voice, digest: str, by: Account, factor: Factor) -> Decision:
    person = _person_of(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_lock_about(%s)", [proposal.package_id])
    if digest != proposal.digest:
        raise ChangeRefused(Reason.PROPOSAL_DIGEST_DIFFERS)
    if proposal.decisions.filter(person=person, voice=voice).exists():
        raise ChangeRefused(Reason.ALREADY_DECIDED)
    return Decision.objects.create(
        proposal=proposal,
        digest=digest,
        voice=voice,
        person=person,
        account=by,
        factor=factor.kind,
        factor_detail=factor.detail,
        assertion=factor.assertion,
    )


def _activate(proposal: Proposal) -> DocumentVersion | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_activate(%s)", [proposal.pk])
        (version_id,) = cursor.fetchone()
    if version_id is None:
        return None
    _tell_of_members(proposal)
    return DocumentVersion.objects.get(pk=version_id)


def _tell_of_members(proposal: Proposal) -> None:
    if proposal.kind == Kind.ROSTER:
        members_changed.send(Proposal, package=proposal.package)
    elif proposal.kind == Kind.PERSON:
        stated = [queries.read_proposed(proposal), queries.read(proposal.base) if proposal.base else None]
        moved = {
            account for document in stated if isinstance(document, PersonAccounts) for account in document.accounts
        }
        members_changed.send(Proposal, package=None, accounts=moved)


def _person_of(account: Account) -> Person:
    if account.is_robot or account.person is None or not account.is_active:
        raise ChangeRefused(Reason.NOT_A_PERSON)
    return account.person


def _new_proposal(
    about: Trusted,
    base: DocumentVersion | None,
    document: Document,
    *,
    reason: str,
    proposer: Person,
    refusal: Refusal | None,
) -> Proposal:
    policy = queries.read_policy(queries.active_policy_version())
    now = timezone.now()
    proposal = Proposal(
        id=uuid.uuid4(),
        kind=about.kind,
        object=about.object,
        package=about.package,
        base=base,
        content=document.canonical.decode(),
        proposer=proposer,
        reason=plain(reason)[:2000],
        refusal=refusal,
        created_at=now,
        expires_at=now + timedelta(days=policy.proposal_days),
    )
    proposal.preimage = preimage(proposal).decode()
    proposal.digest = sha256_hex(PREFIX + proposal.preimage.encode())
    return proposal


def preimage(proposal: Proposal) -> bytes:
    """Return the canonical JSON of everything that an agreement to the proposal is about.

    It names this registry, the object, this proposal, what it starts from and where the audit log stood, so that
    no voice can be replayed for another package, another proposal, or after a restored backup.
    """
    log = audit.head()
    return canonical(
        {
            "registry": str(RegistryIdentity.objects.get().pk),
            "kind": proposal.kind,
            "object": str(proposal.object),
            "proposal": str(proposal.pk),
            "base_version": proposal.base.number if proposal.base else 0,
            "base_digest": proposal.base.digest if proposal.base else None,
            "audit_head": {"index": log.index, "leaf_hash": log.leaf_hash},
            "content": parse_strict(proposal.content),
            "proposer": str(proposal.proposer_id),
            "expires": audit.rfc3339(proposal.expires_at),
        }
    )
