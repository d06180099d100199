"""A maintainer at a real browser who has an authenticator, and no JavaScript."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from demo.authenticator import Authenticator
from demo.serving import Registry
from tests.browser.visitor import PASSWORD, Person


class Maintainer(Person):
    """A person at a browser of her own, where JavaScript is switched off. The account is added here."""

    def __init__(self, chromium: Browser, registry: Registry, username: str) -> None:
        super().__init__(chromium, registry, username, base=registry.url, scripts=False)
        self.add()

    def sign_in_and_enrol(self) -> None:
        """Sign in with the password and add an authenticator."""
        self.give_password()
        self.page.get_by_role("link", name="Add an authenticator").click()
        self.authenticator = Authenticator(self.page.locator("code.secret").inner_text())
        self.page.get_by_label("Your password").fill(PASSWORD)
        self.page.get_by_label("Authenticator code").fill(self.authenticator.next_code())
        self.page.get_by_role("button", name="Add authenticator").click()
        expect(self.page.locator("ul.codes")).to_be_visible()

    def new_token(self) -> str:
        """Make an API token on the account page."""
        self.page.goto("/account/")
        self.page.get_by_label("Name", exact=False).first.fill("laptop")
        self.page.get_by_role("button", name="token", exact=False).last.click()
        return self.page.locator("code.secret").inner_text()

    def approve(self) -> None:
        """Agree to the proposal that is on the screen."""
        form = self.page.locator("form", has=self.page.locator("[name=voice][value=approve]"))
        form.locator("[name=code]").fill(self.authenticator.next_code())
        with self.page.expect_navigation():
            form.get_by_role("button").click()
