"""A maintainer at a browser: signs in, adds an authenticator, makes tokens and packages, proposes and decides."""

from __future__ import annotations

import json
import re
from typing import Any

from demo.authenticator import Authenticator
from demo.browser import Browser, Page

SECRET = re.compile(r'<code class="secret"[^>]*>([^<]+)</code>')


class PageUnexpected(Exception):
    """A page did not lead where it should; the message says what it told."""


class Maintainer:
    """One person with one account, in one browser session."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self.username, self.password = username, password
        self.browser = Browser(base)
        self._authenticator: Authenticator | None = None

    @property
    def authenticator(self) -> Authenticator:
        """The enrolled authenticator."""
        assert self._authenticator is not None
        return self._authenticator

    def sign_in(self) -> None:
        """Sign in with the password; no second factor is enrolled yet. Raises PageUnexpected."""
        page = self.browser.get("/accounts/login/")
        done = self.browser.submit(page, page.form("/login/"), login=self.username, password=self.password)
        _require(done, "/account/")

    def add_authenticator(self) -> None:
        """Enrol a new TOTP secret. Raises PageUnexpected."""
        page = self.browser.get("/accounts/2fa/totp/activate/")
        self._authenticator = Authenticator(_shown_secret(page))
        code = self._authenticator.next_code()
        done = self.browser.submit(page, page.form("/totp/activate/"), password=self.password, code=code)
        if "/totp/activate/" in done.url:
            raise PageUnexpected(done.words)

    def make_token(self, name: str) -> str:
        """Make an API token for all packages of the account; return its secret."""
        page = self.browser.get("/account/")
        return _shown_secret(self.browser.submit(page, page.form("/account/tokens/"), name=name, days="30"))

    def create_package(self, name: str, *, with_maintainer: str, expectation: Any = None) -> Page:
        """Create a package name with a second maintainer, perhaps bound to an explicit expectation beforehand."""
        page = self.browser.get(f"/packages/new/?name={name}")
        written = json.dumps(expectation, indent=1) if expectation is not None else ""
        done = self.browser.submit(
            page, page.form("/packages/new/"), name=name, maintainers=with_maintainer, expectation=written
        )
        _require(done, f"/packages/{name}/")
        return done

    def add_robot(self, package: str, robot: str) -> str:
        """Make a robot that uploads to the package; return its token."""
        page = self.browser.get(f"/packages/{package}/")
        return _shown_secret(self.browser.submit(page, page.form("/robots/"), username=robot))

    def propose(self, package: str, document: Any, *, reason: str) -> Page:
        """Propose a new expectation; return the proposal's page."""
        page = self.browser.get(f"/packages/{package}/expectation/propose/")
        written = json.dumps(document, indent=1)
        done = self.browser.submit(page, page.form("/propose/"), document=written, reason=reason, do="propose")
        _require(done, "/proposals/")
        return done

    def approve(self, proposal: str) -> Page:
        """Agree to exactly what the proposal's page shows, with a fresh authenticator code; return the page after it."""
        page = self.browser.get(proposal)
        return self.browser.submit(page, page.form_with(voice="approve"), code=self.authenticator.next_code())


def _shown_secret(page: Page) -> str:
    found = SECRET.search(page.source)
    if found is None:
        raise PageUnexpected(f"{page.url} ({page.status}) shows no secret: {page.words[:400]}")
    return found.group(1).strip()


def _require(page: Page, ending: str) -> None:
    if ending not in page.url or page.status != 200:
        raise PageUnexpected(f"{page.url} ({page.status}): {page.words[:600]}")
