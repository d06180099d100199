"""A maintainer at a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from demo.authenticator import Authenticator
from demo.serving import Registry

PASSWORD = "correct-horse-battery-1"
SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
WIDTHS = {"desktop": 1280, "phone": 390}


class Maintainer:
    """A person at a browser of her own, where JavaScript is switched off."""

    def __init__(self, chromium: Browser, registry: Registry, username: str) -> None:
        registry.manage(
            "add_person", username, "--email", f"{username}@example.org", "--password-stdin", text=f"{PASSWORD}\n"
        )
        self.username = username
        self.page: Page = chromium.new_context(
            base_url=registry.url, java_script_enabled=False, viewport={"width": 1280, "height": 900}
        ).new_page()
        self.violations: list[str] = []
        self.page.on("console", lambda said: self.violations.append(said.text) if said.type == "error" else None)

    def sign_in_and_enrol(self) -> None:
        """Sign in with the password and add an authenticator."""
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
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

    def look(self, name: str) -> None:
        """Take the page at both widths, and require that nothing is cut off at the side."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for label, width in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{label}.png", full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})
