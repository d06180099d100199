"""Voices that change nothing, as people see them at a real browser: too late, against, by a robot, without a fresh factor."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import requests
from playwright.sync_api import expect

from demo.story import FORK, REPOSITORY, expectation
from tests.browser.key_holder import KeyHolder
from tests.browser.town import Town

OLD, NEW = json.dumps(expectation(FORK, "1", "2")), json.dumps(expectation(REPOSITORY, "772247423", "2314423"))


@dataclass(frozen=True, slots=True)
class Contested:
    """A package of ada's and bea's, with an expectation that ada has proposed to change."""

    town: Town
    name: str
    proposal: str

    def promises(self, repository: str) -> bool:
        """Whether the expectation in force names a repository."""
        page = self.town.visitor.page
        page.goto(f"/packages/{self.name}/expectation/")
        return repository.removeprefix("https://github.com/") in page.locator("main .promise").first.inner_text()


@pytest.fixture
def contested(town: Town, request: pytest.FixtureRequest) -> Contested:
    """Another one for each test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")
    town.ada.new_package(name, maintainers=town.bea.username, expectation=OLD)
    town.ada.page.goto(f"/packages/{name}/expectation/propose/")
    town.ada.page.locator("[name=document]").fill(NEW)
    return Contested(town, name, town.ada.propose())


def close(person: KeyHolder, name: str, how: str) -> None:
    """Pull the lever by key."""
    person.page.goto(f"/packages/{name}/state/")
    person.page.get_by_label(how).first.check()
    person.page.get_by_role("button", name="Close it with a security key").click()
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="use your key").click()


def test_a_stale_one(town: Town) -> None:
    """What it starts from moved between showing and deciding: the page says so and what now, and nothing changes."""
    ada, bea = town.ada, town.bea
    ada.new_package("stale", maintainers=bea.username, expectation=OLD)
    close(ada, "stale", "freeze: it takes no uploads")
    ada.page.goto("/packages/stale/state/")
    proposal = ada.propose()
    ada.decide()
    bea.page.goto(proposal)
    close(ada, "stale", "quarantine: it takes no uploads")
    bea.decide()
    expect(bea.page.locator("[data-reason=proposal-stale]")).to_contain_text("begin again from there")
    expect(bea.page.locator("[data-standing=stale]")).to_contain_text("can no longer come into force")
    bea.look("proposal-stale")
    bea.page.goto("/packages/stale/")
    expect(bea.page.locator("[data-state=quarantined]")).to_be_visible()


def test_a_rejected_one(contested: Contested) -> None:
    """One no ends it; its proposer sees whose, and that nothing changed."""
    ada, bea = contested.town.ada, contested.town.bea
    ada.decide()
    bea.page.goto(contested.proposal)
    bea.decide("Reject")
    expect(bea.page.locator("[data-standing=rejected]")).to_contain_text("Nothing changed")
    ada.page.reload()
    expect(ada.page.locator("main")).to_contain_text("bea rejected it")
    ada.look("proposal-rejected")
    assert contested.promises(FORK)


def test_a_robot_that_tries(contested: Contested) -> None:
    """Its token opens no session and gives no voice; its owner sees what it may, and that nothing changed."""
    ada, town = contested.town.ada, contested.town
    ada.page.goto(f"/packages/{contested.name}/")
    ada.page.get_by_label("User name of a new robot").fill("eager-robot")
    ada.page.get_by_role("button", name="Add a robot").click()
    token = ada.page.locator("code.secret").inner_text()
    ada.look("robot-created")
    ada.page.goto(contested.proposal)
    voice = {"voice": "approve", "digest": ada.page.locator("[name=digest]").first.input_value(), "code": "000000"}
    path = contested.proposal.removeprefix(ada.base)
    for address, headers in (
        (f"{path}decide/", {"Authorization": f"Bearer {token}"}),
        (f"/api/v1{path}decisions", {"Authorization": f"Bearer {token}"}),
    ):
        answer = requests.post(f"{town.registry.url}{address}", data=voice, headers=headers, timeout=30)
        assert (answer.status_code, "not-a-person" in answer.text) == (403, True), answer.text
    answer = requests.get(f"{town.registry.url}/account/", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert "/accounts/login/" in answer.url
    ada.page.reload()
    expect(ada.page.locator("main")).to_contain_text("Nobody has decided yet")
    ada.page.goto(f"/packages/{contested.name}/")
    expect(ada.page.locator("main")).to_contain_text("It has no voice: it never proposes or decides.")
    ada.look("package-with-robot")
    assert contested.promises(FORK)


def test_without_a_fresh_second_factor(contested: Contested) -> None:
    """A session alone decides nothing, nor does a code that is wrong: the page says what to do."""
    ada = contested.town.ada
    ada.page.goto(contested.proposal)
    for field, value, told in (
        ("code", "", "Enter your authenticator's code, or use your security key."),
        ("code", "000000", "This takes a second factor"),
        ("assertion", "{}", "Open the page again and use the key once more"),
    ):
        form = ada.page.locator("form[data-voice=approve]")
        form.evaluate(
            """(form, [name, value]) => {
                 const field = form.querySelector(`[name=${name}]`) ?? form.appendChild(document.createElement("input"));
                 Object.assign(field, { name, value });
                 form.submit();
               }""",
            [field, value],
        )
        expect(ada.page.get_by_role("alert")).to_contain_text(told)
        expect(ada.page.locator("main")).to_contain_text("Nobody has decided yet")
    ada.look("proposal-without-factor")
    assert contested.promises(FORK)
