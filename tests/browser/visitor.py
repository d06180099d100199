"""Somebody at a browser, who looks at pages: at both widths, and as an assistive program would."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from demo.serving import Registry

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
PICTURES = os.environ.get("SLUICEGATE_PICTURES", "")
"""The folder that the guide's pictures are written to, by ``make pictures``; no test writes there otherwise."""

WIDTHS = {"desktop": 1280, "phone": 390}
PASSWORD = "correct-horse-battery-1"


class Visitor:
    """A browser of its own. Nothing that its console says against a page is forgotten.

    That a page itself came with an error's status is said there too, and is none: what a refusal shows, each test reads.
    """

    def __init__(self, chromium: Browser, base: str, *, scripts: bool) -> None:
        self.base = base
        self.page: Page = chromium.new_context(
            base_url=base, java_script_enabled=scripts, viewport={"width": WIDTHS["desktop"], "height": 900}
        ).new_page()
        self.violations: list[str] = []
        self._visited: set[str] = set()
        self.page.on("request", lambda sent: self._visited.add(sent.url) if sent.is_navigation_request() else None)
        self.page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        refused = said.text.startswith("Failed to load resource") and said.location["url"] in self._visited
        if said.type == "error" and not refused:
            self.violations.append(said.text)

    def look(self, name: str) -> None:
        """Take the page at both widths, and require that nothing is cut off at the side, and that no id is there twice."""
        ids = self.page.locator("[id]").evaluate_all("found => found.map(each => each.id)")
        assert sorted(ids) == sorted(set(ids)), name
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for label, width in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            shown = self.page.screenshot(path=SCREENSHOTS / f"{name}-{label}.png", full_page=True)
            assert _width(shown) == width, f"{name} is {_width(shown)} wide where the screen is {width}"
        self.page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})

    def leave(self) -> None:
        """Sign out, the hard way."""
        self.page.context.clear_cookies()

    def picture(self, name: str, *, height: int) -> None:
        """Make a picture of the guide: the head of the page as it is on a small desktop screen."""
        if PICTURES:
            self.page.set_viewport_size({"width": 960, "height": height})
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")
            self.page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})


class Person(Visitor):
    """A visitor with an account, and so far with a password alone."""

    def __init__(self, chromium: Browser, registry: Registry, username: str, *, base: str, scripts: bool) -> None:
        super().__init__(chromium, base, scripts=scripts)
        self.registry, self.username = registry, username

    def add(self) -> None:
        """Have the operator add the account."""
        email = f"{self.username}@example.org"
        self.registry.manage("add_person", self.username, "--email", email, "--password-stdin", text=f"{PASSWORD}\n")

    def give_password(self) -> None:
        """Take the first step of signing in."""
        self.page.goto("/accounts/login/")
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def new_package(self, name: str, *, maintainers: str = "", expectation: str = "") -> None:
        """Create a name, perhaps with an expectation (JSON) beforehand."""
        self.page.goto(f"/packages/new/?name={name}")
        self.page.locator("[name=maintainers]").fill(maintainers)
        if expectation:
            self.page.get_by_text("Set the first expectation yourself").click()
            self.page.locator("[name=expectation]").fill(expectation)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Create this name").click()


def barriers(page: Page) -> list[str]:
    """Return what keeps people out of a page, as axe-core finds it: rule, and the first element that breaks it.

    The page has to run scripts, for axe-core is one.
    """
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found]


def _width(png: bytes) -> int:
    return int(struct.unpack(">I", png[16:20])[0])
