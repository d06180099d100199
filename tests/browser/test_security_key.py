"""A maintainer with a security key in a real browser, whose authenticator is virtual and whose signatures are real."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from demo.story import FORK, REPOSITORY, expectation
from tests.browser.key_holder import KeyHolder
from tests.browser.town import Town
from tests.browser.visitor import PASSWORD


def test_one_of_two_maintainers_decides_by_a_key(town: Town) -> None:
    """One with TOTP and without JavaScript, one with a key; the key's voice says that anybody can check it again."""
    noor, ada = town.newcomer("nora"), town.ada
    noor.new_package("two-factors", maintainers=ada.username, expectation=json.dumps(expectation(FORK, "1", "2")))
    noor.page.goto("/packages/two-factors/expectation/propose/")
    noor.page.locator("[name=document]").fill(json.dumps(expectation(REPOSITORY, "772247423", "2314423")))
    noor.page.locator("[name=reason]").fill("We moved.")
    noor.page.locator("form", has=noor.page.locator("[name=document]")).get_by_role("button", name="Propose").click()
    address = noor.page.url.removeprefix(town.registry.url)
    noor.approve()

    ada.page.goto(address)
    digest = noor.page.locator("#decide ~ p code.digest").inner_text()
    expect(ada.page.locator("#decide ~ p code.digest")).to_have_text(digest)
    ada.look("decide-by-key")
    ada.page.get_by_role("button", name="Agree with a security key").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("main")).to_contain_text("Two people agreed; it came into force.")
    expect(ada.page.locator("main")).to_contain_text("anybody can check it again")
    assert ada.violations + noor.violations == []
    told = town.registry.manage("verify_audit")
    assert " by security keys, whose assertions were checked again." in told
    assert "Nothing is wrong." in told


def test_signing_in_and_showing_who_changes_the_factors(town: Town) -> None:
    """As the second step, and alone; then removing the key, which takes the password and the key's answer."""
    ada = KeyHolder(town.chromium, town.registry, "adele")
    ada.add()
    ada.give_password()
    ada.look("account-without-factor")
    ada.page.get_by_role("link", name="Add a security key").click()
    ada.look("key-add")
    ada.page.goto("/account/")
    ada.enrol()
    ada.look("recovery-codes")
    ada.page.goto("/account/")
    ada.look("account-with-key")
    ada.leave()
    ada.give_password()
    ada.look("sign-in-second-step")
    ada.page.get_by_role("button", name="Use your security key").click()
    expect(ada.page.locator("h1")).to_have_text("adele")
    ada.leave()
    ada.page.goto("/accounts/login/")
    ada.page.get_by_role("link", name="Use a passkey").click()
    ada.look("sign-in-passkey")
    ada.page.get_by_role("button", name="Use a passkey").click()
    expect(ada.page.locator("h1")).to_have_text("adele")
    ada.page.get_by_role("link", name="Remove the key laptop").click()
    ada.look("key-remove")
    ada.page.get_by_label("Your password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Remove key").click()
    expect(ada.page.locator("main")).to_contain_text("or use a security key that you have already")
    ada.page.get_by_label("Your password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Use a security key that you have").click()
    expect(ada.page.locator("[data-webauthn-status]")).to_have_text("Your key answered.")
    ada.page.get_by_role("button", name="Remove key").click()
    expect(ada.page.locator("main")).to_contain_text("None yet")
    assert ada.violations == []
