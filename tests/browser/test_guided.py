"""A newcomer turns a refused upload into an agreed change, without a script and without a word of JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.project import Project
from tests.browser.town import Town


@pytest.fixture
def project(town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """A project of noor's and maya's, for each test another, whose first upload has pinned its promise."""
    name = f"widget-{request.node.name.split('_')[1]}-{request.node.name.split('_')[-1]}"
    token = town.noor.new_token()
    town.noor.new_package(name, maintainers=town.maya.username)
    found = Project(town, name, token, tmp_path)
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


def test_a_newcomer_turns_a_refusal_into_a_change(town: Town, project: Project) -> None:
    """From the link in the refusal to a change in force: five pages, and nothing typed but the reason and the codes."""
    noor, maya = town.noor, town.maya
    told = project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release")
    assert told.code != 0
    link = next(word for word in told.line.split() if "/refusals/" in word).rstrip(".")
    noor.page.goto(link)
    noor.picture("1-refused", height=430)
    noor.page.get_by_role("link", name="Start a proposal from this upload").click()
    expect(noor.page.get_by_label("Workflow file")).to_have_value("publish.yml")
    expect(noor.page.get_by_label("release: a release was published")).to_be_checked()
    noor.picture("2-questions", height=720)
    noor.look("guided-questions")
    noor.page.get_by_role("button", name="Look at it").last.click()
    expect(noor.page.locator("main")).to_contain_text("workflow publish.yml, from tags v{version}, at level 2 or more")
    noor.picture("3-difference", height=650)
    noor.look("guided-look")
    noor.page.get_by_label("Reason").fill("The workflow has a new name, and starts when the release is published.")
    noor.page.get_by_role("button", name="Propose").click()
    address = noor.page.url
    assert "/proposals/" in address
    expect(noor.page.get_by_role("link", name="your decision")).to_be_visible()
    noor.approve()
    expect(noor.page.get_by_role("link", name="you can still stop it")).to_be_visible()
    assert project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release").code != 0

    maya.page.goto(address)
    maya.picture("4-proposal", height=820)
    maya.page.locator("#decide").scroll_into_view_if_needed()
    maya.picture("5-decide", height=560)
    maya.approve()
    told = project.release("2.0", workflow=".github/workflows/publish.yml", trigger="release")
    assert told.code == 0, told.output
    maya.page.goto(f"{project.page}expectation/")
    expect(maya.page.locator("main")).to_contain_text(
        "Built by GitHub Actions from example/widget, workflow publish.yml, from tags v{version}, at level 2 or more."
    )
    maya.page.goto(f"{project.page}refusals/")
    maya.page.locator("summary").first.click()
    maya.look("refusals")
    assert noor.violations + maya.violations == []


def test_the_form_is_walked_by_keyboard_alone(town: Town, project: Project) -> None:
    """Every question and button is reached by Tab in the order of the page, and Enter in a field looks at it."""
    noor = town.noor
    page = noor.page
    page.goto(project.questions)
    tab_to(page, "#id_r0-workflow")
    page.keyboard.press("Control+A")
    page.keyboard.type("nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("ends in .yml or .yaml")
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
    expect(page.get_by_role("heading", name="Recipe 2")).to_be_visible()
    noor.look("guided-two-recipes")
    tab_to(page, "[value='remove:1']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recipe 2")).to_be_hidden()
    tab_to(page, "#id_r0-workflow")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("workflow publish.yml")
    # Back and forth again: no empty field keeps anybody on a page.
    tab_to(page, "button[value=change]")
    page.keyboard.press("Enter")
    expect(page.locator("#id_r0-workflow")).to_have_value("publish.yml")
    tab_to(page, "button[value=json]")
    page.keyboard.press("Enter")
    expect(page.locator("[name=document]")).to_contain_text("publish.yml")
    tab_to(page, "button[value=look]")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("What it changes of version 1")
    tab_to(page, "[name=reason]")
    page.keyboard.type("By keyboard.")
    tab_to(page, "button[value=propose]")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("By keyboard.")
    assert noor.violations == []


def test_confirming_and_closing_for_ever_are_told_apart(town: Town, project: Project) -> None:
    """A click each."""
    noor = town.noor
    noor.page.goto(project.page)
    noor.page.get_by_role("link", name="Confirm as it stands").click()
    expect(noor.page.locator("main")).to_contain_text("it confirms version 1 as it stands")
    noor.look("guided-confirm")
    noor.page.goto(f"{project.page}expectation/")
    noor.page.get_by_role("link", name="Make it immutable").click()
    expect(noor.page.locator("[data-warning=immutable]")).to_contain_text("nobody can change it again")
    noor.look("guided-immutable")
