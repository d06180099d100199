"""Releases after their first file: yanked and taken back by one maintainer, closed by time, reopened by two people."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client

from expectations import actions, queries, trusted
from expectations.documents import PackageState, parse_status
from expectations.models import AuditLeaf, Proposal
from expectations.refusal import ChangeRefused
from registry import releases, roles
from registry.models import Release
from registry.releases import unyank, yank
from tests.support.agreement import agree, steward
from tests.support.distributions import wheel
from tests.support.people import Somebody
from tests.support.rows import new_account
from tests.support.uploader import Uploader, reason_of
from tests.support.voices import FACTOR
from verification.parameters import DocumentInvalid
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

WHY = 'Breaks on Python 3.14: "see #12" <https://example.org>'


@pytest.fixture
def released(uploader: Uploader) -> Uploader:
    """A maintainer with a release."""
    assert uploader.publish().status_code == 200
    roles.project(uploader.package)
    return uploader


def index(client: Client) -> Any:
    response = client.get("/simple/widget/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    return json.loads(response.content)


def page(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def last_leaf() -> dict[str, Any]:
    leaf: dict[str, Any] = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
    return leaf


# Yanked


def test_one_maintainer_yanks_and_takes_it_back(released: Uploader) -> None:
    """PEP 592: in both forms of the index with the reason, on the pages, and in the audit log; and all of it back again."""
    browser, client = Somebody(released.account).browser(), released.client
    release = Release.objects.get()
    assert index(client)["files"][0]["yanked"] is False
    assert "data-yanked" not in page(client, "/simple/widget/")
    response = browser.post("/packages/widget/releases/yank/", {"release": str(release.pk), "why": WHY}, follow=True)
    assert "1.0 is yanked. One maintainer can take it back." in response.content.decode()
    assert index(client)["files"][0]["yanked"] == WHY
    (attribute,) = re.findall(r'data-yanked="([^"]*)"', client.get("/simple/widget/").content.decode())
    assert html.unescape(attribute) == WHY
    for path in ("/packages/widget/", "/packages/widget/releases/", "/packages/widget/1.0/widget-1.0.tar.gz"):
        assert f"“{WHY}”" in page(client, path)
    leaf = last_leaf()
    assert (leaf["event"], leaf["person"]) == ("release-yanked", str(released.account.person_id))
    assert WHY not in json.dumps(leaf)
    response = browser.post(f"/packages/widget/releases/{release.pk}/unyank/", follow=True)
    assert "1.0 is no longer yanked." in response.content.decode()
    assert index(client)["files"][0]["yanked"] is False
    assert "yanked" not in page(client, "/packages/widget/")
    assert last_leaf()["event"] == "release-unyanked"


def test_a_yanked_release_stays_where_it_is_pinned(released: Uploader) -> None:
    """It is offered as before; the list of packages shows the latest one that is not yanked."""
    assert released.publish("2.0").status_code == 200
    yank(Release.objects.get(version="2.0"), reason="Broken.", by=released.account)
    assert [entry["yanked"] for entry in index(released.client)["files"]] == [False, "Broken."]
    entry = index(released.client)["files"][1]
    assert released.client.get(entry["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200
    listed = page(released.client, "/packages/")
    assert "1.0" in listed
    assert "2.0" not in listed
    unyank(Release.objects.get(version="2.0"), by=released.account)
    assert "2.0" in page(released.client, "/packages/")


def test_a_file_of_a_yanked_release_is_yanked_too(released: Uploader) -> None:
    """A wheel that comes later is of the same release."""
    yank(Release.objects.get(), reason="Broken.", by=released.account)
    filename, content = wheel("widget", "1.0")
    assert released.send(filename, content, [released.attest(filename, content)]).status_code == 200
    assert {entry["yanked"] for entry in index(released.client)["files"]} == {"Broken."}


def test_who_does_not_maintain_it_yanks_nothing(released: Uploader) -> None:
    """Neither a stranger nor a steward, nor a robot; and nobody without the function, whatever SQL they run."""
    release = Release.objects.get()
    for other in (new_account("mallory"), steward()):
        response = (
            Somebody(other).browser().post("/packages/widget/releases/yank/", {"release": str(release.pk), "why": "x"})
        )
        assert (response.status_code, 'data-reason="not-a-maintainer"' in response.content.decode()) == (403, True)
        with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.NOT_A_MAINTAINER):
            unyank(release, by=other)
    robot = type(released.account).objects.create_robot("widget-robot", package=released.package)
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.NOT_A_PERSON):
        yank(release, reason="x", by=robot)
    assert released.client.post("/packages/widget/releases/yank/").status_code == 302
    assert not Release.objects.exclude(yanked_at=None).exists()
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_release SET yanked_at = now()")


@pytest.mark.parametrize("why", ["", " \n ", "a\x1b[2Jb"])
def test_a_yank_has_a_reason(released: Uploader, why: str) -> None:
    """In one printable line: pip prints it."""
    with pytest.raises(ChangeRefused, match="Yanking a release needs a reason, in one line"):
        yank(Release.objects.get(), reason=why, by=released.account)


def test_yanking_twice_is_once(released: Uploader) -> None:
    """The same again leaves no second leaf; what was never yanked cannot be taken back, and nothing says that it was."""
    release, before = Release.objects.get(), AuditLeaf.objects.count()
    unyank(release, by=released.account)
    assert AuditLeaf.objects.count() == before
    yank(release, reason="Broken.", by=released.account)
    yank(release, reason="Broken.", by=released.account)
    assert AuditLeaf.objects.count() == before + 1
    yank(release, reason="Very broken.", by=released.account)
    assert release.yank_reason == "Very broken."


def test_a_deleted_release_is_not_yanked(released: Uploader) -> None:
    """There is nothing left to choose."""
    release = Release.objects.get()
    about = trusted.deletion_of(release, released.package)
    assert agree(about, {"schema": 1, "deleted": True}, by=[released.account, steward()]) is not None
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.RELEASE_DELETED):
        yank(release, reason="x", by=released.account)


# Closed by time


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let releases believe that it is some days later."""
    at = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(releases, "now", lambda: at)


def send_wheel(uploader: Uploader, tag: str = "py3-none-any") -> Any:
    filename, content = wheel("widget", "1.0", tag)
    python = tag.partition("-")[0]
    return uploader.send(filename, content, [uploader.attest(filename, content)], pyversion=python)


def test_a_release_closes_14_days_after_its_first_file(released: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases 1: wheels come within the window, and a token that is stolen later adds none; a new version is fine."""
    later(monkeypatch, 13.9)
    assert send_wheel(released).status_code == 200
    later(monkeypatch, 14.1)
    response = send_wheel(released, "cp311-none-any")
    assert (response.status_code, reason_of(response)) == (400, Reason.RELEASE_CLOSED)
    today = datetime.now(UTC).date()
    assert response.reason_phrase.startswith(
        "release-closed: This release takes no more files: it closed some days after its first one. Publish a new version, "
        f"or have two people reopen this one. The first file of widget 1.0 came on {today}, and it closed on "
        f"{today + timedelta(days=14)}. Reopening is proposed at http://127.0.0.1:8000/packages/widget/releases/."
    )
    assert released.publish("2.0").status_code == 200


def test_the_same_file_again_stays_200(released: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """However old; and other content under a used name is told as just that."""
    filename, content = wheel("widget", "1.0")
    evidence = [released.attest(filename, content)]
    assert released.send(filename, content, evidence).status_code == 200
    later(monkeypatch, 400)
    assert released.send(filename, content, evidence).status_code == 200
    assert released.send(filename, content, [released.attest(filename, content)]).status_code == 200
    filename, content = wheel("widget", "1.0", summary="rebuilt")
    response = released.send(filename, content, [released.attest(filename, content)], summary=None)
    assert (response.status_code, reason_of(response)) == (409, Reason.FILE_EXISTS)


def test_the_policy_says_how_long(released: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stewards decide."""
    now = queries.read_policy(queries.active_policy_version())
    content: Any = {"schema": 1, **now.members(), "release_days": 1}
    agree(trusted.policy(), content, by=[steward("stella"), steward("stefan")])
    later(monkeypatch, 1.1)
    assert reason_of(send_wheel(released)) == Reason.RELEASE_CLOSED


def test_two_people_reopen_a_release(released: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposed on the page, agreed by two; then it takes files up to that day, and no longer."""
    stina = Somebody(steward("stina"))
    later(monkeypatch, 20)
    assert '<td data-label="Open until">closed</td>' in page(released.client, "/packages/widget/releases/")
    release = Release.objects.get()
    sent = {"release": str(release.pk), "days": "3", "reason": "A wheel for Windows is missing.", "base": ""}
    response = stina.browser().post("/packages/widget/releases/", sent)
    assert response.status_code == 302, response.content
    until = datetime.now(UTC).date() + timedelta(days=23)
    proposal = Proposal.objects.get()
    assert json.loads(proposal.content) == {
        "schema": 1,
        "state": "active",
        "note": "",
        "reopened": {"1": until.isoformat()},
    }
    shown = page(stina.browser(), response["Location"])
    assert f"release 1 takes files again until {until}" in shown
    assert reason_of(send_wheel(released)) == Reason.RELEASE_CLOSED
    about = trusted.status_of(released.package)
    agree(about, json.loads(proposal.content), by=[steward("stella"), released.account])
    assert send_wheel(released).status_code == 200
    later(monkeypatch, 24.1)
    assert reason_of(send_wheel(released, "cp311-none-any")) == Reason.RELEASE_CLOSED


def test_one_person_reopens_nothing_by_closing(released: Uploader) -> None:
    """The lever that one person has writes the same kind of document; the database refuses one that reopens."""
    opening = '{"note":"","reopened":{"1":"2999-12-31"},"schema":1,"state":"frozen"}'
    with connection.cursor() as cursor, pytest.raises(Exception, match="document-invalid"):
        cursor.execute(
            "SELECT sluicegate_close(%s, %s, %s, 'totp', '', '', NULL)",
            [released.package.pk, opening, released.account.pk],
        )


def test_closing_the_package_ends_what_was_reopened(released: Uploader) -> None:
    """It only closes: whoever opens the package again says anew what is reopened."""
    about = trusted.status_of(released.package)
    content = {"schema": 1, "state": "active", "note": "", "reopened": {"1": "2999-12-31"}}
    agree(about, content, by=[released.account, steward()])
    assert queries.status(released.package).reopened
    actions.close_package(released.package, state=PackageState.FROZEN, note="", by=released.account, factor=FACTOR)
    assert not queries.status(released.package).reopened


@pytest.mark.parametrize(
    "reopened",
    [
        *({}, [], "1", None),
        *({"1.0": "2026-12-31"}, {"v1": "2026-12-31"}),
        *({"1": "tomorrow"}, {"1": "20261231"}, {"1": None}),
        {str(number): "2026-12-31" for number in range(1, 22)},
    ],
)
def test_what_is_reopened_is_read_strictly(reopened: Any) -> None:
    """Canonical versions and days, at least one and at most 20."""
    document = {"schema": 1, "state": "active", "note": "", "reopened": reopened}
    with pytest.raises(DocumentInvalid, match="reopened"):
        parse_status(document)


def test_states_from_before_stay_readable() -> None:
    """A document that reopens nothing is what it was, to the byte."""
    old = b'{"note":"Old.","schema":1,"state":"archived"}'
    assert parse_status(old).canonical == old
    assert parse_status(b'{"note":"","reopened":{"1":"2026-12-31"},"schema":1,"state":"active"}').reopened
