"""Whether a registry's own rows are what its audit log says, for which the log alone is not enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from expectations.models import Closing, Decision, DocumentVersion, Grant, Proposal, SecurityKey
from verification.audit_log import AuditCheck, Finding, Flaw
from verification.audit_log.people import REGISTRY
from verification.canonical import canonical


def check_rows(check: AuditCheck) -> Iterator[Finding]:
    """Yield what is wrong with versions, proposals, decisions, closings, grants and keys, after the whole log was checked."""
    yield from _versions(check)
    yield from _proposals(check)
    yield from _decisions(check)
    yield from _closings(check)
    yield from _grants(check)
    yield from _keys(check)


def _versions(check: AuditCheck) -> Iterator[Finding]:
    missing = dict(check.versions)
    for version in DocumentVersion.objects.order_by("pk").iterator():
        named = f"{version.kind} of {version.object}, version {version.number}"
        told = missing.pop((version.kind, str(version.object), version.number), None)
        if told is None:
            yield Finding(None, Flaw.ROW_WITHOUT_LEAF, f"Document: {named}.")
        elif not told == version.digest == _sha256(version.document):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Document: {named}.")
    for kind, about, number in missing:
        yield Finding(None, Flaw.LEAF_WITHOUT_ROW, f"Document: {kind} of {about}, version {number}.")


def _proposals(check: AuditCheck) -> Iterator[Finding]:
    missing = dict(check.decisions.proposed)
    for proposal in Proposal.objects.order_by("pk").iterator():
        told = missing.pop(proposal.digest, None)
        if told is None:
            yield Finding(None, Flaw.ROW_WITHOUT_LEAF, f"Proposal {proposal.pk}.")
        elif (told.kind, told.object, told.proposer, canonical(dict(told.content)).decode()) != (
            proposal.kind,
            str(proposal.object),
            str(proposal.proposer_id),
            proposal.content,
        ):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Proposal {proposal.pk}.")
    for digest in missing:
        yield Finding(None, Flaw.LEAF_WITHOUT_ROW, f"The proposal of digest {digest}.")


def _decisions(check: AuditCheck) -> Iterator[Finding]:
    missing = dict(check.decisions.decided)
    for decision in Decision.objects.order_by("pk").iterator():
        told = missing.pop(decision.pk, None)
        if told is None:
            yield Finding(None, Flaw.ROW_WITHOUT_LEAF, f"Decision {decision.pk}.")
        elif (told.account, told.person, told.voice, told.digest, told.factor, told.assertion or "") != (
            decision.account_id,
            str(decision.person_id),
            decision.voice,
            decision.digest,
            decision.factor,
            decision.assertion,
        ):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Decision {decision.pk}.")
    for number in missing:
        yield Finding(None, Flaw.LEAF_WITHOUT_ROW, f"Decision {number}.")


def _closings(check: AuditCheck) -> Iterator[Finding]:
    missing = dict(check.decisions.closed)
    for closing in Closing.objects.select_related("version").order_by("pk").iterator():
        package, number = str(closing.version.object), closing.version.number
        told = missing.pop((package, number), None)
        if told is None:
            yield Finding(None, Flaw.ROW_WITHOUT_LEAF, f"Closing of {package}, version {number}.")
        elif (told.account, told.person, told.factor, told.assertion or "") != (
            closing.account_id,
            str(closing.version.closed_by_id),
            closing.factor,
            closing.assertion,
        ):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Closing of {package}, version {number}.")
    for package, number in missing:
        yield Finding(None, Flaw.LEAF_WITHOUT_ROW, f"Closing of {package}, version {number}.")


def _grants(check: AuditCheck) -> Iterator[Finding]:
    """The roles that the grants give now are those that the log's documents give."""
    latest = Grant.objects.order_by("package_id", "person_id", "-pk").distinct("package_id", "person_id")
    granted = {
        (str(grant.package_id) if grant.package_id else REGISTRY, str(grant.person_id)): grant.role
        for grant in latest
        if grant.given
    }
    told = {
        (scope, person): held.role
        for scope, members in check.people.members.items()
        for person, held in members.items()
    }
    for scope, person in sorted(granted.keys() | told.keys()):
        if granted.get((scope, person)) != told.get((scope, person)):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Role of person {person} in {scope or 'the registry'}.")


def _keys(check: AuditCheck) -> Iterator[Finding]:
    for key in SecurityKey.objects.filter(credential__in=check.decisions.keys).iterator():
        if check.decisions.keys[key.credential] != (key.account_id, key.public_key):
            yield Finding(None, Flaw.ROW_DIFFERS, f"Security key {key.credential}.")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
