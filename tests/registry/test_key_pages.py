"""The pages of security keys: adding, removing and signing in by them, and what a stolen session cannot do there."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from expectations import actions, trusted
from expectations.ballot import ballots
from expectations.documents.policy import DEFAULT_POLICY
from expectations.models import AuditLeaf, Voice
from expectations.refusal import ChangeRefused
from expectations.second_factor import PERIOD, check_totp, has_second_factor
from registry.models import Account, Package
from registry.people import add_person
from tests.support.agreement import steward
from tests.support.people import Somebody
from tests.support.security_key import UP, SecurityKey, challenge_of, enrol
from tests.support.stewards import STEWARDS
from verification.canonical import JsonValue, parse_strict
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ADD = "/accounts/2fa/keys/add/"
SECOND = "/accounts/2fa/authenticate/"
PASSKEY = "/accounts/passkey/"
TOTP = "/accounts/2fa/totp/activate/"
CODES = "/accounts/2fa/recovery-codes/generate/"


@pytest.fixture(autouse=True)
def _still(settings: Any) -> Iterator[None]:
    """Mails are kept in memory, allauth's counters of tries begin anew, and passwords cost no time."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alice() -> Account:
    """A person's account without a second factor."""
    return add_person("alice", email="alice@example.org", password=PASSWORD, verified=True)


def browser(account: Account | None = None) -> Client:
    """A browser at localhost, signed in for an account."""
    client = Client(headers={"host": "localhost:8000"})
    if account is not None:
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def options(client: Client, path: str, ceremony: str) -> dict[str, Any]:
    """What the page at a path hands to the browser for a ceremony."""
    return shown(client.get(path), ceremony)


def shown(page: Any, ceremony: str) -> dict[str, Any]:
    """The same, of a page at hand."""
    found = re.search(rf'data-webauthn="{ceremony}" data-options="([^"]*)"', page.content.decode())
    assert found is not None
    read: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return read


def add(client: Client, key: SecurityKey, **form: str) -> Any:
    """Add a key by its page."""
    made = key.register(challenge_of(options(client, ADD, "create")))
    return client.post(ADD, {"name": "laptop", "password": PASSWORD, "credential": made, **form})


def keys(account: Account) -> int:
    return int(Authenticator.objects.filter(user=account, type="webauthn").count())


def remove_page(account: Account) -> str:
    return f"/accounts/2fa/keys/{Authenticator.objects.get(user=account, type='webauthn').pk}/remove/"


class TestAdding:
    """The password, a factor that stands already, and an answer to this very page."""

    def test_the_first_factor(self, alice: Account, django_capture_on_commit_callbacks: Any) -> None:
        with request_context(RequestFactory().get("/")), django_capture_on_commit_callbacks(execute=True):
            answer = add(browser(alice), SecurityKey())
        assert answer["Location"] == "/accounts/2fa/recovery-codes/"
        assert has_second_factor(alice)
        assert json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)["event"] == "factor-added"
        assert mail.outbox[-1].to == ["alice@example.org"]

    @pytest.mark.parametrize("form", [{"password": ""}, {"password": "wrong"}])
    def test_not_without_the_password(self, alice: Account, form: dict[str, str]) -> None:
        add(browser(alice), SecurityKey(), **form)
        assert not keys(alice)

    @pytest.mark.parametrize("form", [{}, {"code": "000000"}, {"code": "no-such-code"}, {"assertion": "{}"}])
    def test_not_by_the_password_alone_where_there_is_a_factor(self, alice: Account, form: dict[str, str]) -> None:
        """A stolen session and password make no key."""
        Somebody(alice)
        add(browser(alice), SecurityKey(), **form)
        assert not keys(alice)

    def test_by_a_code(self, alice: Account) -> None:
        authenticator = Somebody(alice)
        add(browser(alice), SecurityKey(), code=authenticator.code())
        assert keys(alice) == 1

    def test_by_a_recovery_code(self, alice: Account) -> None:
        Somebody(alice)
        add(browser(alice), SecurityKey(), code=RecoveryCodes.activate(alice).get_unused_codes()[0])
        assert keys(alice) == 1

    def test_a_second_key_by_the_first(self, alice: Account) -> None:
        first, client = enrol(alice), browser(alice)
        page = client.get(ADD)
        made = SecurityKey().register(challenge_of(shown(page, "create")))
        answer = first.sign(challenge_of(shown(page, "get")))
        client.post(ADD, {"name": "spare", "password": PASSWORD, "credential": made, "assertion": answer})
        assert keys(alice) == 2

    def test_not_by_a_decision_of_the_first(self, alice: Account) -> None:
        """What a key signed for a proposal proves nothing here."""
        first = enrol(alice)
        add(browser(alice), SecurityKey(), assertion=first.decide("ab" * 32))
        assert keys(alice) == 1

    def test_not_without_user_verification(self, alice: Account) -> None:
        answer = add(browser(alice), SecurityKey(flags=UP))
        assert "did not ask who uses it" in html.unescape(answer.content.decode())
        assert not keys(alice)

    def test_at_an_ip_address_there_is_a_link_instead(self, alice: Account) -> None:
        client = Client(headers={"host": "127.0.0.1:8000"})
        client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(ADD).content.decode()
        assert "http://localhost:8000/accounts/2fa/keys/add/" in page
        assert "data-options" not in page


class TestRemovingAndOtherFactors:
    """Neither a key nor what stands beside it goes or comes by the password alone."""

    @pytest.mark.parametrize("form", [{}, {"password": PASSWORD}, {"password": PASSWORD, "assertion": "{}"}])
    def test_not_by_the_password_alone(self, alice: Account, form: dict[str, str]) -> None:
        enrol(alice)
        browser(alice).post(remove_page(alice), form)
        assert keys(alice) == 1

    def test_by_the_key_itself(self, alice: Account) -> None:
        key, client = enrol(alice), browser(alice)
        page = remove_page(alice)
        answer = key.sign(challenge_of(options(client, page, "get")))
        client.post(page, {"password": PASSWORD, "assertion": answer})
        assert not has_second_factor(alice)

    def test_by_a_recovery_code_where_it_is_lost(self, alice: Account) -> None:
        enrol(alice)
        code = RecoveryCodes.activate(alice).get_unused_codes()[0]
        browser(alice).post(remove_page(alice), {"password": PASSWORD, "code": code})
        assert not Authenticator.objects.filter(user=alice).exists()

    def test_nobody_elses(self, alice: Account) -> None:
        bob = Somebody(add_person("bob", email="bob@example.org", password=PASSWORD, verified=True))
        enrol(alice)
        answer = browser(bob.account).post(remove_page(alice), {"password": PASSWORD, "code": bob.code()})
        assert answer.status_code == 404
        assert keys(alice) == 1

    def test_an_authenticator_beside_a_key_takes_the_key(self, alice: Account) -> None:
        """allauth would add it for the password."""
        key, client = enrol(alice), browser(alice)
        client.post(TOTP, {"password": PASSWORD, "code": self.new_code(client.get(TOTP))})
        assert not Authenticator.objects.filter(user=alice, type="totp").exists()
        page = client.get(TOTP)
        answer = key.sign(challenge_of(shown(page, "get")))
        client.post(TOTP, {"password": PASSWORD, "code": self.new_code(page), "assertion": answer})
        assert Authenticator.objects.filter(user=alice, type="totp").exists()

    def new_code(self, page: Any) -> str:
        """A code of the secret that the page shows."""
        secret = re.search(r'<code class="secret"[^>]*>([^<]+)', page.content.decode())
        assert secret is not None
        return str(format_hotp_value(hotp_value(secret.group(1), int(time.time()) // PERIOD)))

    def test_recovery_codes_make_no_others_beside_a_key_alone(self, alice: Account) -> None:
        enrol(alice)
        old = RecoveryCodes.activate(alice).get_unused_codes()
        browser(alice).post(CODES, {"password": PASSWORD, "code": old[0]})
        assert RecoveryCodes.activate(alice).get_unused_codes() == old


class TestSigningIn:
    """As the second step, or by a passkey alone."""

    def give_password(self) -> Client:
        client = browser()
        assert client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})["Location"] == SECOND
        return client

    def signed_in(self, client: Client) -> bool:
        return client.get("/account/").status_code == 200

    def test_the_second_step(self, alice: Account) -> None:
        key, client = enrol(alice), self.give_password()
        assert not self.signed_in(client)
        client.post(SECOND, {"credential": key.sign(challenge_of(options(client, SECOND, "get")))})
        assert self.signed_in(client)

    def test_an_answer_is_good_in_its_session_once(self, alice: Account) -> None:
        key, client, thief = enrol(alice, SecurityKey(counts=False)), self.give_password(), self.give_password()
        answer = key.sign(challenge_of(options(client, SECOND, "get")))
        thief.get(SECOND)
        thief.post(SECOND, {"credential": answer})
        assert not self.signed_in(thief)

    def test_another_accounts_key_is_none(self, alice: Account) -> None:
        bob = add_person("bob", email="bob@example.org", password=PASSWORD, verified=True)
        enrol(alice)
        key, client = enrol(bob), self.give_password()
        client.post(SECOND, {"credential": key.sign(challenge_of(options(client, SECOND, "get")))})
        assert not self.signed_in(client)

    def test_by_a_passkey(self, alice: Account) -> None:
        key, client = enrol(alice), browser()
        client.post(PASSKEY, {"credential": key.sign(challenge_of(options(client, PASSKEY, "get")))})
        assert self.signed_in(client)

    @pytest.mark.parametrize(
        "change", [{"flags": UP}, {"origin": "http://evil.localhost:8000"}, {"credential": b"other"}]
    )
    def test_not_by_a_wrong_one(self, alice: Account, change: dict[str, Any]) -> None:
        key, client = replace(enrol(alice), **change), browser()
        answer = client.post(PASSKEY, {"credential": key.sign(challenge_of(options(client, PASSKEY, "get")))})
        assert answer.status_code == 400
        assert not self.signed_in(client)

    @pytest.mark.parametrize("sent", ["", "{}", "null", "x" * 40_000])
    def test_not_by_none(self, alice: Account, sent: str) -> None:
        client = browser()
        client.get(PASSKEY)
        assert client.post(PASSKEY, {"credential": sent}).status_code == 400

    def test_not_once_it_is_deactivated(self, alice: Account) -> None:
        key, client = enrol(alice), browser()
        Account.objects.filter(pk=alice.pk).update(is_active=False)
        client.post(PASSKEY, {"credential": key.sign(challenge_of(options(client, PASSKEY, "get")))})
        assert not self.signed_in(client)

    def test_recovery_codes_are_limited_beside_a_key_alone(self, alice: Account) -> None:
        enrol(alice)
        code = RecoveryCodes.activate(alice).get_unused_codes()[0]
        client = self.give_password()
        for _ in range(5):
            client.post(SECOND, {"code": "12345678"})
        assert "too many wrong codes" in client.post(SECOND, {"code": code}).content.decode()
        assert not self.signed_in(client)


class TestDecidingAboutTheRegistry:
    """Where only a key counts, only a key is offered, and a code is refused."""

    @pytest.fixture
    def policy(self) -> JsonValue:
        """Another policy than the one in force."""
        return parse_strict(replace(DEFAULT_POLICY, proposal_days=20).canonical)

    def test_a_key_is_offered_alone_and_decides(self, policy: JsonValue) -> None:
        stella, stefan = (steward(name) for name in STEWARDS[:2])
        key = enrol(stella)
        proposal = actions.propose(trusted.policy(), content=policy, reason="Longer.", by=stefan)
        offered = ballots(RequestFactory().get("/"), stella, proposal, [Voice.APPROVE])
        assert (offered.needs_key, offered.takes_code, offered.takes_key) == (True, False, True)
        client = browser(stella)
        answer = key.decide(proposal.digest)
        sent = {"voice": "approve", "digest": proposal.digest, "assertion": answer}
        client.post(f"/proposals/{proposal.pk}/decide/", sent)
        decision = proposal.decisions.get()
        assert (decision.person_id, decision.voice, decision.factor) == (stella.person_id, Voice.APPROVE, "webauthn")

    def test_a_code_is_too_weak(self, policy: JsonValue) -> None:
        stella, stefan = (steward(name) for name in STEWARDS[:2])
        somebody = Somebody(stella)
        proposal = actions.propose(trusted.policy(), content=policy, reason="Longer.", by=stefan)
        offered = ballots(RequestFactory().get("/"), stella, proposal, [Voice.APPROVE])
        assert (offered.takes_code, offered.takes_key) == (False, False)
        factor = check_totp(stella, somebody.code())
        with pytest.raises(ChangeRefused) as caught:
            actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=stella, factor=factor)
        assert caught.value.reason is Reason.SECOND_FACTOR_TOO_WEAK


def test_packages_are_named_by_who_has_a_key(alice: Account) -> None:
    """A key is a second factor everywhere one is asked for."""
    client = browser(alice)
    client.post("/packages/new/", {"name": "widget", "maintainers": "", "expectation": ""})
    assert not Package.objects.exists()
    enrol(alice)
    client.post("/packages/new/", {"name": "widget", "maintainers": "", "expectation": ""})
    assert Package.objects.exists()
