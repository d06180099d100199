"""The start of a registry: its identity, and the roots and policy that it begins with. One operator's act, once."""

from __future__ import annotations

from django.db import connections
from django.utils import timezone

from expectations.audit import rfc3339
from expectations.models import DocumentVersion, Kind, RegistryIdentity, Source
from expectations.policy import DEFAULT_POLICY
from verification.canonical import canonical, sha256_hex
from verification.root_of_trust import RootsOfTrust


def bootstrap(roots: RootsOfTrust, *, using: str) -> bool:
    """Write identity, roots version 1 and policy version 1 as the owner ``using``; return False if they stand already.

    The act is the first leaf of the audit log (trust rules, "Two people" 8).
    """
    if RegistryIdentity.objects.using(using).exists():
        return False
    identity = RegistryIdentity.objects.using(using).create()
    digests: dict[str, str] = {}
    for kind, document in ((Kind.ROOTS, roots.canonical), (Kind.POLICY, DEFAULT_POLICY.canonical)):
        digests[kind.value] = sha256_hex(document)
        DocumentVersion.objects.using(using).create(
            kind=kind,
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
            "roots": digests["roots"],
            "policy": digests["policy"],
        }
    )
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT sluicegate_append(%s)", [leaf.decode()])
    return True
