"""Stewards look after names: who made which and when, what became of it, and which ones nobody may make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from registry.models import Account, Package, Refusal
from registry.tokens import create_token
from tests.support.agreement import KEY, agree, steward
from tests.support.distributions import sdist
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_account, new_package
from tests.support.stewards import STEWARDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown() -> Callable[..., str]:
    """What a steward is shown for a query."""
    browser = Somebody(steward()).browser()

    def of(**query: str) -> str:
        response: Any = browser.get("/registry/names/", query)
        assert response.status_code == 200
        return str(response.content.decode())

    return of


def listed(page: str) -> list[str]:
    """Return the names in the list, in its order."""
    return re.findall(r'<th scope="row"><a href="/packages/([^/]+)/">', page)


def test_who_made_which_and_when(shown: Callable[..., str]) -> None:
    """The newest first, each with its creator, whose page is a click away."""
    for name in ("lantern", "Compass.Rose"):
        new_package(name)
    page = shown()
    assert listed(page) == ["compass-rose", "lantern"]
    made_by = Package.objects.get(name="lantern").created_by_id
    assert f'<a href="/registry/persons/{made_by}/">owner-of-lantern</a>' in page
    assert page.count("none yet</td>") == 2


def test_the_next_page_is_of_the_same_question(shown: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was looked for goes along; the newest come first, so the next ones are older."""
    monkeypatch.setattr("registry.web.name_register.NAMES_A_PAGE", 1)
    for name in ("lantern", "lantern-two", "compass"):
        new_package(name)
    first, second = (shown(q="lantern", state="active", page=number) for number in ("1", "2"))
    assert 'href="?q=lantern&amp;state=active&amp;page=2">Older</a>' in first
    assert 'href="?q=lantern&amp;state=active&amp;page=1">Newer</a>' in second
    assert sorted(listed(first) + listed(second)) == ["lantern", "lantern-two"]


@pytest.mark.parametrize("query", ["compass_r", "COMPASS", "owner-of-compass", "c0mpass.r0se"])
def test_found_by_name_by_creator_and_by_look(query: str, shown: Callable[..., str]) -> None:
    """In any spelling; also by a name that people would mix it up with."""
    for name in ("compass-rose", "lantern"):
        new_package(name)
    assert listed(shown(q=query)) == ["compass-rose"]


@pytest.mark.parametrize("query", ["%", "a\0b", "é", "x" * 300, "<b>"])
def test_odd_queries_find_nothing(query: str, shown: Callable[..., str]) -> None:
    """And break nothing."""
    new_package("lantern")
    page = shown(q=query, state="nonsense", page="x")
    assert listed(page) == []
    assert "Nobody can create" in page or "is free" in page
    assert "<b>" not in page


def test_found_by_state(shown: Callable[..., str]) -> None:
    """A package's own state, or that of its files."""
    owner = new_account("owner")
    new_package("empty", owner=owner)
    actions.close_package(
        new_package("cold", owner=owner), state=PackageState.FROZEN, note="Leaked.", by=owner, factor=KEY, number=1
    )
    assert listed(shown(state="frozen")) == ["cold"]
    assert listed(shown(state="active")) == ["empty"]
    assert listed(shown(state="archived")) == []
    assert listed(shown(state="frozen", q="empty")) == []


def test_a_name_outlives_its_files(shown: Callable[..., str], signing: Signing) -> None:
    """Names survive deletion (trust rules, "Releases" 2): the page finds those that have nothing else left."""
    package = new_package("widget")
    new_package("empty")
    filename, content = sdist("widget", "1.0")
    file = accept(package, filename, content, [signing.provenance(filename, content)], roots=signing.roots)
    assert listed(shown(state="no-file")) == ["empty"]
    assert listed(shown(state="all-deleted")) == []

    owner = Account.objects.get(username="owner-of-widget")
    about = trusted.deletion_of(file, package)
    assert agree(about, {"schema": 1, "deleted": True}, by=[owner, steward()])
    page = shown(state="all-deleted")
    assert listed(page) == ["widget"]
    assert "its one file deleted" in page


def test_why_a_name_cannot_be_made(shown: Callable[..., str]) -> None:
    """As whoever tried would be told: taken, alike, prohibited, alike what is prohibited, Python's own; or that it is free."""
    new_package("lantern")
    policy = {**json.loads(queries.active_policy_version().document), "prohibited_names": ["acme-internal"]}
    assert agree(trusted.policy(), policy, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
    for query, reason in {
        "Lantern": "name-taken",
        "1antern": "name-looks-alike",
        "acme_internal": "name-prohibited",
        "acmeinterna1": "name-prohibited",
        "tomllib": "name-of-standard-library",
        "new": "name-taken",
        "not a name": "name-invalid",
    }.items():
        page = shown(q=query)
        assert "Nobody can create" in page
        assert f'<span class="badge badge--bad">{reason}</span>' in page, query
    assert "is free" in shown(q="compass")
    assert '<a href="?q=acme-internal">acme-internal</a>' in shown()


def test_names_that_uploads_asked_for(shown: Callable[..., str]) -> None:
    """Counted; one that somebody has made since is no longer among them."""
    uploader = new_account("uploader")
    token, _ = create_token(uploader, name="laptop")
    for claimed in ("missing", "missing", "Made_Since"):
        told = {"claimed_name": claimed, "filename": "x.tar.gz", "reason": "name-unknown", "message": "Wanted."}
        Refusal.objects.create(account=uploader, token=token, **told)
    new_package("made-since")
    page = shown()
    assert '<a href="?q=missing">missing</a> <span class="muted">2 uploads' in page
    assert "Made_Since" not in page


def test_others_are_refused() -> None:
    """Who made which name is for stewards."""
    assert Somebody(new_account("stranger")).browser().get("/registry/names/").status_code == 403
