"""The lever that one person pulls alone, by a code or by a security key: what a key is asked to sign for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse

from expectations import queries, trusted
from expectations.documents import Status
from expectations.models import RegistryIdentity
from expectations.refusal import ChangeRefused
from expectations.second_factor import Factor, webauthn
from expectations.second_factor.factor import standing
from verification.decision import closing_digest
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package


@dataclass(frozen=True, slots=True)
class Lever:
    """By which factors an account may close. ``here`` says whether keys work at the page's address, ``address`` where they do."""

    takes_code: bool
    takes_key: bool
    here: bool
    address: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What a key signs: this state of this package, as the version of this number."""

    package: Package
    status: Status
    number: int

    @property
    def digest(self) -> str:
        """The digest that is signed."""
        registry = str(RegistryIdentity.objects.get().pk)
        content = {"schema": 1, **self.status.members()}
        return closing_digest(registry=registry, package=str(self.package.pk), number=self.number, content=content)


def lever(request: HttpRequest, account: Account, package: Package) -> Lever:
    """Return by what an account may close a package."""
    return Lever(
        takes_code=standing(account, Authenticator.Type.TOTP).exists(),
        takes_key=bool(webauthn.keys_of(account)),
        here=webauthn.works_here(request),
        address=webauthn.address_where_it_works(request, reverse("status", args=[package.name])),
    )


def following(package: Package, status: Status) -> Closing:
    """Return the closing that would follow what is in force now."""
    return Closing(package, status, _next_number(package))


def options(account: Account, closing: Closing) -> str:
    """Return (JSON) what a browser asks a security key of the account to sign."""
    return json.dumps(webauthn.closing_options(account, digest=closing.digest))


def factor_of(account: Account, closing: Closing, answer: str) -> Factor:
    """Use up the key's answer over exactly this closing.

    Raises ChangeRefused: PROPOSAL_STALE where the state has changed since the key was asked, and what
    :func:`webauthn.check_closing_key` raises.
    """
    if closing.number != _next_number(closing.package):
        raise ChangeRefused(Reason.PROPOSAL_STALE)
    return webauthn.check_closing_key(account, answer, digest=closing.digest)


def _next_number(package: Package) -> int:
    version = queries.in_force(trusted.status_of(package))
    return 1 if version is None else version.number + 1
