"""Accounts that move from one person to another take nothing along: no voice, no old agreement, no fresh second factor."""

from __future__ import annotations

from typing import Any

import pytest

from expectations import actions, queries, trusted, voices
from expectations.models import Proposal, Voice
from expectations.queries import Standing
from registry.models import Account, Person
from tests.support.agreement import KEY, link, steward
from tests.support.people import Somebody
from tests.support.refusals import refused
from tests.support.rows import new_account
from tests.support.stewards import STEWARDS
from tests.support.voices import Council, new_council
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers, ada and bob; cleo is none."""
    return new_council()


def person_of(account: Account) -> Person:
    account.refresh_from_db()
    assert account.person is not None
    return account.person


def accounts(*listed: Account, resets: int = 0) -> dict[str, Any]:
    """Return a person's document."""
    return {
        "schema": 1,
        "accounts": sorted(account.pk for account in listed),
        "state": "active",
        "factors_reset": resets,
    }


def agree_by_key(proposal: Proposal, by: Account) -> object:
    return actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=by, factor=KEY)


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
    told = voices.around(proposal)
    assert told.agreed == 1
    assert [person.id for person in told.lost] == [bob.pk]
    assert "does not count" in voices.sentence_for(proposal, told, bob.pk)


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


def test_an_agreement_of_before_an_account_moved_is_stale(council: Council) -> None:
    """stina has stella agree to a reset while the account is ada's; once two gave it to cleo, stina alone takes it back."""
    stella, stefan, stina = (steward(name) for name in STEWARDS)
    other, ada, cleo = new_account("ada-at-work"), person_of(council.ada), person_of(council.cleo)
    link([council.ada, other], to=ada)
    proposal = actions.propose(
        trusted.accounts_of(ada), content=accounts(council.ada, other, resets=1), reason="Lost.", by=stina
    )
    agree_by_key(proposal, stella)
    link([council.cleo, other], to=cleo)
    assert queries.standing(proposal) is Standing.STALE
    with refused(Reason.PROPOSAL_STALE):
        agree_by_key(proposal, stina)
    assert person_of(other) == cleo
    assert stefan.is_active


def test_an_agreement_of_before_an_account_was_split_off_is_stale(council: Council) -> None:
    """stella agreed that an account of ada's is cleo's; once it is split off ada, whose it is has to be looked at again."""
    stella, _, stina = (steward(name) for name in STEWARDS)
    other, ada, cleo = new_account("ada-at-work"), person_of(council.ada), person_of(council.cleo)
    link([council.ada, other], to=ada)
    proposal = actions.propose(
        trusted.accounts_of(cleo), content=accounts(council.cleo, other), reason="Hers.", by=stina
    )
    agree_by_key(proposal, stella)
    link([council.ada], to=ada)
    split = person_of(other)
    with refused(Reason.PROPOSAL_STALE):
        agree_by_key(proposal, stina)
    assert person_of(other) == split


def test_a_factor_of_yesterday_is_not_linked_to_a_role(council: Council) -> None:
    """A thief adds a factor to bob's other account, which holds no role and so needs no wait; linked to bob, it waits."""
    other, bob = new_account("bob-at-work"), person_of(council.bob)
    Somebody(other)
    link([council.bob, other], to=bob)
    assert queries.waits_until(council.package, bob.pk) is not None
    other.refresh_from_db()
    with refused(Reason.WAITS_TO_DECIDE):
        council.decide(council.propose(), other)
