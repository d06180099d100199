"""The lever by a security key: trust rules, "Two people" 3 and 7. What is signed is this closing, and no other."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import AuditLeaf, Closing, Origin
from expectations.second_factor import Factor
from tests.support.people import Somebody
from tests.support.security_key import SecurityKey, challenge_of, enrol
from tests.support.voices import FACTOR, Council, new_council
from verification.decision import CLOSE, check_decision, closing_digest, decision_challenge, parse_kept

pytestmark = pytest.mark.django_db

STATE = "/packages/widget/state/"
LEVER = "/packages/widget/state/close/"
BY_KEY = "/packages/widget/state/close/key/"


class Holder:
    """Ada, who maintains widget and has a security key and nothing else."""

    def __init__(self) -> None:
        self.keys: dict[str, SecurityKey] = {}
        self.council: Council = new_council(
            with_each=lambda account: self.keys.update({account.username: enrol(account)})
        )
        self.key = self.keys["ada-of-widget"]
        self.browser = Client(headers={"host": "localhost:8000"})
        self.browser.force_login(self.council.ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    def choose(self, state: str = "quarantined", note: str = "A token was stolen.") -> tuple[dict[str, str], bytes]:
        """Choose what is to be done; return the form that comes of it, and the challenge that it asks a key with."""
        page = text(self.browser.post(BY_KEY, {"state": state, "note": note}))
        found = re.search(r'data-webauthn="get" data-options="([^"]*)"', page)
        assert found is not None, page
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        return {name: html.unescape(value) for name, value in fields.items()}, challenge_of(
            json.loads(html.unescape(found.group(1)))
        )

    def state(self) -> PackageState:
        """Return the package's state."""
        return queries.status(self.council.package).state


def text(response: Any) -> str:
    return str(response.content.decode())


def reasons(response: Any) -> list[str]:
    return re.findall(r'data-reason="([^"]*)"', text(response))


@pytest.fixture
def ada() -> Holder:
    """Her, signed in where keys work."""
    return Holder()


def test_who_has_a_key_alone_is_offered_it(ada: Holder) -> None:
    """No field for a code that nobody has; who has an authenticator alone is offered no key."""
    shown = text(ada.browser.get(STATE))
    assert "Close it with a security key" in shown
    assert 'name="code"' not in shown
    with_code = Somebody(ada.council.cleo)
    shown = text(with_code.browser().get(STATE))
    assert "Close it with a security key" not in shown


def test_where_keys_do_not_work_the_page_says_where_they_do(ada: Holder) -> None:
    ada.browser.defaults["HTTP_HOST"] = "127.0.0.1:8000"
    shown = text(ada.browser.get(STATE, headers={"host": "127.0.0.1:8000"}))
    assert "Open this page at http://localhost:8000/packages/widget/state/" in shown
    assert "Close it with a security key" not in shown


def test_one_person_closes_with_a_key(ada: Holder) -> None:
    """At once; the assertion is kept with who, when and from where, and anybody can check it again."""
    form, challenge = ada.choose()
    answer = ada.browser.post(BY_KEY, {**form, "assertion": ada.key.sign(challenge)})
    assert (answer.status_code, answer["Location"]) == (302, STATE)
    assert ada.state() is PackageState.QUARANTINED
    closing = Closing.objects.get()
    assert (closing.account, closing.factor, closing.version.source) == (ada.council.ada, "webauthn", "closing")
    assert Origin.objects.get(closing=closing).address == "127.0.0.1"
    kept = parse_kept(closing.assertion)
    assert decision_challenge(CLOSE, digest_of(ada, json.loads(closing.version.document))) == challenge
    assert check_decision(kept, voice=CLOSE, digest=digest_of(ada, json.loads(closing.version.document))) == 1
    assert "anybody can check it again" in text(Client().get(STATE))
    leaf = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
    assert (leaf["event"], leaf["factor"], leaf["number"]) == ("package-closed", "webauthn", 1)


def digest_of(ada: Holder, content: dict[str, Any]) -> str:
    leaf = json.loads(AuditLeaf.objects.get(index=0).leaf)
    return closing_digest(registry=leaf["registry"], package=str(ada.council.package.pk), number=1, content=content)


@pytest.mark.parametrize("change", [{"state": "frozen"}, {"note": "Never mind."}])
def test_what_was_signed_is_what_is_done(ada: Holder, change: dict[str, str]) -> None:
    """Another state or note than the page showed is not what the key signed."""
    form, challenge = ada.choose()
    answer = ada.browser.post(BY_KEY, {**form, **change, "assertion": ada.key.sign(challenge)})
    assert reasons(answer) == ["assertion-invalid"]
    assert ada.state() is PackageState.ACTIVE


def test_a_vote_closes_nothing(ada: Holder) -> None:
    """A signature for a voice on some digest is none for a closing, nor the other way round."""
    form, _ = ada.choose()
    answer = ada.browser.post(BY_KEY, {**form, "assertion": ada.key.decide("ab" * 32)})
    assert reasons(answer) == ["assertion-invalid"]
    assert ada.state() is PackageState.ACTIVE


def test_another_persons_key_closes_nothing(ada: Holder) -> None:
    form, challenge = ada.choose()
    answer = ada.browser.post(BY_KEY, {**form, "assertion": ada.keys["bob-of-widget"].sign(challenge)})
    assert reasons(answer) == ["assertion-invalid"]
    assert ada.state() is PackageState.ACTIVE


def test_a_closing_is_not_replayed(ada: Holder) -> None:
    """After two people opened again, the old answer closes nothing: the next version has another number."""
    form, challenge = ada.choose()
    sent = {**form, "assertion": ada.key.sign(challenge)}
    assert ada.browser.post(BY_KEY, sent).status_code == 302
    proposal = actions.propose(
        trusted.status_of(ada.council.package),
        content={"schema": 1, "state": "active", "note": ""},
        reason="Over.",
        by=ada.council.ada,
    )
    for account in (ada.council.ada, ada.council.bob):
        ada.council.decide(proposal, account)
    again = ada.browser.post(BY_KEY, sent)
    assert (again.status_code, reasons(again)) == (409, ["proposal-stale"])
    assert ada.state() is PackageState.ACTIVE


def test_closed_meanwhile_by_another(ada: Holder) -> None:
    """Who asked their key before looks again: what was signed does not follow what is in force."""
    form, challenge = ada.choose()
    actions.close_package(ada.council.package, state=PackageState.FROZEN, note="", by=ada.council.bob, factor=FACTOR)
    answer = ada.browser.post(BY_KEY, {**form, "assertion": ada.key.sign(challenge)})
    assert (answer.status_code, reasons(answer)) == (409, ["proposal-stale"])
    form, challenge = ada.choose()
    assert ada.browser.post(BY_KEY, {**form, "assertion": ada.key.sign(challenge)}).status_code == 302
    assert ada.state() is PackageState.QUARANTINED


@pytest.mark.parametrize("fields", [{"state": "active"}, {"state": "frozen", "note": "x" * 501}])
def test_what_cannot_be_chosen_is_not_asked_a_key_for(ada: Holder, fields: dict[str, str]) -> None:
    answer = ada.browser.post(BY_KEY, {"note": "", **fields})
    assert answer.status_code == 400
    assert "data-webauthn" not in text(answer)


def test_strangers_and_visitors_are_turned_away(ada: Holder) -> None:
    stranger = Somebody(ada.council.cleo).browser()
    for path in (LEVER, BY_KEY):
        assert reasons(stranger.post(path, {"state": "frozen"})) == ["not-a-maintainer"]
        assert Client().post(path, {"state": "frozen"})["Location"].startswith("/accounts/login/")
        assert ada.browser.get(path).status_code == 405


class TestTheDatabase:
    """It holds the same, whatever the application says."""

    def close(self, ada: Holder, factor: Factor, number: int | None) -> str:
        with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT sluicegate_close(%s, %s, %s, %s, %s, %s, %s)",
                [
                    ada.council.package.pk,
                    '{"note":"","schema":1,"state":"frozen"}',
                    ada.council.ada.pk,
                    *(factor.kind, factor.detail, factor.assertion, number),
                ],
            )
        return str(caught.value)

    @pytest.mark.parametrize("number", [None, 2])
    def test_a_key_signs_for_the_next_version(self, ada: Holder, number: int | None) -> None:
        assert "proposal-stale" in self.close(ada, Factor("webauthn", "a key", assertion="{}"), number)

    @pytest.mark.parametrize(
        "factor", [Factor("webauthn", "no proof"), Factor("totp", "a proof", assertion="{}"), Factor("none", "")]
    )
    def test_a_closing_has_its_proof(self, ada: Holder, factor: Factor) -> None:
        assert "closing_has_its_proof" in self.close(ada, factor, 1)

    def test_no_closing_is_written_or_changed_by_the_application(self, ada: Holder) -> None:
        actions.close_package(
            ada.council.package, state=PackageState.FROZEN, note="", by=ada.council.ada, factor=FACTOR
        )
        for statement in (
            "UPDATE expectations_closing SET factor_detail = ''",
            "DELETE FROM expectations_closing",
            "INSERT INTO expectations_closing SELECT * FROM expectations_closing",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
