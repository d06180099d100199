"""What the page of a proposal tells each viewer, for every kind of document."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import Kind, Proposal, Voice
from expectations.trusted import Trusted
from registry.models import Account, File, Person
from tests.support.agreement import agree, link, roster, steward
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_account, new_package
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, Council, new_council
from verification.canonical import JsonValue, parse_strict

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers who have authenticators."""
    return new_council(with_each=Somebody)


def browser(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(proposal: Proposal, to: Account) -> str:
    response = browser(to).get(f"/proposals/{proposal.pk}/")
    assert response.status_code == 200
    return str(response.content.decode())


def asks(proposal: Proposal, of: Account) -> str:
    """Return what the page asks of a viewer."""
    (found,) = re.findall(r"<p data-asks>(.*?)</p>", shown(proposal, of))
    return html.unescape(found)


def voices(proposal: Proposal, of: Account) -> list[str]:
    return re.findall(r'data-voice="([^"]*)"', shown(proposal, of))


def lead(proposal: Proposal, to: Account) -> str:
    (found,) = re.findall(r'<p class="lead">(.*?)</p>', shown(proposal, to))
    return html.unescape(found)


def propose(about: Trusted, content: Any, by: Account, reason: str = "It has to be.") -> Proposal:
    return actions.propose(about, content=content, reason=reason, by=by)


def person_of(account: Account) -> Person:
    account.refresh_from_db()
    assert account.person is not None
    return account.person


# What it asks of its viewer


def test_who_may_decide_is_told_so(council: Council) -> None:
    """And who has agreed is told what is missing."""
    proposal = council.propose()
    assert asks(proposal, council.bob) == "You may decide."
    council.decide(proposal, council.bob)
    assert asks(proposal, council.bob) == "You agreed. One more person has to."


def test_voices_that_count_too_late_are_told_of(council: Council) -> None:
    """Voices are counted when one comes; who could not decide then, and can now, has agreed in vain and learns what to do."""
    proposal = council.propose()
    council.decide(proposal, council.bob)
    Authenticator.objects.filter(user=council.bob).delete()
    assert council.decide(proposal, council.ada) is None
    assert asks(proposal, council.ada) == "You agreed. One more person has to."
    unhurried = {**queries.read_policy(queries.active_policy_version()).members(), "schema": 1, "factor_days": 0}
    agree(trusted.policy(), unhurried, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
    assert asks(proposal, council.ada).endswith("voices are counted only then: have it proposed anew.")


def test_a_stranger_is_told_who_decides(council: Council) -> None:
    """Without any form."""
    proposal = council.propose()
    assert asks(proposal, council.cleo) == "You look on: the maintainers of widget decide."
    assert voices(proposal, council.cleo) == []


def test_whom_it_concerns_is_told_so_and_may_withdraw(council: Council) -> None:
    """They neither approve nor reject; a proposal of their own they can still withdraw."""
    about = trusted.roster_of(council.package)
    proposal = propose(about, roster(council.package, bob_of_widget="owner"), council.bob)
    assert asks(proposal, council.bob) == "This is about yourself, so others decide."
    assert voices(proposal, council.bob) == ["withdraw"]
    assert "it is about them" in shown(proposal, council.ada)


def test_a_newcomer_is_told_from_when(council: Council) -> None:
    """Whoever was added less than 7 days ago proposes but does not decide."""
    about = trusted.roster_of(council.package)
    agree(about, roster(council.package, cleo_of_widget="maintainer"), by=[council.ada, council.bob], factor=FACTOR)
    proposal = council.propose()
    until = queries.waits_until(council.package, person_of(council.cleo).pk)
    assert until is not None
    assert asks(proposal, council.cleo).startswith(f"You may decide from {until:%-d %b %Y, %H:%M} UTC.")
    assert voices(proposal, council.cleo) == []
    assert re.search(r"<strong>cleo-of-widget</strong>:\s+may decide from", shown(proposal, council.ada))


def test_a_single_maintainer_is_told_of_the_stewards() -> None:
    """And the steward whom they stand beside."""
    council = new_council("alone", founders=("ada",), with_each=Somebody)
    proposal = council.propose()
    assert asks(proposal, council.ada) == (
        "You may decide. A steward has to agree with you: there is no other maintainer who can."
    )
    assert "You decide as a steward, beside ada-of-alone" in asks(proposal, steward())
    page = shown(proposal, council.ada)
    assert "a steward has to agree beside a maintainer" in page
    assert "<strong>stella</strong> (steward)" in page


def test_where_too_few_can_agree_the_page_says_so() -> None:
    """Two maintainers, one of whom changed a second factor just now."""
    council = new_council("waiting", with_each=Somebody)
    Somebody(new_account("bystander"))
    council.bob.email = "elsewhere@example.test"
    council.bob.save()
    assert "fewer than 2 people can agree" in shown(council.propose(), council.ada)


def test_a_decided_proposal_asks_nothing(council: Council) -> None:
    """Whoever looks."""
    proposal = council.propose()
    council.decide(proposal, council.ada, Voice.WITHDRAW)
    page = shown(proposal, council.bob)
    assert "data-asks" not in page
    assert "data-voice" not in page


def test_a_second_factor_is_named(council: Council) -> None:
    """Who has agreed, by which second factor, and when."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    said = re.sub(r"\s+", " ", shown(proposal, council.bob))
    assert re.search(r"<strong>ada-of-widget</strong> agreed <time .*?</time>, by an authenticator code", said)
    assert "step 1 attested by the server alone" in said


# Each kind


def test_a_roster_in_words(council: Council) -> None:
    """Who joins, by name; joining weakens."""
    about = trusted.roster_of(council.package)
    proposal = propose(about, roster(council.package, cleo_of_widget="maintainer"), council.ada)
    assert lead(proposal, council.bob) == "If two people agree, cleo-of-widget becomes a maintainer."
    assert '<tr class="weakens">' in shown(proposal, council.bob)


def test_opening_a_package_in_words(council: Council) -> None:
    """With the first state document, and from a closed one."""
    about = trusted.status_of(council.package)
    archive = propose(about, {"schema": 1, "state": "archived", "note": ""}, council.ada)
    assert lead(archive, council.bob) == "If two people agree, the package becomes archived."
    assert "no earlier document" in shown(archive, council.bob)
    actions.close_package(council.package, state=PackageState.FROZEN, note="", by=council.ada, factor=FACTOR)
    opening = propose(about, {"schema": 1, "state": "active", "note": ""}, council.ada)
    assert "It opens what is closed now" in shown(opening, council.bob)


def a_file() -> File:
    signing, name = Signing(), "widget-1.0-py3-none-any.whl"
    return accept(new_package(), name, b"wheel", [signing.provenance(name, b"wheel")], roots=signing.roots)


@pytest.mark.parametrize("whole", [False, True])
def test_a_deletion_in_words(*, whole: bool) -> None:
    """What is deleted, by its name."""
    file = a_file()
    package = file.release.package
    owner = Account.objects.get(person=package.created_by)
    proposal = propose(
        trusted.deletion_of(file.release if whole else file, package), {"schema": 1, "deleted": True}, owner
    )
    what = "release 1.0 with all its files" if whole else f"the file {file.filename}"
    assert lead(proposal, owner) == f"If two people agree, {what} is deleted for ever."
    assert "It cannot be undone" in shown(proposal, owner)


def registry_document(kind: Kind, **changes: Any) -> dict[str, JsonValue]:
    version = {Kind.POLICY: queries.active_policy_version, Kind.ROOTS: queries.active_roots_version}[kind]()
    document = parse_strict(version.document)
    assert isinstance(document, dict)
    return {**document, **changes}


def test_a_policy_in_words() -> None:
    """Setting by setting; strangers look on."""
    proposal = propose(trusted.policy(), registry_document(Kind.POLICY, newcomer_days=0), steward())
    assert lead(proposal, steward()) == "If two people agree, “days before a newcomer decides” goes from 7 to 0."
    assert asks(proposal, new_account("eve")) == "You look on: the stewards of the registry decide."


def test_roots_in_words() -> None:
    """A builder that is removed, by its name."""
    builders: Any = registry_document(Kind.ROOTS)["builders"]
    proposal = propose(trusted.roots(), registry_document(Kind.ROOTS, builders=builders[1:]), steward())
    page = shown(proposal, steward())
    assert f"builder {builders[0]['name']} is believed no longer" in html.unescape(page)
    assert "tightens" in page


def test_no_part_of_roots_is_passed_over() -> None:
    """Of a change without words of its own the sentence has both sides where they are short; beside others it is counted."""
    builders: Any = registry_document(Kind.ROOTS)["builders"]
    first, second, *others = builders
    put_off = [{**first, "review_by": "2099-12-31"}, second, *others]
    proposal = propose(trusted.roots(), registry_document(Kind.ROOTS, builders=put_off), steward())
    told = f"builder {first['name']}: review_by (now {first['review_by']}, then 2099-12-31)"
    assert lead(proposal, steward()) == f"If two people agree, this changes: {told}."
    lowered = [{**second, "level": 1}, *others]
    proposal = propose(trusted.roots(), registry_document(Kind.ROOTS, builders=lowered), steward())
    said = f"the builder {first['name']} is believed no longer; and 1 more part changes"
    assert lead(proposal, steward()) == f"If two people agree, {said}."


def test_an_expectation_in_words(council: Council) -> None:
    """Which parts of it change; the table has the rest."""
    said = lead(council.propose(), council.bob)
    assert said.startswith("If two people agree, files of widget are judged by other rules than now: ")
    assert not said.endswith("now: .")


def test_stewards_in_words() -> None:
    """One more."""
    members = {str(person): "steward" for person in queries.stewards()} | {str(new_account("eve").person_id): "steward"}
    proposal = propose(trusted.stewards(), {"schema": 1, "members": members}, steward())
    assert lead(proposal, steward()) == "If two people agree, eve becomes a steward."


def accounts(*accounts: Account, active: bool = True, resets: int = 0) -> dict[str, JsonValue]:
    listed: list[JsonValue] = [*sorted(account.pk for account in accounts)]
    return {"schema": 1, "accounts": listed, "state": "active" if active else "deactivated", "factors_reset": resets}


def test_linking_accounts_in_words() -> None:
    """By user name, against the accounts as they are; and once decided, against the document before."""
    eve, other = new_account("eve"), new_account("eve-at-work")
    about = trusted.accounts_of(person_of(eve))
    proposal = propose(about, accounts(eve, other), steward())
    assert lead(proposal, steward()) == "If two people agree, eve-at-work is linked here."
    version = link([eve, other], to=person_of(eve))
    assert version.proposal is not None
    assert "It was the first document of its kind" in shown(version.proposal, steward())
    reset = propose(about, accounts(eve, other, resets=1), steward())
    assert lead(reset, steward()) == "If two people agree, every second factor is taken off."


def test_the_person_concerned_is_told_so() -> None:
    """A steward whose factors are reset neither approves nor rejects it."""
    stella = steward(STEWARDS[0])
    proposal = propose(trusted.accounts_of(person_of(stella)), accounts(stella, resets=1), steward(STEWARDS[1]))
    assert asks(proposal, stella) == "This is about yourself, so others decide."


# Hostile text, and what is nobody else's business


@pytest.mark.parametrize("viewer", ["ada", "cleo"])
def test_hostile_text_is_escaped(council: Council, viewer: str) -> None:
    """A reason, a note and a user agent are somebody else's text."""
    about = trusted.status_of(council.package)
    content = {"schema": 1, "state": "deprecated", "note": HOSTILE}
    page = shown(propose(about, content, council.bob, reason=HOSTILE), getattr(council, viewer))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_no_page_has_anything_inline(council: Council) -> None:
    """A strict CSP, and no JavaScript needed."""
    response = browser(council.ada).get(f"/proposals/{council.propose().pk}/")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not re.search(r'<script(?! src="/static/)|<style| style=| on\w+=', response.content.decode())
