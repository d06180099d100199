"""How much is taken: limits of the policy, each told with its number and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from expectations import queries, trusted
from registry import limits
from registry.models import File, Package, Refusal, UploadCount
from registry.tokens import create_token
from tests.support.agreement import agree, steward
from tests.support.distributions import sdist, wheel
from tests.support.uploader import Uploader, reason_of
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


def set_policy(**settings: int) -> None:
    """Let two stewards change the policy."""
    now = queries.read_policy(queries.active_policy_version())
    content: Any = {"schema": 1, **now.members(), **settings}
    assert agree(trusted.policy(), content, by=[steward("stella"), steward("stefan")]) is not None


def send_wheel(uploader: Uploader) -> Any:
    filename, content = wheel("widget", "1.0")
    return uploader.send(filename, content, [uploader.attest(filename, content)])


def test_the_largest_file_is_the_policys(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped while it arrives, whatever comes after; the answer names the limit."""
    set_policy(file_mib=3)
    monkeypatch.setattr(limits, "MIB", 1000)
    response = uploader.send("widget-1.0.tar.gz", b"x" * 3001, [])
    assert (response.status_code, reason_of(response)) == (413, Reason.FILE_TOO_LARGE)
    assert "larger than this registry takes. The policy allows 3 MiB." in response.reason_phrase
    assert uploader.leftovers() == []


def test_a_package_has_room_for_so_much(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was deleted counts no longer."""
    assert uploader.publish().status_code == 200
    size = File.objects.get().size
    assert Package.objects.get().stored_bytes == size
    set_policy(package_mib=1)
    monkeypatch.setattr(limits, "MIB", size + 10)
    monkeypatch.setattr(limits, "largest_file", lambda _: 10**6)
    response = send_wheel(uploader)
    assert (response.status_code, reason_of(response)) == (400, Reason.PACKAGE_FULL)
    assert "MiB, and the policy allows 1 MiB." in response.reason_phrase
    assert uploader.publish().status_code == 200, "what is here already takes no more room"
    about = trusted.deletion_of(File.objects.get(), uploader.package)
    agree(about, {"schema": 1, "deleted": True}, by=[uploader.account, steward()])
    assert Package.objects.get().stored_bytes == 0


def test_a_release_has_so_many_files(uploader: Uploader) -> None:
    """A release of thousands of files is a mistake, or somebody's storage."""
    assert uploader.publish().status_code == 200
    set_policy(release_files=1)
    response = send_wheel(uploader)
    assert (response.status_code, reason_of(response)) == (400, Reason.RELEASE_FULL)
    assert "Publish a new version instead. It has 1 of 1." in response.reason_phrase
    assert uploader.publish("2.0").status_code == 200


def test_an_account_sends_so_many_an_hour(uploader: Uploader) -> None:
    """429 with the time to wait, before a byte of the file is read and nothing kept; twine and uv show it."""
    set_policy(uploads_an_hour=2)
    filename, content = sdist("widget", "1.0")
    for _ in range(2):
        assert reason_of(uploader.send(filename, content, None)) == Reason.EVIDENCE_MISSING
    kept = Refusal.objects.count()
    response = uploader.publish()
    assert (response.status_code, reason_of(response)) == (429, Reason.TOO_MANY_UPLOADS)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "It is 2 an hour. It may send the next one from " in response.reason_phrase
    assert Refusal.objects.count() == kept
    _, another = create_token(uploader.token.account, name="another")
    assert reason_of(uploader.send(filename, content, None, secret=another)) == Reason.TOO_MANY_UPLOADS, (
        "nor by a new token"
    )
    count = UploadCount.objects.get(account=uploader.token.account)
    UploadCount.objects.update(hour=count.hour.replace(year=count.hour.year - 1))
    assert uploader.publish().status_code == 200, "in another hour it is counted anew"
    assert UploadCount.objects.get(account=uploader.token.account).uploads == 1


def test_all_limits_that_are_broken_are_told(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what else is wrong with the file."""
    assert uploader.publish().status_code == 200
    set_policy(release_files=1, package_mib=1)
    monkeypatch.setattr(limits, "MIB", 10)
    monkeypatch.setattr(limits, "largest_file", lambda _: 10**6)
    filename, content = wheel("widget", "1.0")
    problems = uploader.send(filename, content, None).json()["problems"]
    assert [problem["reason"] for problem in problems] == [
        Reason.PACKAGE_FULL,
        Reason.RELEASE_FULL,
        Reason.EVIDENCE_MISSING,
    ]
