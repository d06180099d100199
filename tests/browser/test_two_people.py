"""Two maintainers in two browsers, without JavaScript, at phone and desktop width."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from demo.clients import twine_upload
from demo.real_input import FIRST, RealInput
from demo.serving import Registry
from demo.story import FORK, REPOSITORY, SECOND_NAME, expectation
from tests.browser.maintainer import PASSWORD, WIDTHS, Maintainer
from tests.support.evidence import real_input


@pytest.fixture
def real(tmp_path: Path) -> RealInput:
    """The real distributions and attestations."""
    return real_input(tmp_path / "input")


def test_a_refused_upload_becomes_an_agreed_change(chromium: Browser, registry: Registry, real: RealInput) -> None:
    """From a name bound to a fork, over a refused upload, to a change that two people agree to; then the upload passes."""
    noor, maya = (Maintainer(chromium, registry, name) for name in ("noor", "maya"))
    for person in (noor, maya):
        person.sign_in_and_enrol()
    token = noor.new_token()

    noor.page.goto(f"/packages/new/?name={SECOND_NAME}")
    noor.page.locator("[name=maintainers]").fill("maya")
    noor.page.locator("[name=expectation]").fill(json.dumps(expectation(FORK, "1", "2")))
    noor.look("package-new")
    noor.page.locator("form", has=noor.page.locator("[name=maintainers]")).get_by_role("button").click()
    expect(noor.page.locator("main")).to_contain_text("set by one person, not yet confirmed")
    assert "parameter-unexpected" in twine_upload(real.second(), url=registry.url, token=token).line
    noor.page.reload()
    noor.look("package-with-refusal")
    noor.page.locator("a[href*='/refusals/']").first.click()
    expect(noor.page.locator("main")).to_contain_text(REPOSITORY)
    noor.look("refusal")

    noor.page.goto(f"/packages/{SECOND_NAME}/expectation/propose/")
    mended = expectation(REPOSITORY, "772247423", "2314423")
    noor.page.locator("[name=document]").fill(json.dumps(mended, indent=1))
    noor.page.locator("[name=reason]").fill("We release from trailofbits.")
    noor.look("propose")
    form = noor.page.locator("form", has=noor.page.locator("[name=document]"))
    with noor.page.expect_navigation():
        form.get_by_role("button", name="Propose").click()
    address = noor.page.url
    noor.look("proposal")
    noor.approve()
    assert "parameter-unexpected" in twine_upload(real.second(), url=registry.url, token=token).line

    maya.page.goto("/waiting/")
    expect(maya.page.locator("header")).to_contain_text("1 for you")
    maya.look("waiting")
    maya.page.goto(address)
    expect(maya.page.locator("main")).to_contain_text("noor")
    expect(maya.page.locator("main")).to_contain_text("2 refused uploads would have passed.")
    maya.approve()
    maya.look("proposal-agreed")
    told = twine_upload(real.second(), url=registry.url, token=token)
    assert told.code == 0, told.output
    maya.page.goto(f"/packages/{SECOND_NAME}/expectation/")
    expect(maya.page.locator("main")).to_contain_text("agreed by two people")
    maya.look("expectation")
    assert noor.violations + maya.violations == []


def test_a_visitor_reads_how_a_file_was_built(chromium: Browser, registry: Registry, real: RealInput) -> None:
    """Package and file pages are public and tell the provenance in words, level and checks, on a phone too."""
    noor, maya = (Maintainer(chromium, registry, name) for name in ("noor", "maya"))
    noor.sign_in_and_enrol()
    token = noor.new_token()
    noor.page.goto("/packages/new/?name=pypi-attestations")
    noor.page.locator("form", has=noor.page.locator("[name=maintainers]")).get_by_role("button").click()
    assert twine_upload(real.first(), url=registry.url, token=token).code == 0
    for path, name in [
        ("/packages/", "packages"),
        ("/packages/pypi-attestations/", "package"),
        (f"/packages/pypi-attestations/0.0.19/{FIRST}", "file"),
        ("/packages/pypi-attestations/expectation/", "expectation-first-use"),
        ("/audit/", "audit"),
        ("/registry/", "registry"),
        ("/registry/roots/", "roots"),
        ("/registry/policy/", "policy"),
        ("/registry/stewards/", "stewards"),
        ("/accounts/login/", "sign-in"),
    ]:
        maya.page.goto(path)
        maya.look(name)
    for path, name in [
        ("/packages/pypi-attestations/maintainers/", "maintainers"),
        ("/packages/pypi-attestations/state/", "state"),
        ("/packages/pypi-attestations/deletion/", "deletion"),
    ]:
        noor.page.goto(path)
        noor.look(name)
    maya.page.goto(f"/packages/pypi-attestations/0.0.19/{FIRST}")
    for word in ("SLSA build level 2", "trailofbits/pypi-attestations", "refs/tags/v0.0.19", "Published by"):
        expect(maya.page.locator("main")).to_contain_text(word)
    assert maya.violations == []


@pytest.mark.parametrize("width", WIDTHS.values())
def test_no_page_is_cut_off_at_the_side(chromium: Browser, registry: Registry, real: RealInput, width: int) -> None:
    """Readable on a phone: no page is wider than the screen, for all its digests and documents."""
    ada = Maintainer(chromium, registry, "ada")
    ada.sign_in_and_enrol()
    token = ada.new_token()
    ada.page.goto("/packages/new/?name=pypi-attestations")
    ada.page.locator("form", has=ada.page.locator("[name=maintainers]")).get_by_role("button").click()
    assert twine_upload(real.first(), url=registry.url, token=token).code == 0
    measuring = chromium.new_context(base_url=registry.url, viewport={"width": width, "height": 900})
    measuring.add_cookies(ada.page.context.cookies())  # type: ignore[arg-type]  # the same shape, by Playwright's word
    page = measuring.new_page()
    for path in (
        "/packages/",
        "/packages/new/",
        "/packages/pypi-attestations/",
        f"/packages/pypi-attestations/0.0.19/{FIRST}",
        "/packages/pypi-attestations/expectation/",
        "/packages/pypi-attestations/expectation/propose/",
        "/packages/pypi-attestations/maintainers/",
        "/packages/pypi-attestations/state/",
        "/packages/pypi-attestations/deletion/",
        "/registry/",
        "/registry/roots/",
        "/registry/policy/",
        "/registry/stewards/",
        "/waiting/",
        "/packages/pypi-attestations/expectation/questions/",
        "/packages/pypi-attestations/expectation/questions/?immutable",
        "/account/",
        "/audit/",
        "/audit/?package=pypi-attestations",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_signing_in_takes_the_second_factor(chromium: Browser, registry: Registry) -> None:
    """Once enrolled, the password alone opens nothing: the account's page needs a code, and takes a fresh one."""
    ada = Maintainer(chromium, registry, "ada")
    ada.sign_in_and_enrol()
    ada.page.context.clear_cookies()
    ada.page.goto("/accounts/login/")
    ada.page.get_by_label("Username").fill(ada.username)
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Sign in").click()
    code = ada.page.get_by_label("Authenticator code")
    expect(code).to_be_visible()
    ada.page.goto("/account/")
    assert "/accounts/2fa/authenticate/" in ada.page.url
    code.fill(ada.authenticator.next_code())
    ada.page.locator("form", has=code).get_by_role("button").first.click()
    ada.page.goto("/account/")
    expect(ada.page.locator("main")).to_contain_text("Authenticator added")
