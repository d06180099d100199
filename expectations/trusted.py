"""The things that are trusted: each a kind of document and the object that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from expectations.models import Kind, Proposal, RegistryIdentity

if TYPE_CHECKING:
    from registry.models import File, Package, Person, Release


@dataclass(frozen=True, slots=True)
class Trusted:
    """One thing whose versions are counted: ``object`` is its never reused UUID, ``package`` the package it belongs to."""

    kind: Kind
    object: UUID
    package: Package | None = None


def expectation_of(package: Package) -> Trusted:
    """What a package promises of how its files are built."""
    return Trusted(Kind.EXPECTATION, package.pk, package)


def roster_of(package: Package) -> Trusted:
    """Who maintains a package."""
    return Trusted(Kind.ROSTER, package.pk, package)


def status_of(package: Package) -> Trusted:
    """Whether a package is open."""
    return Trusted(Kind.STATUS, package.pk, package)


def deletion_of(what: File | Release, package: Package) -> Trusted:
    """Whether a file or release of a package is deleted."""
    return Trusted(Kind.DELETION, what.pk, package)


def publishers_of(package: Package) -> Trusted:
    """Which runs elsewhere may upload to a package."""
    return Trusted(Kind.PUBLISHERS, package.pk, package)


def accounts_of(person: Person) -> Trusted:
    """Which accounts are a person's."""
    return Trusted(Kind.PERSON, person.pk)


def roots() -> Trusted:
    """The registry's roots of trust."""
    return Trusted(Kind.ROOTS, _registry())


def policy() -> Trusted:
    """The registry's policy."""
    return Trusted(Kind.POLICY, _registry())


def issuers() -> Trusted:
    """The identity providers whose tokens the registry believes."""
    return Trusted(Kind.ISSUERS, _registry())


def stewards() -> Trusted:
    """The registry's stewards."""
    return Trusted(Kind.STEWARDS, _registry())


def subject_of(proposal: Proposal) -> Trusted:
    """What a proposal is about."""
    return Trusted(Kind(proposal.kind), proposal.object, proposal.package)


def _registry() -> UUID:
    return RegistryIdentity.objects.get().pk
