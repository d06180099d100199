"""What waits for whoever is signed in: on every page, and on its own."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from expectations import actions, queries, trusted
from expectations.models import Proposal, Voice
from registry.models import Account
from tests.support.agreement import agree, roster, steward
from tests.support.people import Somebody
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, Council, document, new_council
from verification.canonical import parse_strict

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers who have authenticators."""
    return new_council(with_each=Somebody)


def page(account: Account, path: str = "/waiting/") -> str:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(client.get(path).content.decode())


def count(account: Account, path: str = "/") -> int:
    """Return the number in the head of a page."""
    found = re.search(r'badge--warn">(\d+)<span class="visually-hidden"> for you', page(account, path))
    return int(found[1]) if found else 0


def about_the_registry() -> Proposal:
    """Return a proposal of another policy."""
    now = parse_strict(queries.active_policy_version().document)
    assert isinstance(now, dict)
    return actions.propose(trusted.policy(), content={**now, "level_floor": 2}, reason="Higher.", by=steward())


def test_a_proposal_waits_for_each_who_may_decide(council: Council) -> None:
    """Until they have agreed; on every page."""
    proposal = council.propose()
    assert [count(account) for account in (council.ada, council.bob, council.cleo)] == [1, 1, 0]
    assert count(council.bob, "/packages/widget/") == 1
    council.decide(proposal, council.bob)
    assert [count(account) for account in (council.ada, council.bob)] == [1, 0]
    council.decide(proposal, council.ada)
    assert [count(account) for account in (council.ada, council.bob)] == [0, 0]


def test_the_page_lists_what_waits_and_what_was_proposed(council: Council) -> None:
    """With what it is about, and how many agreed."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    for account in (council.ada, council.bob):
        shown = page(account)
        assert f'href="/proposals/{proposal.pk}/">Expectation of widget</a>' in shown
        assert "1 of 2 agreed" in shown
    assert page(council.ada).index("You proposed") < page(council.ada).index(str(proposal.pk))
    assert page(council.bob).index("You proposed") > page(council.bob).index(str(proposal.pk))


def test_what_concerns_somebody_does_not_wait_for_them(council: Council) -> None:
    """And neither for a newcomer, before the wait is over."""
    about = trusted.roster_of(council.package)
    actions.propose(about, content=roster(council.package, bob_of_widget="owner"), reason="", by=council.ada)
    assert [count(account) for account in (council.ada, council.bob)] == [1, 0]


def test_a_newcomer_is_not_asked_yet(council: Council) -> None:
    """They could not decide."""
    about = trusted.roster_of(council.package)
    agree(about, roster(council.package, cleo_of_widget="maintainer"), by=[council.ada, council.bob], factor=FACTOR)
    council.propose()
    assert count(council.cleo) == 0


def test_who_left_is_asked_no_longer(council: Council) -> None:
    """A grant that was taken again asks for nothing."""
    about = trusted.roster_of(council.package)
    agree(about, roster(council.package, bob_of_widget=None), by=[council.ada, steward()])
    council.propose()
    assert count(council.bob) == 0


def test_the_registry_waits_for_its_stewards(council: Council) -> None:
    """All of them, and nobody else; also the one who proposed it."""
    about_the_registry()
    assert [count(steward(name)) for name in STEWARDS] == [1, 1, 1]
    assert count(council.ada) == 0


def test_a_single_maintainers_proposal_waits_for_the_stewards() -> None:
    """Though they hold no role of the package; a package with two asks none of them."""
    alone = new_council("alone", founders=("ada",), with_each=Somebody)
    alone.propose()
    new_council("enough").propose()
    assert [count(steward(name)) for name in STEWARDS] == [1, 1, 1]


@pytest.mark.parametrize("voice", [Voice.REJECT, Voice.WITHDRAW])
def test_what_is_closed_waits_for_nobody(council: Council, voice: Voice) -> None:
    """Rejected or withdrawn."""
    proposal = council.propose()
    council.decide(proposal, council.ada if voice is Voice.WITHDRAW else council.bob, voice)
    assert count(council.ada) == 0


def test_what_is_stale_waits_for_nobody(council: Council) -> None:
    """Nobody could agree to it any more."""
    council.propose()
    other = council.propose(content=document("https://github.com/example/other"))
    council.decide(other, council.ada)
    council.decide(other, council.bob)
    assert count(council.ada) == 0


def test_counting_takes_the_same_queries_however_much_waits(council: Council) -> None:
    """It is done on every page."""

    def counted() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.waiting_for(council.ada)
        return len(captured)

    council.propose()
    one = counted()
    for number in range(3):
        council.propose(content=document(f"https://github.com/example/number{number}"))
    assert counted() == one
    assert len(queries.waiting_for(council.ada)) == 4


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    """And sees no number."""
    assert client.get("/waiting/").status_code == 302
    assert "for you" not in client.get("/").content.decode()
