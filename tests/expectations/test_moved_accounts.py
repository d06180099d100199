"""Accounts that move from one person to another take nothing along: no voice, no old agreement, no fresh second factor."""

from __future__ import annotations

import pytest

from expectations import voices
from registry.models import Account, Person
from tests.support.agreement import link
from tests.support.rows import new_account
from tests.support.voices import Council, new_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers, ada and bob; cleo is none."""
    return new_council()


def person_of(account: Account) -> Person:
    account.refresh_from_db()
    assert account.person is not None
    return account.person


def test_a_voice_of_an_account_that_was_somebody_elses_counts_no_more(council: Council) -> None:
    """Somebody gets an account linked to bob, agrees with it in bob's name, and is found out: that voice was never bob's."""
    intruder, bob = new_account("bob-at-work"), person_of(council.bob)
    link([council.bob, intruder], to=bob)
    intruder.refresh_from_db()
    proposal = council.propose(by=intruder)
    council.decide(proposal, intruder)
    link([council.bob], to=bob)
    assert council.decide(proposal, council.ada) is None
    assert council.in_force().number == 1
    assert voices.around(proposal).agreed == 1


def test_a_voice_of_an_account_that_was_locked_counts_no_more(council: Council) -> None:
    """An account in strange hands is locked before the second voice: its own is locked with it, whatever else is bob's."""
    other, bob = new_account("bob-at-work"), person_of(council.bob)
    link([council.bob, other], to=bob)
    other.refresh_from_db()
    proposal = council.propose()
    council.decide(proposal, other)
    Account.objects.filter(pk=other.pk).update(is_active=False)
    assert council.decide(proposal, council.ada) is None
    assert council.in_force().number == 1
