"""A person with a security key at a real browser: the key is virtual, its signatures are real."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from demo.serving import Registry
from tests.browser.visitor import PASSWORD, Person

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class KeyHolder(Person):
    """A person with a browser at localhost, where keys work, and a key in it."""

    def __init__(self, chromium: Browser, registry: Registry, username: str) -> None:
        base = registry.url.replace("127.0.0.1", "localhost")
        super().__init__(chromium, registry, username, base=base, scripts=True)
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    def enrol(self) -> None:
        """Add the key on the account's page, by keyboard alone."""
        self.page.get_by_role("link", name="Add a security key").click()
        self.page.get_by_label("Your password").fill(PASSWORD)
        self.page.get_by_label("Name of the key").fill("laptop")
        self.page.get_by_role("button", name="Add the new key").focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("ul.codes")).to_be_visible()

    def set_password(self, link: str) -> None:
        """Follow the one-time link that the operator handed over, and sign in."""
        self.page.goto(link.replace("127.0.0.1", "localhost"))
        for field in self.page.locator("[type=password]").all():
            field.fill(PASSWORD)
        self.page.locator("main form").get_by_role("button").click()
        self.give_password()

    def propose(self) -> str:
        """Send the form that proposes, give a reason, and return the address of the proposal."""
        form = self.page.locator("form", has=self.page.locator("[name=reason]"))
        form.locator("[name=reason]").fill("It has to be.")
        with self.page.expect_navigation():
            form.get_by_role("button", name="Propose").click()
        assert "/proposals/" in self.page.url, self.page.locator("main").inner_text()
        return self.page.url

    def decide(self, word: str = "Agree") -> None:
        """Give a voice on the proposal that is on the screen."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=f"{word} with a security key").click()
