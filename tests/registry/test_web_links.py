"""Every link of every page: none leads to nothing, and no page says an id twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

from expectations import actions, trusted
from expectations.documents import PackageState
from registry import roles
from registry.models import File, Release
from tests.support.agreement import agree, roster, steward
from tests.support.people import Somebody
from tests.support.rows import new_account
from tests.support.uploader import Uploader
from tests.support.voices import FACTOR
from verification.canonical import JsonValue

pytestmark = pytest.mark.django_db

DELETED: JsonValue = {"schema": 1, "deleted": True}
PROGRAMS = ("/files/", "/integrity/", "/simple/", "/api/", "/schemas/")
"""What is no page, and has links of its own kind; each is asked for, and not read."""


class Links(HTMLParser):
    """The addresses that a page leads to, and its ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag names."""
        given = {name: value or "" for name, value in attrs}
        self.addresses += [given[name] for name in ("href", "src") if given.get(name)]
        self.ids += [given["id"]] if "id" in given else []


@pytest.fixture
def maintainer(uploader: Uploader) -> Somebody:
    """One of the two maintainers of a package that most of what there is happened to."""
    ada, stella = uploader.account, steward()
    package = uploader.package
    for version in ("1.0", "1.1", "1.2"):
        assert uploader.publish(version).status_code == 200
    assert uploader.publish("2.0", workflow=".github/workflows/publish.yml").status_code == 400
    assert uploader.send("widget-3.0.tar.gz", b"no archive", []).status_code == 400
    uploader.send("gadget-1.0.tar.gz", b"no archive", [], name="gadget")
    first, second, third = (Release.objects.get(package=package, version=each) for each in ("1.0", "1.1", "1.2"))
    agree(trusted.deletion_of(first, package), DELETED, by=[ada, stella])
    actions.propose(
        trusted.deletion_of(File.objects.get(release=second), package), content=DELETED, reason="Why.", by=ada
    )
    changed = {
        **roster(package),
        "members": {**roster(package)["members"], str(new_account("bea").person_id): "maintainer"},
    }
    actions.propose(trusted.roster_of(package), content=changed, reason="Why.", by=ada)
    actions.close_package(package, state=PackageState.FROZEN, note="Why.", by=ada, factor=FACTOR)
    roles.project(package)
    assert third.deleted_at is None
    return Somebody(ada)


def signed_out(_maintainer: Somebody) -> Client:
    """Nobody in particular."""
    return Client()


def a_maintainer(maintainer: Somebody) -> Client:
    """The maintainer."""
    return maintainer.browser()


def a_steward(_maintainer: Somebody) -> Client:
    """A steward."""
    return Somebody(steward()).browser()


def a_stranger(_maintainer: Somebody) -> Client:
    """Somebody without a role, or a second factor."""
    browser = Client()
    browser.force_login(new_account("eve"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.mark.parametrize("who", [signed_out, a_maintainer, a_steward, a_stranger])
def test_no_link_leads_to_nothing(maintainer: Somebody, who: Callable[[Somebody], Client]) -> None:
    """From the first page on, whatever a page offers its reader is there, and within a page too."""
    browser, seen, wrong = who(maintainer), {"/"}, []
    todo = [("/", "")]
    while todo:
        address, before = todo.pop()
        response: Any = browser.get(address, follow=True)
        if response.status_code not in (200, 403):
            wrong.append(f"{before} leads to {address}, which answers {response.status_code}")
        if address.startswith(PROGRAMS) or "text/html" not in response.headers["Content-Type"]:
            continue
        page = Links(response.content.decode())
        at = response.redirect_chain[-1][0] if response.redirect_chain else address
        wrong += [f"{at} has the id {each} twice" for each in set(page.ids) if page.ids.count(each) > 1]
        for link in page.addresses:
            target, within = urldefrag(urljoin(at, link))
            if not target or target == urldefrag(at)[0]:
                wrong += [f"{at} has no {within}"] if within and within not in page.ids else []
            elif not urlsplit(target).netloc and target not in seen and not re.match(r"data:|mailto:", target):
                seen.add(target)
                todo.append((target, at))
    assert wrong == []
    assert len(seen) > 30
