"""How people come to accounts and addresses: by invitation, never with a role, and never under a name used before."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from expectations import queries
from expectations.models import AuditLeaf, FactorEvent, Grant
from expectations.refusal import ChangeRefused
from registry import invitations
from registry.models import Account, Invitation
from registry.people import add_person
from tests.support.agreement import steward
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SIGN_UP = "/accounts/sign-up/"
ADDRESS = "/accounts/address/"


@pytest.fixture(autouse=True)
def _still(settings: Any) -> None:
    """Mails are kept in memory, allauth's counters of tries begin anew, and passwords cost no time."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def ada() -> Somebody:
    """A maintainer with an authenticator."""
    ada = Somebody(new_account("ada"))
    new_package("widget", owner=ada.account)
    return ada


def sent_link(part: str) -> str:
    """The path of the link in the last mail."""
    found = re.search(rf"https?://[^/\s]+({part}\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found.group(1)


UNSENDABLE = [f"dora@{'ä' * 60}.org", '"a\x0bBcc:b"@example.org']
"""What Django takes for addresses, and what its mails fail on."""


@pytest.fixture
def link(ada: Somebody, django_capture_on_commit_callbacks: Any) -> str:
    """The link of ada's invitation to Dora."""
    with django_capture_on_commit_callbacks(execute=True):
        ada.browser().post("/account/invitations/", {"email": "dora@example.org"})
    assert mail.outbox[-1].to == ["dora@example.org"]
    return sent_link("/invitations/")


def follow(link: str, **fields: str) -> Any:
    """Fill in the form of an invitation."""
    return Client().post(link, {"username": "dora", "password": PASSWORD, "again": PASSWORD, **fields})


class TestInvitations:
    """One address, one link, one account without a role."""

    @pytest.mark.parametrize("email", UNSENDABLE)
    def test_not_to_an_address_that_no_mail_can_be_sent_to(self, ada: Somebody, email: str) -> None:
        response = ada.browser().post("/account/invitations/", {"email": email})
        assert (response.status_code, Invitation.objects.count()) == (400, 0)
        assert "No mail can be sent to this address." in response.content.decode()

    def test_the_link_makes_an_account_once(self, link: str) -> None:
        assert "dora@example.org" in Client().get(link).content.decode()
        assert follow(link).status_code == 302
        dora = Account.objects.get(username="dora")
        assert EmailAddress.objects.get(user=dora).verified
        assert not Grant.objects.filter(person=dora.person_id).exists()
        browser = Client()
        browser.post("/accounts/login/", {"login": "dora", "password": PASSWORD})
        assert browser.get("/account/").status_code == 200
        assert follow(link, username="second").status_code == 404
        assert "no longer works" in Client().get(link).content.decode()

    def test_the_log_names_ids_and_no_address(self, link: str) -> None:
        follow(link)
        told = [leaf.leaf for leaf in AuditLeaf.objects.order_by("-index")[:3]]
        assert [json.loads(leaf)["event"] for leaf in told] == ["invitation-used", "person-added", "person-invited"]
        assert not any("dora" in leaf for leaf in told)

    def test_the_secret_is_not_kept(self, link: str) -> None:
        secret = link.rstrip("/").rsplit("/", 1)[1]
        assert secret not in str(Invitation.objects.values())

    def test_not_after_a_week(self, link: str) -> None:
        found = invitations.find(link.rstrip("/").rsplit("/", 1)[1])
        assert found is not None
        later = found.created_at + timedelta(days=7, seconds=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("registry.invitations.timezone.now", lambda: later)
            assert follow(link).status_code == 404

    def test_not_of_an_account_that_was_deactivated(self, link: str, ada: Somebody) -> None:
        Account.objects.filter(pk=ada.account.pk).update(is_active=False)
        assert follow(link).status_code == 404

    @pytest.mark.parametrize(
        "fields",
        [
            *({"username": "ada"}, {"username": "ADA"}, {"username": "a b"}, {"username": ""}),
            *({"password": "short", "again": "short"}, {"again": "another password"}, {"password": "", "again": ""}),
        ],
    )
    def test_a_wrong_form_is_shown_again(self, link: str, fields: dict[str, str]) -> None:
        before = Account.objects.count()
        assert follow(link, **fields).status_code == 400
        assert Account.objects.count() == before
        assert follow(link).status_code == 302

    def test_two_who_follow_it_at_once_make_one_account(self, link: str) -> None:
        found = invitations.find(link.rstrip("/").rsplit("/", 1)[1])
        assert found is not None
        invitations.accept(found, username="first", password=PASSWORD)
        with pytest.raises(ValidationError, match="has been used"):
            invitations.accept(found, username="second", password=PASSWORD)
        assert not Account.objects.filter(username="second").exists()

    def test_the_database_lets_it_be_used_once(self, link: str, ada: Somebody) -> None:
        follow(link)
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.update(account=ada.account)

    def test_whoever_holds_no_role_invites_nobody(self) -> None:
        somebody = Somebody(new_account("nobody"))
        assert somebody.browser().get("/account/invitations/").status_code == 404
        with pytest.raises(ChangeRefused) as caught:
            invitations.invite("x@example.org", by=somebody.account)
        assert caught.value.reason is Reason.NOT_A_MAINTAINER

    def test_nor_who_has_no_second_factor(self, ada: Somebody) -> None:
        ada.lose_authenticator()
        with pytest.raises(ChangeRefused) as caught:
            invitations.invite("x@example.org", by=ada.account)
        assert caught.value.reason is Reason.SECOND_FACTOR_MISSING

    def test_a_steward_invites(self) -> None:
        assert invitations.may_invite(steward())

    def test_not_endlessly(self, ada: Somebody) -> None:
        for number in range(invitations.MOST_OPEN):
            invitations.invite(f"n{number}@example.org", by=ada.account)
        page = ada.browser().post("/account/invitations/", {"email": "more@example.org"})
        assert "of your invitations are unused" in page.content.decode()


class TestSigningUp:
    """Closed unless the operator opens it; open or not, an address is verified first."""

    FORM = {"username": "dora", "email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}

    def test_it_is_closed(self) -> None:
        assert "by invitation" in Client().get(SIGN_UP).content.decode()
        Client().post(SIGN_UP, self.FORM)
        assert not Account.objects.filter(username="dora").exists()

    def test_where_it_is_open_the_address_comes_first(self, settings: Any) -> None:
        settings.OPEN_SIGN_UP = True
        browser = Client()
        assert browser.post(SIGN_UP, self.FORM)["Location"] == "/accounts/address/sent/"
        assert browser.get("/accounts/address/sent/").status_code == 200
        browser.post("/accounts/login/", {"login": "dora", "password": PASSWORD})
        assert browser.get("/account/").status_code == 302, "not before the address is verified"
        confirm = sent_link("/accounts/address/confirm/")
        assert "dora@example.org" in browser.get(confirm).content.decode()
        assert not EmailAddress.objects.get(email="dora@example.org").verified, "no mail scanner confirms it"
        browser.post(confirm)
        browser.post("/accounts/login/", {"login": "dora", "password": PASSWORD})
        assert browser.get("/account/").status_code == 200
        dora = Account.objects.get(username="dora")
        assert dora.person_id is not None
        assert dora.person_id not in queries.stewards()
        assert not Grant.objects.filter(person=dora.person_id).exists()

    @pytest.mark.parametrize("email", UNSENDABLE)
    def test_not_with_an_address_that_no_mail_can_be_sent_to(self, settings: Any, email: str) -> None:
        """Threat: an account that nobody can write to is named among a package's people, and stops the telling of everybody."""
        settings.OPEN_SIGN_UP = True
        response = Client().post(SIGN_UP, {**self.FORM, "email": email})
        assert "No mail can be sent to this address." in response.content.decode()
        assert not Account.objects.filter(username="dora").exists()

    def test_who_has_an_account_is_told_to_the_address_alone(self, settings: Any, ada: Somebody) -> None:
        """Threat: whoever signs up with an address learns from the answer whether it has an account."""
        settings.OPEN_SIGN_UP = True
        add_person("erin", email="erin@example.org", password=PASSWORD, verified=True)
        fresh = Client().post(SIGN_UP, self.FORM)
        known = Client().post(SIGN_UP, {**self.FORM, "username": "mallory", "email": "erin@example.org"})
        assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
        assert not Account.objects.filter(username="mallory").exists()
        assert mail.outbox[-1].to == ["erin@example.org"]
        assert "belongs to an account already" in mail.outbox[-1].body

    @pytest.mark.parametrize("username", ["ada", "Ada", "stella", "a b", "é"])
    def test_not_under_a_name_that_is_taken_or_none(self, settings: Any, ada: Somebody, username: str) -> None:
        settings.OPEN_SIGN_UP = True
        before = Account.objects.count()
        Client().post(SIGN_UP, {**self.FORM, "username": username})
        assert Account.objects.count() == before


class TestNames:
    """User names are never reused, in whatever case."""

    def test_of_a_deactivated_account(self, ada: Somebody) -> None:
        Account.objects.filter(pk=ada.account.pk).update(is_active=False)
        for name in ("ada", "ADA"):
            with pytest.raises(ValidationError):
                add_person(name, email="new@example.org", password=None, verified=True)

    def test_the_database_holds_it_as_well(self, ada: Somebody) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create_person("ADA", email="", password=None)

    def test_an_address_is_of_one_account(self) -> None:
        add_person("one", email="same@example.org", password=None, verified=True)
        with pytest.raises(ValidationError, match="belongs to an account"):
            add_person("two", email="Same@example.org", password=None, verified=True)


class TestChangingTheAddress:
    """Password and factor, a confirmed address, the old one told, and a wait for who decides."""

    @pytest.fixture
    def dora(self) -> Somebody:
        account = add_person("dora", email="dora@example.org", password=PASSWORD, verified=True)
        dora = Somebody(account)
        new_package("gadget", owner=account)
        return dora

    @pytest.mark.parametrize(
        "form", [{}, {"password": PASSWORD}, {"code": "000000"}, {"password": "wrong", "code": "0"}]
    )
    def test_not_by_a_stolen_session(self, dora: Somebody, form: dict[str, str]) -> None:
        dora.browser().post(ADDRESS, {"email": "thief@example.org", "action_add": "", **form})
        assert not mail.outbox
        assert not EmailAddress.objects.filter(email="thief@example.org").exists()

    @pytest.mark.parametrize("email", UNSENDABLE)
    def test_not_to_one_that_no_mail_can_be_sent_to(self, dora: Somebody, email: str) -> None:
        sent = {"email": email, "password": PASSWORD, "code": dora.code(), "action_add": ""}
        assert "No mail can be sent to this address." in dora.browser().post(ADDRESS, sent).content.decode()

    @pytest.mark.parametrize("action", ["action_remove", "action_primary", "action_send"])
    def test_allauths_other_buttons_do_nothing(self, dora: Somebody, action: str) -> None:
        dora.browser().post(ADDRESS, {"email": "dora@example.org", action: ""})
        assert EmailAddress.objects.get(user=dora.account).primary
        assert not mail.outbox

    def test_it_counts_once_it_is_confirmed(self, dora: Somebody) -> None:
        browser = dora.browser()
        sent = {"email": "new@example.org", "password": PASSWORD, "code": dora.code(), "action_add": ""}
        browser.post(ADDRESS, sent)
        dora.account.refresh_from_db()
        assert dora.account.email == "dora@example.org"
        assert mail.outbox[-1].to == ["new@example.org"]
        browser.post(sent_link("/accounts/address/confirm/"))
        dora.account.refresh_from_db()
        assert dora.account.email == "new@example.org"
        assert [address.email for address in EmailAddress.objects.filter(user=dora.account)] == ["new@example.org"]
        told = [message for message in mail.outbox if message.to == ["dora@example.org"]]
        assert "new@example.org" in told[-1].body
        assert FactorEvent.objects.filter(account=dora.account, what="email-changed", held_role=True).exists()
