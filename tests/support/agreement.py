"""What it takes to put something in force: a proposal and two voices, each by a proof of the stronger kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expectations import actions, queries, trusted
from expectations.models import DocumentVersion, Voice
from expectations.second_factor import Factor
from expectations.trusted import Trusted
from registry.models import Account, Package, Person
from tests.support.stewards import STEWARDS

KEY = Factor("webauthn", "a security key", assertion="{}")
"""A proof as the second factor's own adapter gives it; how it comes to be, and is checked again, is tested there."""


def steward(name: str = STEWARDS[0]) -> Account:
    """Return the account of a steward."""
    return Account.objects.get(username=name)


def agree(
    about: Trusted, content: Any, *, by: Iterable[Account], reason: str = "It has to be.", factor: Factor = KEY
) -> DocumentVersion | None:
    """Propose something by the first account and let each of them agree; return the version in force by it, if one is."""
    voices = list(by)
    proposal = actions.propose(about, content=content, reason=reason, by=voices[0])
    version = None
    for account in voices:
        version = actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=account, factor=factor)
    return version


def link(accounts: Iterable[Account], *, to: Person, active: bool = True, resets: int = 0) -> DocumentVersion:
    """Make these the accounts of a person, as two stewards agree."""
    content = {
        "schema": 1,
        "accounts": sorted(account.pk for account in accounts),
        "state": "active" if active else "deactivated",
        "factors_reset": resets,
    }
    version = agree(trusted.accounts_of(to), content, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
    assert version is not None
    return version


def roster(package: Package, **changes: str | None) -> dict[str, Any]:
    """Return a package's roster with roles by user name given, changed or (None) taken."""
    members = {str(person): role.value for person, role in queries.roster(package).roles.items()}
    for username, role in changes.items():
        person = str(Account.objects.get(username=username.replace("_", "-")).person_id)
        if role is None:
            members.pop(person)
        else:
            members[person] = role
    return {"schema": 1, "members": members}
