"""A maintainer with a security key in a real browser, whose authenticator is virtual and whose signatures are real."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.serving import Registry
from demo.story import FORK, REPOSITORY, expectation
from tests.browser.test_two_people import PASSWORD, SCREENSHOTS, WIDTHS, Maintainer

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class KeyHolder:
    """A person with a browser at localhost, where keys work, and a key in it."""

    def __init__(self, chromium: Browser, registry: Registry, username: str) -> None:
        registry.manage(
            "add_person", username, "--email", f"{username}@example.org", "--password-stdin", text=f"{PASSWORD}\n"
        )
        self.username = username
        self.base = registry.url.replace("127.0.0.1", "localhost")
        self.page: Page = chromium.new_context(
            base_url=self.base, viewport={"width": WIDTHS["phone"], "height": 900}
        ).new_page()
        self.violations: list[str] = []
        self.page.on("console", lambda said: self.violations.append(said.text) if said.type == "error" else None)
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    def give_password(self) -> None:
        """Take the first step of signing in."""
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def enrol(self) -> None:
        """Add the key on the account's page, by keyboard alone."""
        self.page.get_by_role("link", name="Add a security key").click()
        self.page.get_by_label("Your password").fill(PASSWORD)
        self.page.get_by_label("Name of the key").fill("laptop")
        self.look("key-add")
        self.page.get_by_role("button", name="Add the new key").focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("ul.codes")).to_be_visible()

    def look(self, name: str) -> None:
        """Take the page at both widths, and leave it at the phone's."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for label, width in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{label}.png", full_page=True)

    def leave(self) -> None:
        """Sign out, the hard way."""
        self.page.context.clear_cookies()


@pytest.fixture
def ada(chromium: Browser, registry: Registry) -> KeyHolder:
    """Ada, who has added a key."""
    ada = KeyHolder(chromium, registry, "ada")
    ada.give_password()
    ada.enrol()
    return ada


def test_one_of_two_maintainers_decides_by_a_key(chromium: Browser, registry: Registry, ada: KeyHolder) -> None:
    """One with TOTP and without JavaScript, one with a key; the key's voice says that anybody can check it again."""
    noor = Maintainer(chromium, registry, "noor")
    noor.sign_in_and_enrol()
    noor.page.goto("/packages/new/?name=widget")
    noor.page.locator("[name=maintainers]").fill("ada")
    noor.page.locator("[name=expectation]").fill(json.dumps(expectation(FORK, "1", "2")))
    noor.page.locator("form", has=noor.page.locator("[name=maintainers]")).get_by_role("button").click()
    noor.page.goto("/packages/widget/expectation/propose/")
    noor.page.locator("[name=document]").fill(json.dumps(expectation(REPOSITORY, "772247423", "2314423")))
    noor.page.locator("[name=reason]").fill("We moved.")
    noor.page.locator("form", has=noor.page.locator("[name=document]")).get_by_role("button").click()
    address = noor.page.url.removeprefix(registry.url)
    noor.approve()

    ada.page.goto(address)
    digest = noor.page.locator("#decide ~ p code.digest").inner_text()
    expect(ada.page.locator("#decide ~ p code.digest")).to_have_text(digest)
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"]
    ada.look("decide-by-key")
    ada.page.get_by_role("button", name="Agree with a security key").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("main")).to_contain_text("Two people agreed; it came into force.")
    expect(ada.page.locator("main")).to_contain_text("anybody can check it again")
    assert ada.violations + noor.violations == []
    told = registry.manage("verify_audit")
    assert "1 decision by security keys, whose assertions were checked again." in told
    assert "Nothing is wrong." in told


def test_signing_in_and_showing_who_changes_the_factors(ada: KeyHolder) -> None:
    """As the second step, and alone; then removing the key, which takes the password and the key's answer."""
    ada.page.goto("/account/")
    ada.look("account-with-key")
    ada.leave()
    ada.give_password()
    ada.page.get_by_role("button", name="Use your security key").click()
    expect(ada.page.locator("h1")).to_have_text("ada")
    ada.leave()
    ada.page.goto("/accounts/login/")
    ada.page.get_by_role("link", name="Use a passkey").click()
    ada.page.get_by_role("button", name="Use a passkey").click()
    expect(ada.page.locator("h1")).to_have_text("ada")
    ada.page.get_by_role("link", name="Remove the key laptop").click()
    ada.page.get_by_label("Your password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Remove key").click()
    expect(ada.page.locator("main")).to_contain_text("or use a security key that you have already")
    ada.page.get_by_label("Your password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Use a security key that you have").click()
    expect(ada.page.locator("[data-webauthn-status]")).to_have_text("Your key answered.")
    ada.page.get_by_role("button", name="Remove key").click()
    expect(ada.page.locator("main")).to_contain_text("None yet")
    assert ada.violations == []
