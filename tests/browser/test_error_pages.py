"""Every page that says no, and the page that confirms an address: looked at in both widths, and by axe-core."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import expect

from tests.browser.maintainer import Maintainer
from tests.browser.town import Town
from tests.browser.visitor import PASSWORD, Visitor, barriers

TOO_MANY_FIELDS = """form => {
  form.insertAdjacentHTML('beforeend', '<input type="hidden" name="more" value="x">'.repeat(2000));
  form.submit();
}"""
"""Sends a form with more fields than are taken."""


@pytest.fixture
def visitor(town: Town) -> Visitor:
    """Somebody at the page to sign in."""
    town.visitor.leave()
    town.visitor.page.goto("/accounts/login/")
    return town.visitor


def sees(visitor: Visitor, code: str, heading: str) -> None:
    """Require that the page is the error's, that nothing keeps anybody out of it, and that it leads on."""
    expect(visitor.page.locator(".error-page__code")).to_have_text(code)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(visitor.page.get_by_role("link", name="All packages")).to_be_visible()
    assert barriers(visitor.page) == []


def test_what_cannot_be_read(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator("main form").evaluate(TOO_MANY_FIELDS)
    sees(visitor, "400", "This request cannot be read")
    visitor.look("error-400")


def test_a_form_whose_cookie_is_gone(visitor: Visitor) -> None:
    visitor.page.get_by_label("Username").fill("ada")
    visitor.page.get_by_label("Password").fill("x")
    visitor.leave()
    visitor.page.get_by_role("button", name="Sign in").click()
    sees(visitor, "403", "This form has gone stale")
    visitor.look("error-403-stale")


def test_an_address_that_only_takes_forms(visitor: Visitor) -> None:
    """Whoever loads again what a form led to sees a page, not an empty one."""
    visitor.page.goto("/account/tokens/")
    sees(visitor, "405", "Nothing is shown at this address")
    visitor.look("error-405")


def test_nothing_there(visitor: Visitor) -> None:
    visitor.page.goto("/refusals/00000000-0000-0000-0000-000000000000/nothing/")
    sees(visitor, "404", "There is nothing at this address")
    visitor.look("error-404")


@pytest.mark.parametrize(
    ("status", "heading"),
    [(403, "This is not yours to do"), (429, "Too many tries"), (500, "Something failed on our side")],
)
def test_what_this_registry_rarely_says(visitor: Visitor, status: int, heading: str) -> None:
    """The template as Django renders it, sent from the registry's own address: its styles, and its policy on contents."""
    policy = visitor.page.request.get("/").headers["content-security-policy"]
    request = RequestFactory().get("/rarely/")
    request.user = AnonymousUser()
    body = render_to_string(f"{status}.html", request=None if status == 500 else request)
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
    visitor.page.route("**/rarely/", lambda route: route.fulfill(status=status, body=body, headers=headers))
    visitor.page.goto("/rarely/")
    sees(visitor, str(status), heading)
    visitor.look(f"error-{status}")
    assert visitor.violations == []


def test_an_address_is_confirmed_by_its_link(town: Town) -> None:
    """The link of the mail asks whether it is so, is followed once, and says what to do when it is followed again."""
    edda = Maintainer(town.chromium, town.registry, "edda")
    edda.sign_in_and_enrol()
    edda.page.goto("/accounts/address/")
    edda.page.locator("main [type=email]").fill("edda@example.net")
    edda.page.get_by_label("Your password").fill(PASSWORD)
    edda.page.get_by_label("Authenticator code").fill(edda.authenticator.next_code())
    edda.page.get_by_role("button", name="Send the link").click()
    edda.look("address-link-sent")

    visitor = town.visitor
    visitor.leave()
    visitor.page.goto("/demo/mail/")
    link = re.search(r"http://\S+/address/confirm/\S+", visitor.page.locator("main").inner_text())
    assert link is not None
    visitor.page.goto(link[0])
    expect(visitor.page.locator("main")).to_contain_text("Is edda@example.net the address of edda?")
    assert barriers(visitor.page) == []
    visitor.look("address-confirm")
    visitor.page.get_by_role("button", name="Yes, it is").click()
    visitor.look("address-confirmed")
    visitor.page.goto(link[0])
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    assert barriers(visitor.page) == []
    visitor.look("address-link-used")
    edda.page.goto("/account/")
    expect(edda.page.locator("main")).to_contain_text("edda@example.net")
