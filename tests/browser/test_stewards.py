"""What stewards do at a real browser, with security keys: beside a lone maintainer, about the registry, and in an emergency."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from demo.story import FORK, REPOSITORY, expectation
from tests.browser.key_holder import KeyHolder
from tests.browser.town import Town


def agree(first: KeyHolder, second: KeyHolder, proposal: str) -> None:
    """Let two people agree, and see that one voice is not enough."""
    for person, told in ((first, "another person has to agree too"), (second, "Two people agreed")):
        person.page.goto(proposal)
        person.decide()
        expect(person.page.locator("main")).to_contain_text(told)
        assert person.violations == []


def test_a_lone_maintainer_with_a_steward(town: Town) -> None:
    """The page says that a steward has to agree, the steward finds it under what waits, and it is in force."""
    ada, stella = town.ada, town.stella
    ada.new_package("alone", expectation=json.dumps(expectation(FORK, "1", "2")))
    ada.page.goto("/packages/alone/expectation/propose/")
    ada.page.locator("[name=document]").fill(json.dumps(expectation(REPOSITORY, "772247423", "2314423")))
    proposal = ada.propose()
    expect(ada.page.locator("[data-asks]")).to_contain_text("A steward has to agree with you")
    ada.decide()
    stella.page.goto("/waiting/")
    expect(stella.page.locator("main")).to_contain_text("Expectation of alone")
    stella.look("waiting-steward")
    stella.page.goto(proposal)
    expect(stella.page.locator("[data-asks]")).to_contain_text("You decide as a steward, beside ada")
    stella.look("proposal-steward")
    stella.decide()
    expect(stella.page.locator("[data-standing=active]")).to_be_visible()
    stella.page.goto("/packages/alone/expectation/")
    expect(stella.page.locator("main")).to_contain_text("agreed by two people")
    stella.look("expectation-by-steward")


def test_policy_roots_and_stewards_come_into_force(town: Town) -> None:
    """Each from its page, over a proposal, by two stewards with keys."""
    stella, stefan = town.stella, town.stefan
    stella.page.goto("/registry/policy/")
    stella.page.get_by_label("Days that a proposal waits").fill("20")
    stella.look("policy-steward")
    proposal = stella.propose()
    expect(stella.page.locator("main")).to_contain_text("it takes a security key or passkey")
    stella.look("proposal-policy")
    agree(stella, stefan, proposal)
    stella.page.goto("/registry/policy/")
    expect(stella.page.get_by_label("Days that a proposal waits")).to_have_value("20")

    stella.page.goto("/registry/roots/")
    document = json.loads(stella.page.locator("[name=document]").input_value())
    document["builders"][0]["review_by"] = "2027-12-31"
    stella.page.locator("[name=document]").fill(json.dumps(document))
    agree(stella, stefan, stella.propose())
    stella.look("proposal-roots-agreed")
    stella.page.goto("/registry/roots/")
    expect(stella.page.locator("main")).to_contain_text("31 Dec 2027")
    stella.look("roots-steward")

    stella.page.goto("/registry/stewards/")
    stella.page.get_by_label("User name").fill(town.bea.username)
    proposal = stella.propose()
    stella.look("proposal-stewards")
    agree(stella, stefan, proposal)
    stella.page.goto("/registry/stewards/")
    expect(stella.page.locator("main table")).to_contain_text("bea")
    stella.look("stewards-steward")


def test_a_steward_freezes_a_package_with_a_key(town: Town) -> None:
    """Who has nothing but a key pulls the lever: it shows what the key signs, and what is signed is checked again."""
    ada, stella = town.ada, town.stella
    ada.new_package("in-trouble")
    stella.page.goto("/packages/in-trouble/state/")
    expect(stella.page.get_by_label("Authenticator code")).to_have_count(0)
    stella.page.get_by_label("Note").first.fill("A token was stolen.")
    stella.look("state-steward")
    stella.page.get_by_role("button", name="Close it with a security key").click()
    expect(stella.page.locator("main")).to_contain_text("from now on it takes no uploads; its files stay on offer")
    expect(stella.page.locator("main")).to_contain_text("A token was stolen.")
    stella.look("close-by-key")
    stella.page.get_by_role("button", name="use your key").click()
    expect(stella.page.locator("[data-state=frozen]")).to_contain_text("A token was stolen.")
    expect(stella.page.locator("ol.timeline")).to_contain_text("stella alone, by a security key")
    stella.look("state-frozen")
    assert stella.violations == []
    assert "Nothing is wrong." in town.registry.manage("verify_audit")


def test_stewards_look_after_persons(town: Town) -> None:
    """An account is found by a part of its name, and what changes about its person is proposed."""
    stella, bea = town.stella, town.bea
    stella.page.goto(f"/registry/persons/?q={bea.username[:2]}")
    stella.look("persons")
    stella.page.get_by_role("link", name=bea.username).click()
    stella.page.get_by_label("take every second factor off").check()
    stella.look("person")
    stella.propose()
    expect(stella.page.locator("main")).to_contain_text("Accounts of bea")
    stella.look("proposal-person")
    stella.decide("Withdraw")
    expect(stella.page.locator("[data-standing=withdrawn]")).to_be_visible()
