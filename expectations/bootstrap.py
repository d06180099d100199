"""The start of a registry: its identity, its first documents, and its first stewards. An operator's acts, each once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connections
from django.utils import timezone

from expectations.audit import rfc3339
from expectations.documents.issuers import KNOWN_ISSUERS
from expectations.documents.members import Members, parse_stewards
from expectations.documents.policy import Policy
from expectations.models import DocumentVersion, Kind, RegistryIdentity, Role, Source
from expectations.refusal import ChangeRefused, database_refusals
from verification.canonical import canonical, parse_strict, sha256_hex
from verification.parameters import DocumentInvalid
from verification.reasons import Reason
from verification.root_of_trust import RootsOfTrust


def bootstrap(roots: RootsOfTrust, policy: Policy, *, using: str) -> bool:
    """Write identity and version 1 of roots, policy and issuers as the owner ``using``; return False if they stand already.

    The act is the first leaf of the audit log (trust rules, "Two people" 8).
    """
    if RegistryIdentity.objects.using(using).exists():
        return False
    identity = RegistryIdentity.objects.using(using).create()
    digests: dict[str, str] = {}
    for kind, document in (
        (Kind.ROOTS, roots.canonical),
        (Kind.POLICY, policy.canonical),
        (Kind.ISSUERS, KNOWN_ISSUERS.canonical),
    ):
        digests[kind.value] = sha256_hex(document)
        DocumentVersion.objects.using(using).create(
            kind=kind,
            object=identity.id,
            number=1,
            document=document.decode(),
            digest=digests[kind.value],
            source=Source.BOOTSTRAP,
            activated_at=timezone.now(),
        )
    leaf = canonical(
        {
            "event": "bootstrap",
            "at": rfc3339(timezone.now()),
            "registry": str(identity.id),
            **digests,
        }
    )
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT sluicegate_append(%s)", [leaf.decode()])
    return True


def name_stewards(persons: Sequence[UUID], *, using: str) -> None:
    """Name the registry's first stewards as the owner ``using``, in the caller's transaction.

    Raises ChangeRefused: EXPECTATION_EXISTS where stewards stand already, DOCUMENT_INVALID for fewer than two.
    """
    try:
        document = parse_stewards(parse_strict(Members(dict.fromkeys(persons, Role.STEWARD)).canonical))
    except DocumentInvalid as error:
        raise ChangeRefused(Reason.DOCUMENT_INVALID, str(error)) from error
    with database_refusals(), connections[using].cursor() as cursor:
        cursor.execute("SELECT sluicegate_name_stewards(%s)", [document.canonical.decode()])
