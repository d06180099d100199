"""Who is told of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from expectations import queries
from expectations.models import Grant
from registry.models import Account, Package

Leaf = Mapping[str, Any]
"""A leaf of the audit log, parsed."""

TOLD = frozenset(
    {
        *("proposed", "decided", "proposal-activated", "expectation-bound", "package-founded"),
        *("package-closed", "release-yanked", "release-unyanked", "accepted", "refused", "factor-changed"),
    }
)
"""The events that somebody is told of by mail. The webhook carries every event."""

TOO_FEW = 2
"""With fewer maintainers than this a package needs a steward for every change, so stewards are told too."""


def package_of(leaf: Leaf) -> Package | None:
    """Return the package that an event is about, if it is about one."""
    return Package.objects.filter(pk=leaf["package"]).first() if leaf.get("package") else None


def audience_of(leaf: Leaf, package: Package | None) -> list[Account]:
    """Return the accounts to tell of an event: those with an address, of persons who can act, by user name."""
    if leaf["event"] not in TOLD:
        return []
    accounts = Account.objects.filter(person__in=_persons(leaf, package), is_active=True).exclude(email="")
    return list(accounts.order_by("username"))


def _persons(leaf: Leaf, package: Package | None) -> set[UUID]:
    if leaf["event"] == "factor-changed":
        return _beside(UUID(leaf["person"])) if leaf["held_role"] else {UUID(leaf["person"])}
    if package is None:
        about = {UUID(leaf["object"])} if leaf.get("kind") == "person" else set()
        return queries.stewards() | about
    maintainers = queries.maintainers(package)
    if leaf["event"] == "package-founded":
        return maintainers - {package.created_by_id}
    return maintainers | queries.stewards() if len(maintainers) < TOO_FEW and _is_decided(leaf) else maintainers


def _is_decided(leaf: Leaf) -> bool:
    return leaf["event"] in {"proposed", "decided", "proposal-activated"}


def _beside(person: UUID) -> set[UUID]:
    """A person and everybody who decides beside that person: a factor that changed may be somebody else's doing."""
    scopes = Grant.objects.filter(person=person, given=True).values_list("package", flat=True).distinct()
    beside = {person}
    for package in Package.objects.filter(pk__in=[scope for scope in scopes if scope is not None]):
        members = queries.maintainers(package)
        beside |= members if person in members else set()
    stewards = queries.stewards()
    return beside | stewards if person in stewards else beside
