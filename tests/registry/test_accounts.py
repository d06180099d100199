"""Signing in and what guards it: who may, by what, and what a change of factors asks for."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from expectations import actions
from expectations.models import AuditLeaf
from expectations.second_factor import codes, has_second_factor
from registry.accounts import MfaAdapter
from registry.models import Account, Package, Token
from registry.people import add_person
from registry.tokens import create_token, find_token

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
STEP = 60_000_000

LOGIN = "/accounts/login/"
SECOND = "/accounts/2fa/authenticate/"
ADD = "/accounts/2fa/totp/activate/"
REMOVE = "/accounts/2fa/totp/deactivate/"
CODES = "/accounts/2fa/recovery-codes/"
MAKE_CODES = "/accounts/2fa/recovery-codes/generate/"


@pytest.fixture(autouse=True)
def _quick_and_still(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Codes are judged at STEP; allauth's own counters of tries begin anew; passwords cost no time."""
    monkeypatch.setattr(codes, "_now", lambda: float(STEP * 30 + 15))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alice() -> Account:
    """A person's account without a second factor."""
    return add_person("alice", email="alice@example.org", password=PASSWORD, verified=True)


@pytest.fixture
def secret(alice: Account) -> str:
    """The secret of an authenticator that alice has added, with recovery codes beside it."""
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    return str(secret)


def code_at(secret: str, step: int) -> str:
    """The code of a step."""
    return str(format_hotp_value(hotp_value(secret, step)))


def recovery_codes(account: Account) -> list[str]:
    """The account's unused recovery codes."""
    codes = Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes()
    return [str(code) for code in codes]


def give_password(client: Client, username: str = "alice", password: str = PASSWORD) -> Any:
    """Take the first step of signing in."""
    return client.post(LOGIN, {"login": username, "password": password})


def signed_in(client: Client) -> bool:
    """Whether the client sees its account's page."""
    return client.get("/account/").status_code == 200


def sign_in(client: Client, account: Account) -> Client:
    """Sign in without asking; what follows is what is tested."""
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def events() -> list[str]:
    """The events of the audit log, the newest first."""
    return [str(json.loads(leaf.leaf)["event"]) for leaf in AuditLeaf.objects.order_by("-index")]


def test_the_sweep_forgets_expired_sessions(client: Client, alice: Account) -> None:
    """Threat: sessions without number, for whoever asks for the page of passkeys is given one, fill the database."""
    client.get("/accounts/passkey/")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert Session.objects.count() == 1
    browser = sign_in(Client(), alice)
    call_command("sweep")
    assert Session.objects.count() == 1
    assert signed_in(browser)


def test_guesses_stay_counted_whatever_else_is_guessed(client: Client, alice: Account) -> None:
    """Threat: the registry forgets how often a password was guessed, once some hundred other names are guessed at."""
    for _ in range(5):
        give_password(client, password="a wrong guess")
    for number in range(2000):
        cache.set(f"guesses-at-another-name-{number}", [0.0], 300)
    assert give_password(client).status_code == 200
    assert not signed_in(client)


class TestSigningIn:
    """The password, and then the second factor where there is one."""

    def test_a_password_is_enough_without_a_second_factor(self, client: Client, alice: Account) -> None:
        assert give_password(client)["Location"] == "/account/"
        assert signed_in(client)

    def test_a_password_alone_is_not_enough_with_one(self, client: Client, secret: str) -> None:
        assert give_password(client)["Location"] == SECOND
        assert not signed_in(client)

    def test_with_a_code(self, client: Client, secret: str) -> None:
        give_password(client)
        client.post(SECOND, {"code": code_at(secret, STEP)})
        assert signed_in(client)

    def test_a_code_signs_in_once_in_any_session(self, client: Client, secret: str) -> None:
        give_password(client)
        client.post(SECOND, {"code": code_at(secret, STEP)})
        thief = Client()
        give_password(thief)
        answer = thief.post(SECOND, {"code": code_at(secret, STEP)})
        assert "used before" in answer.content.decode()
        assert not signed_in(thief)

    def test_with_a_recovery_code_once(self, client: Client, alice: Account, secret: str) -> None:
        code = recovery_codes(alice)[0]
        give_password(client)
        client.post(SECOND, {"code": code})
        assert signed_in(client)
        again = Client()
        give_password(again)
        again.post(SECOND, {"code": code})
        assert not signed_in(again)

    def test_a_robot_cannot_even_with_a_password(self, client: Client, alice: Account) -> None:
        assert alice.person is not None
        package = Package.objects.create(name="widget", display_name="widget", created_by=alice.person)
        robot = Account.objects.create_robot("widget-robot", package=package)
        robot.set_password(PASSWORD)
        robot.save()
        assert give_password(client, "widget-robot")["Location"] == "/accounts/inactive/"
        assert not signed_in(client)

    def test_a_deactivated_account_cannot_and_its_sessions_end(self, client: Client, alice: Account) -> None:
        sign_in(client, alice)
        Account.objects.filter(pk=alice.pk).update(is_active=False)
        assert not signed_in(client)
        give_password(client)
        assert not signed_in(client)

    @pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/email/", "/accounts/password/reset/"])
    def test_what_is_not_offered_is_not_there(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/"])
    def test_no_reauthentication_by_one_proof_alone(self, client: Client, alice: Account, path: str) -> None:
        assert sign_in(client, alice).get(path).status_code == 404


class TestAddingAnAuthenticator:
    """It takes the password, and a code that shows that the secret arrived."""

    def start(self, client: Client) -> str:
        """Open the page; return the secret that it shows."""
        return str(client.get(ADD).context["form"].secret)

    def test_with_password_and_code(self, client: Client, alice: Account) -> None:
        secret = self.start(sign_in(client, alice))
        answer = client.post(ADD, {"password": PASSWORD, "code": code_at(secret, STEP)})
        assert answer["Location"] == CODES
        assert has_second_factor(alice)
        assert events()[0] == "factor-added"

    def test_not_without_the_password(self, client: Client, alice: Account) -> None:
        secret = self.start(sign_in(client, alice))
        client.post(ADD, {"password": "another password", "code": code_at(secret, STEP)})
        client.post(ADD, {"code": code_at(secret, STEP)})
        assert not has_second_factor(alice)

    def test_not_without_the_code(self, client: Client, alice: Account) -> None:
        self.start(sign_in(client, alice))
        client.post(ADD, {"password": PASSWORD, "code": "000000"})
        client.post(ADD, {"password": PASSWORD})
        assert not has_second_factor(alice)

    def test_its_first_code_is_used_up(self, client: Client, alice: Account) -> None:
        secret = self.start(sign_in(client, alice))
        client.post(ADD, {"password": PASSWORD, "code": code_at(secret, STEP)})
        other = Client()
        give_password(other)
        other.post(SECOND, {"code": code_at(secret, STEP)})
        assert not signed_in(other)

    def test_the_secret_is_shown_as_text_and_picture(self, client: Client, alice: Account) -> None:
        page = sign_in(client, alice).get(ADD)
        assert page.context["form"].secret in page.content.decode()
        assert 'src="data:image/svg+xml;base64,' in page.content.decode()
        assert "img-src 'self' data:" in page["Content-Security-Policy"]

    def test_nobody_signed_in_is_sent_to_sign_in(self, client: Client) -> None:
        assert client.get(ADD)["Location"].startswith(LOGIN)

    def test_a_second_one_is_not_added_beside_the_first(self, client: Client, alice: Account, secret: str) -> None:
        assert sign_in(client, alice).get(ADD)["Location"] == REMOVE

    def test_the_secret_is_stored_encrypted(self, alice: Account, secret: str, settings: Any) -> None:
        stored = Authenticator.objects.get(user=alice, type="totp").data["secret"]
        assert secret not in stored
        assert MfaAdapter().decrypt(stored) == secret
        key, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
        with pytest.raises(InvalidToken):
            MfaAdapter().decrypt(stored)
        settings.SECRET_KEY_FALLBACKS = [key]
        assert MfaAdapter().decrypt(stored) == secret


class TestRemovingAnAuthenticator:
    """It takes the password and the factor, both, for this one removal."""

    def test_with_password_and_code(self, client: Client, alice: Account, secret: str) -> None:
        sign_in(client, alice).post(REMOVE, {"password": PASSWORD, "code": code_at(secret, STEP)})
        assert not Authenticator.objects.filter(user=alice).exists()
        assert events()[0] == "factor-removed"

    def test_a_lost_device_with_password_and_recovery_code(self, client: Client, alice: Account, secret: str) -> None:
        sign_in(client, alice).post(REMOVE, {"password": PASSWORD, "code": recovery_codes(alice)[0]})
        assert not has_second_factor(alice)

    @pytest.mark.parametrize("form", [{}, {"password": PASSWORD}, {"password": PASSWORD, "code": "000000"}])
    def test_not_by_the_password_alone(self, client: Client, alice: Account, secret: str, form: dict[str, str]) -> None:
        sign_in(client, alice).post(REMOVE, form)
        assert has_second_factor(alice)

    def test_where_there_is_none_leads_back_to_the_account(self, client: Client, alice: Account) -> None:
        answer = sign_in(client, alice).get(REMOVE, follow=True)
        assert answer.redirect_chain == [("/account/", 302)]
        assert "There is no authenticator on your account." in answer.content.decode()

    def test_not_by_the_code_alone(self, client: Client, alice: Account, secret: str) -> None:
        sign_in(client, alice)
        client.post(REMOVE, {"code": code_at(secret, STEP)})
        client.post(REMOVE, {"password": "another password", "code": code_at(secret, STEP)})
        assert has_second_factor(alice)

    def test_a_wrong_password_uses_no_code_up(self, client: Client, alice: Account, secret: str) -> None:
        sign_in(client, alice).post(REMOVE, {"password": "another password", "code": code_at(secret, STEP)})
        client.post(REMOVE, {"password": PASSWORD, "code": code_at(secret, STEP)})
        assert not has_second_factor(alice)

    def test_a_fresh_sign_in_is_no_proof(self, client: Client, secret: str, alice: Account) -> None:
        """allauth would take the password of a moment ago, or a code of a moment ago."""
        give_password(client)
        client.post(SECOND, {"code": code_at(secret, STEP)})
        client.post(REMOVE, {})
        assert has_second_factor(alice)

    def test_the_page_begins_without_errors(self, client: Client, alice: Account, secret: str) -> None:
        assert not sign_in(client, alice).get(REMOVE).context["form"].errors


class TestRecoveryCodes:
    """Shown once, made anew by the authenticator alone."""

    def test_shown_once(self, client: Client, alice: Account, secret: str) -> None:
        code = recovery_codes(alice)[0]
        assert code in sign_in(client, alice).get(CODES).content.decode()
        assert code not in client.get(CODES).content.decode()

    def test_where_there_are_none_the_page_says_how_to_come_by_some(
        self, client: Client, alice: Account, secret: str
    ) -> None:
        Authenticator.objects.get(user=alice, type="recovery_codes").delete()
        answer = sign_in(client, alice).get(CODES)
        assert answer.status_code == 200
        assert f'href="{MAKE_CODES}"' in answer.content.decode()

    def test_without_a_second_factor_there_can_be_none(self, client: Client, alice: Account) -> None:
        assert sign_in(client, alice).get(MAKE_CODES)["Location"] == CODES
        shown = client.get(CODES).content.decode()
        assert "They come with your first second factor" in shown
        assert MAKE_CODES not in shown

    def test_made_anew_by_password_and_authenticator(self, client: Client, alice: Account, secret: str) -> None:
        old = recovery_codes(alice)
        sign_in(client, alice).post(MAKE_CODES, {"password": PASSWORD, "code": code_at(secret, STEP)})
        assert not set(old) & set(recovery_codes(alice))
        assert events()[0] == "recovery-codes-made"

    def test_a_recovery_code_makes_no_others(self, client: Client, alice: Account, secret: str) -> None:
        old = recovery_codes(alice)
        sign_in(client, alice).post(MAKE_CODES, {"password": PASSWORD, "code": old[0]})
        assert recovery_codes(alice) == old


class TestTheAccountPage:
    """One's own tokens and packages, and nobody else's."""

    def test_at_an_ip_address_it_leads_to_where_keys_work(self, alice: Account) -> None:
        """Browsers take no key for an IP address; the page says so and links to the host that works."""
        at_ip = sign_in(Client(headers={"host": "127.0.0.1:8000"}), alice).get("/account/").content.decode()
        assert 'href="http://localhost:8000/account/"' in at_ip
        at_name = sign_in(Client(headers={"host": "localhost:8000"}), alice).get("/account/").content.decode()
        assert "Add a security key" in at_name
        assert "IP address" not in at_name

    def test_nobody_signed_in_is_sent_to_sign_in(self, client: Client) -> None:
        assert client.get("/account/")["Location"] == f"{LOGIN}?next=/account/"
        assert client.post("/account/tokens/", {"name": "CI", "days": 30})["Location"].startswith(LOGIN)

    def test_a_token_needs_a_second_factor(self, client: Client, alice: Account) -> None:
        sign_in(client, alice).post("/account/tokens/", {"name": "CI", "days": 30})
        assert not Token.objects.exists()

    def test_a_tokens_secret_is_shown_once(self, client: Client, alice: Account, secret: str) -> None:
        answer = sign_in(client, alice).post("/account/tokens/", {"name": "CI", "days": 30})
        shown = re.search(r"sluice_[\w-]{43}", answer.content.decode())
        assert shown is not None
        token = find_token(shown.group())
        assert token is not None
        assert token.account == alice
        assert "no-store" in answer["Cache-Control"]
        assert shown.group() not in client.get("/account/").content.decode()

    @pytest.mark.parametrize("form", [{"days": 30}, {"name": "CI"}, {"name": "CI", "days": 0}, {"name": "x" * 101}])
    def test_a_wrong_form_is_shown_again(
        self, client: Client, alice: Account, secret: str, form: dict[str, object]
    ) -> None:
        answer = sign_in(client, alice).post("/account/tokens/", form)
        assert answer.status_code == 400
        shown = answer.content.decode()
        assert "field__error" in shown
        (focused,) = re.findall(r"<[^>]* autofocus[^>]*>", shown)
        assert 'aria-invalid="true"' in focused, "the form is far down the page: the field at fault is what is seen"
        assert 'href="http://localhost:8000/account/"' in shown, "not the address that only takes forms"
        assert not Token.objects.exists()

    def test_ones_packages_and_no_others(self, client: Client, alice: Account, secret: str) -> None:
        bob = Account.objects.create_person("bob", email="bob@example.org", password=None)
        for name, owner in (("widget", alice), ("gadget", bob)):
            assert owner.person is not None
            package = Package.objects.create(name=name, display_name=name, created_by=owner.person)
            actions.found_package(package, owner=owner.person, maintainers=[])
        page = sign_in(client, alice).get("/account/").content.decode()
        assert "widget" in page
        assert "gadget" not in page
        gadget = Package.objects.get(name="gadget")
        assert client.post("/account/tokens/", {"name": "CI", "days": 3, "package": gadget.pk}).status_code == 400

    def test_revoking_ones_own_token(self, client: Client, alice: Account) -> None:
        token, secret = create_token(alice, name="CI")
        sign_in(client, alice).post(f"/account/tokens/{token.pk}/revoke/")
        assert find_token(secret) is None

    def test_not_somebody_elses(self, client: Client, alice: Account) -> None:
        bob = Account.objects.create_person("bob", email="bob@example.org", password=None)
        token, secret = create_token(bob, name="CI")
        assert sign_in(client, alice).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
        assert find_token(secret) is not None

    def test_a_form_from_elsewhere_is_refused(self, alice: Account) -> None:
        client = sign_in(Client(enforce_csrf_checks=True), alice)
        answer = client.post("/account/tokens/", {"name": "CI", "days": 30})
        assert answer.status_code == 403
        assert "gone stale" in answer.content.decode()

    def test_names_are_escaped(self, client: Client, alice: Account) -> None:
        create_token(alice, name="<script>alert(1)</script>")
        assert "<script" not in sign_in(client, alice).get("/account/").content.decode()


class TestAddPerson:
    """``manage.py add_person``."""

    def add(self, *arguments: str) -> str:
        """Run the command; return what it says."""
        out = io.StringIO()
        call_command("add_person", *arguments, stdout=out)
        return out.getvalue()

    def test_with_a_password_on_standard_input(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        self.add("dora", "--email", "dora@example.org", "--password-stdin")
        give_password(client, "dora")
        assert signed_in(client)
        leaf = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
        person = Account.objects.get(username="dora").person_id
        assert {key: leaf[key] for key in leaf if key != "at"} == {"event": "person-added", "person": str(person)}

    def test_with_a_link_that_sets_the_password_once(self, client: Client) -> None:
        said = self.add("dora", "--email", "dora@example.org")
        link = re.search(r"http://[^/]+(/accounts/password/\S+)", said)
        assert link is not None
        form = client.get(link.group(1))["Location"]
        client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
        give_password(client, "dora")
        assert signed_in(client)
        assert "no longer works" in Client().get(link.group(1)).content.decode()

    @pytest.mark.parametrize("password", ["", "short", "password1234", "dora@example.org"])
    def test_not_with_a_weak_password(self, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        with pytest.raises(CommandError):
            self.add("dora", "--email", "dora@example.org", "--password-stdin")
        assert not Account.objects.filter(username="dora").exists()

    @pytest.mark.parametrize(("name", "email"), [("alice", "a@example.org"), ("a b", "a@example.org"), ("dora", "no")])
    def test_not_with_a_taken_or_invalid_name(self, alice: Account, name: str, email: str) -> None:
        before = AuditLeaf.objects.count()
        with pytest.raises(CommandError):
            self.add(name, "--email", email)
        assert AuditLeaf.objects.count() == before


class TestALostPassword:
    """``manage.py password_link``: the operator's help, which is no way past a second factor."""

    def link(self, username: str) -> str:
        """Run the command; return the link's path."""
        out = io.StringIO()
        call_command("password_link", username, stdout=out)
        return out.getvalue().strip().removeprefix(settings.BASE_URL)

    def test_the_password_alone_is_set_anew(self, client: Client, secret: str, alice: Account) -> None:
        """Threat: whoever gets the link signs in by it. The factor that stands is asked for as before."""
        browser = Client()
        form = browser.get(self.link("alice"))["Location"]
        browser.post(form, {"password1": f"{PASSWORD}-anew", "password2": f"{PASSWORD}-anew"})
        alice.refresh_from_db()
        assert alice.check_password(f"{PASSWORD}-anew")
        assert Authenticator.objects.filter(user=alice, type=Authenticator.Type.TOTP).exists()
        browser.post("/accounts/login/", {"login": "alice", "password": f"{PASSWORD}-anew"})
        assert not signed_in(browser)

    def test_not_for_whom_does_not_sign_in(self, alice: Account) -> None:
        alice.is_active = False
        alice.save()
        for username in ("alice", "nobody"):
            with pytest.raises(CommandError):
                self.link(username)


class TestTheFrame:
    """Pages that tell what went wrong, and the style sheet."""

    def test_what_does_not_exist(self, client: Client) -> None:
        answer = client.get("/no/such/page")
        assert answer.status_code == 404
        assert "nothing at this address" in answer.content.decode()

    def test_the_style_sheet_is_served(self, client: Client) -> None:
        answer = client.get("/static/sluicegate/site.css")
        assert answer["Content-Type"].startswith("text/css")
        answer.close()

    @pytest.mark.parametrize(
        "path",
        [
            "../settings.py",
            "%2e%2e/settings.py",
            "..%2fsettings.py",
            "sluicegate/",
            f"sluicegate/{'a' * 300}.css",
            "a" * 300,
            "%00",
        ],
    )
    def test_nothing_else_is_served_there(self, client: Client, path: str) -> None:
        """Nor does a name fail that no file system takes."""
        assert client.get(f"/static/{path}").status_code in (400, 404)
