"""A newcomer turns a refused upload into an agreed change, without a script and without a word of JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.clients import Told, twine_upload
from demo.real_input import Sending
from demo.serving import Registry
from tests.browser.maintainer import WIDTHS, Maintainer
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import GitHubWorkflow
from tests.support.sigstore_world import SigstoreWorld

SLOW = 20_000
"""Milliseconds that a page may take to come: a key press does not wait for it."""

QUESTIONS = "/packages/widget/expectation/questions/"


class Project:
    """A project whose workflow builds in the simulated world, and uploads by twine."""

    def __init__(self, world: SigstoreWorld, registry: Registry, token: str, folder: Path) -> None:
        self.world, self.registry, self.token, self.folder = world, registry, token, folder

    def release(self, version: str, **run: Any) -> Told:
        """Build, attest and upload a version."""
        filename, content = sdist("widget", version)
        identity = GitHubWorkflow(ref=f"refs/tags/v{version}", **run)
        at = datetime.now(UTC) - timedelta(minutes=10)
        statement = statements.github_provenance(identity, [statements.subject(filename, content)])
        credential = self.world.issue(identity.san, identity.claims(), at=at)
        attestation = self.world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))
        file = self.folder / filename
        beside = self.folder / f"{filename}.slsa.attestation"
        file.write_bytes(content)
        beside.write_text(json.dumps(attestation))
        return twine_upload(Sending(file, (beside,)), url=self.registry.url, token=self.token)


@pytest.fixture
def people(chromium: Browser, registry: Registry) -> tuple[Maintainer, Maintainer]:
    """Two maintainers of widget, each with an authenticator."""
    noor, maya = (Maintainer(chromium, registry, name) for name in ("noor", "maya"))
    for person in (noor, maya):
        person.sign_in_and_enrol()
    return noor, maya


@pytest.fixture
def project(people: tuple[Maintainer, Maintainer], registry: Registry, world: SigstoreWorld, tmp_path: Path) -> Project:
    """The project widget, whose first upload has pinned its promise."""
    noor, _ = people
    token = noor.new_token()
    noor.page.goto("/packages/new/?name=widget")
    noor.page.locator("[name=maintainers]").fill("maya")
    noor.page.locator("form", has=noor.page.locator("[name=maintainers]")).get_by_role("button").click()
    folder = tmp_path / "project"
    folder.mkdir()
    found = Project(world, registry, token, folder)
    told = found.release("1.0")
    assert told.code == 0, told.output
    return found


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_a_newcomer_turns_a_refusal_into_a_change(people: tuple[Maintainer, Maintainer], project: Project) -> None:
    """From the link in the refusal to a change in force: five pages, and nothing typed but the reason and the codes."""
    noor, maya = people
    told = project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release")
    assert told.code != 0
    link = next(word for word in told.line.split() if "/refusals/" in word).rstrip(".")
    noor.page.goto(link)
    noor.page.get_by_role("link", name="Start a proposal from this upload").click()
    expect(noor.page.get_by_label("Workflow file")).to_have_value("publish.yml")
    expect(noor.page.get_by_label("release: a release was published")).to_be_checked()
    noor.look("guided-questions")
    noor.page.get_by_role("button", name="Look at it").last.click()
    expect(noor.page.locator("main")).to_contain_text("workflow publish.yml, from tags v{version}, at level 2 or more")
    noor.look("guided-look")
    noor.page.get_by_label("Reason").fill("The workflow has a new name, and starts when the release is published.")
    noor.page.get_by_role("button", name="Propose").click()
    address = noor.page.url
    assert "/proposals/" in address
    noor.approve()
    assert project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release").code != 0

    maya.page.goto(address)
    maya.approve()
    told = project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release")
    assert told.code == 0, told.output
    maya.page.goto("/packages/widget/expectation/")
    expect(maya.page.locator("main")).to_contain_text(
        "Built by GitHub Actions from example/widget, workflow publish.yml, from tags v{version}, at level 2 or more."
    )
    maya.page.goto("/packages/widget/refusals/")
    maya.page.locator("summary").first.click()
    maya.look("refusals")
    assert noor.violations + maya.violations == []


def test_the_form_is_walked_by_keyboard_alone(people: tuple[Maintainer, Maintainer], project: Project) -> None:
    """Every question and button is reached by Tab in the order of the page, and Enter in a field looks at it."""
    noor, _ = people
    page = noor.page
    page.goto(QUESTIONS)
    tab_to(page, "#id_r0-workflow")
    page.keyboard.press("Control+A")
    page.keyboard.type("nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("ends in .yml or .yaml", timeout=SLOW)
    noor.look("guided-problem")
    tab_to(page, "[href='#id_r0-workflow']")
    page.keyboard.press("Enter")
    expect(page.locator("#id_r0-workflow")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("publish.yml")
    tab_to(page, "[name=r0-triggers][value=release]")
    page.keyboard.press("Space")
    tab_to(page, "section summary")
    page.keyboard.press("Enter")
    tab_to(page, "#id_r0-environment")
    page.keyboard.type("release")
    tab_to(page, "[value=add]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recipe 2")).to_be_visible(timeout=SLOW)
    noor.look("guided-two-recipes")
    tab_to(page, "[value='remove:1']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recipe 2")).to_be_hidden(timeout=SLOW)
    tab_to(page, "#id_r0-workflow")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("workflow publish.yml", timeout=SLOW)
    tab_to(page, "[name=reason]")
    page.keyboard.type("By keyboard.")
    tab_to(page, "button[value=propose]")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("By keyboard.", timeout=SLOW)
    assert noor.violations == []


def test_confirming_and_closing_for_ever_are_told_apart(
    people: tuple[Maintainer, Maintainer], project: Project, chromium: Browser, registry: Registry
) -> None:
    """A click each, and no page of them is wider than the screen."""
    noor, _ = people
    noor.page.goto("/packages/widget/")
    noor.page.get_by_role("link", name="Confirm as it stands").click()
    expect(noor.page.locator("main")).to_contain_text("it confirms version 1 as it stands")
    noor.look("guided-confirm")
    noor.page.goto("/packages/widget/expectation/")
    noor.page.get_by_role("link", name="Make it immutable").click()
    expect(noor.page.locator("[data-warning=immutable]")).to_contain_text("nobody can change it again")
    noor.look("guided-immutable")
    for width in WIDTHS.values():
        context = chromium.new_context(base_url=registry.url, viewport={"width": width, "height": 900})
        context.add_cookies(noor.page.context.cookies())  # type: ignore[arg-type]  # the same shape, by Playwright's word
        page = context.new_page()
        for path in (QUESTIONS, f"{QUESTIONS}?immutable", f"{QUESTIONS}?confirm", "/packages/widget/refusals/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
