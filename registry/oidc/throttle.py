"""Refused identity tokens: each leaves its leaf once, up to a bound for whoever they are of.

Only sound tokens come here. Made-up ones cost a look at their text, and leave a line in the server's own log.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from expectations import audit
from expectations.publishers.kinds import CIRCLECI_CLAIMS, PublisherKind
from registry.models import MintingRefusal
from registry.oidc.identity import Identity
from registry.oidc.refusal import Code, MintingRefused
from verification.canonical import sha256_hex

WITHIN = timedelta(minutes=10)
MOST = 30
"""Refusals of one owner's runs within this time; a build matrix gone wrong has some, and corrects nothing in between."""

_WHOSE = {
    PublisherKind.GITHUB: "repository_owner_id",
    PublisherKind.GITLAB: "namespace_id",
    PublisherKind.CIRCLECI: f"{CIRCLECI_CLAIMS}org-id",
}
"""The claim that says whose runs these are; of others the subject."""


def subject_of(identity: Identity) -> str:
    """Return by what the tokens of one owner are counted, as a SHA-256 (hex)."""
    whose = identity.claims.get(_WHOSE.get(identity.kind, "sub"), "")
    return sha256_hex(f"{identity.issuer}\n{whose}".encode("utf-8", "surrogatepass"))


def refuse_beyond(subject: str) -> None:
    """Raise MintingRefused (TOO_MANY_REQUESTS) for an owner whose runs were refused too often."""
    since = timezone.now() - WITHIN
    if MintingRefusal.objects.filter(subject=subject, at__gt=since).count() >= MOST:
        minutes = int(WITHIN.total_seconds() // 60)
        raise MintingRefused(
            Code.TOO_MANY_REQUESTS,
            f"{MOST} identity tokens of this owner were refused within {minutes} minutes; correct what was told and wait.",
        )


@transaction.atomic
def keep(refused: MintingRefused, identity: Identity, subject: str) -> None:
    """Write down that a sound token got nothing.

    A token that comes again counts no second time: whoever found one in a job's log would shut out its owner by it.
    """
    of_token = sha256_hex(f"token\n{identity.issuer}\n{identity.once}".encode())
    if MintingRefusal.objects.filter(subject=of_token).exists():
        return
    MintingRefusal.objects.create(subject=of_token, code=refused.code.value)
    MintingRefusal.objects.create(subject=subject, code=refused.code.value)
    audit.record("minting-refused", issuer=identity.issuer, subject=subject, code=refused.code.value)


def forget_old() -> int:
    """Delete what counts no longer; return how many rows that was."""
    return MintingRefusal.objects.filter(at__lt=timezone.now() - WITHIN).delete()[0]
