"""Two maintainers in two browsers, without JavaScript, at phone and desktop width."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.clients import twine_upload
from demo.real_input import FIRST, RealInput
from demo.story import FORK, REPOSITORY, SECOND_NAME, expectation
from tests.browser.town import Town
from tests.browser.visitor import Visitor, barriers
from tests.support.evidence import real_input


@pytest.fixture
def real(tmp_path: Path) -> RealInput:
    """The real distributions and attestations."""
    return real_input(tmp_path / "input")


def test_a_refused_upload_becomes_an_agreed_change(town: Town, real: RealInput) -> None:
    """From a name bound to a fork, over a refused upload, to a change that two people agree to; then the upload passes."""
    noor, maya, url = town.newcomer("nele"), town.newcomer("mara"), town.registry.url
    token = noor.new_token()
    noor.look("token-created")

    noor.page.goto(f"/packages/new/?name={SECOND_NAME}")
    noor.page.locator("[name=maintainers]").fill("mara")
    noor.page.get_by_text("Set the first expectation yourself").click()
    noor.page.locator("[name=expectation]").fill(json.dumps(expectation(FORK, "1", "2")))
    noor.look("package-new")
    noor.page.locator("form", has=noor.page.locator("[name=maintainers]")).get_by_role("button").click()
    expect(noor.page.locator("main")).to_contain_text("set by one person, not yet confirmed")
    assert "parameter-unexpected" in twine_upload(real.second(), url=url, token=token).line
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
    assert "parameter-unexpected" in twine_upload(real.second(), url=url, token=token).line

    maya.page.goto("/waiting/")
    expect(maya.page.locator("header")).to_contain_text("1 for you")
    maya.look("waiting")
    maya.page.goto(address)
    expect(maya.page.locator("main")).to_contain_text("nele")
    expect(maya.page.locator("main")).to_contain_text("2 refused uploads would have passed.")
    maya.approve()
    maya.look("proposal-agreed")
    told = twine_upload(real.second(), url=url, token=token)
    assert told.code == 0, told.output
    maya.page.goto(f"/packages/{SECOND_NAME}/expectation/")
    expect(maya.page.locator("main")).to_contain_text("agreed by two people")
    maya.look("expectation")
    assert noor.violations + maya.violations == []


def test_a_visitor_reads_how_a_file_was_built(town: Town, real: RealInput) -> None:
    """Package and file pages are public and tell the provenance in words, level and checks, on a phone too."""
    noor, visitor = town.noor, Visitor(town.chromium, town.registry.url, scripts=True)
    token = noor.new_token()
    noor.new_package("pypi-attestations", maintainers=town.maya.username)
    assert twine_upload(real.first(), url=town.registry.url, token=token).code == 0
    for path, name in [
        ("/packages/", "packages"),
        ("/packages/pypi-attestations/", "package"),
        ("/packages/pypi-attestations/expectation/", "expectation-first-use"),
        (f"/packages/pypi-attestations/0.0.19/{FIRST}", "file"),
    ]:
        visitor.page.goto(path)
        visitor.look(name)
        assert barriers(visitor.page) == []
    for word in ("SLSA build level 2", "trailofbits/pypi-attestations", "refs/tags/v0.0.19", "Published by"):
        expect(visitor.page.locator("main")).to_contain_text(word)
    noor.page.goto("/packages/pypi-attestations/")
    noor.look("package-maintained")
    assert visitor.violations == []


def test_signing_in_takes_the_second_factor(town: Town) -> None:
    """Once enrolled, the password alone opens nothing: the account's page needs a code, and takes a fresh one."""
    ada = town.newcomer("alma")
    ada.leave()
    ada.give_password()
    code = ada.page.get_by_label("Authenticator code")
    expect(code).to_be_visible()
    ada.page.goto("/account/")
    assert "/accounts/2fa/authenticate/" in ada.page.url
    code.fill(ada.authenticator.next_code())
    ada.page.locator("form", has=code).get_by_role("button").first.click()
    ada.page.goto("/account/")
    expect(ada.page.locator("main")).to_contain_text("Authenticator added")
