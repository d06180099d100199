"""Refused uploads as clients, pages and rows tell them: one sentence to act on, and honest moves by their own reasons."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expectations import actions
from expectations.documents import PackageState
from registry import roles
from registry.models import Refusal
from tests.support.distributions import sdist, wheel
from tests.support.people import Somebody
from tests.support.uploader import Uploader, reason_of
from tests.support.voices import FACTOR
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


MOVES: list[tuple[dict[str, Any], Reason, str]] = [
    (
        {"repository": "example/renamed"},
        Reason.REPOSITORY_RENAMED,
        'Built from "https://github.com/example/renamed"; this package is built from "https://github.com/example/widget"',
    ),
    (
        {"repository": "acme/widget", "owner_id": "4711"},
        Reason.REPOSITORY_TRANSFERRED,
        'of owner "4711"; this package expects owner "7890"',
    ),
    (
        {"workflow": ".github/workflows/publish.yml"},
        Reason.WORKFLOW_MOVED,
        'Built by workflow ".github/workflows/publish.yml"',
    ),
    ({"ref": "refs/heads/main"}, Reason.REF_MOVED, 'Built from "refs/heads/main"'),
]


@pytest.mark.parametrize(("run", "reason", "told"), MOVES, ids=[reason.value for _, reason, _ in MOVES])
def test_an_honest_move_is_told_with_what_to_do(
    uploader: Uploader, run: dict[str, Any], reason: Reason, told: str
) -> None:
    """Honest flows: each has a reason of its own; twine's phrase, uv's code, the row and the page say the same sentence."""
    assert uploader.publish().status_code == 200
    response = uploader.publish("2.0", **run)
    assert reason_of(response) == reason
    body = json.loads(response.content)
    refusal = Refusal.objects.get()
    assert told in refusal.message
    for shown in (response.reason_phrase, body["code"], body["message"]):
        assert refusal.message in shown
        assert shown.endswith(f"See http://127.0.0.1:8000/refusals/{refusal.pk}/")
    assert body["detail"] == refusal.message
    roles.project(uploader.package)
    page = str(Somebody(uploader.account).browser().get(f"/refusals/{refusal.pk}/").content.decode())
    assert told.replace('"', "&quot;") in page
    assert "/expectation/questions/" in page


def test_a_moved_major_of_a_reusable_workflow(uploader: Uploader) -> None:
    """A called workflow's new version is told as just that, with the glob that takes the next ones too."""
    called = "https://github.com/acme/ci/.github/workflows/build.yml"
    assert uploader.publish(signer_workflow=f"{called}@refs/tags/v1").status_code == 200
    response = uploader.publish("2.0", signer_workflow=f"{called}@refs/tags/v2")
    assert reason_of(response) == Reason.BUILDER_REF_MOVED
    assert f'Built by "{called}@refs/tags/v2"' in response.reason_phrase
    assert "@refs/tags/v*" in response.reason_phrase


def test_a_wheel_of_another_workflow(uploader: Uploader) -> None:
    """Sdist and wheels from different workflows of one commit: a recipe each is what to propose."""
    assert uploader.publish().status_code == 200
    filename, content = wheel("widget", "1.0")
    evidence = [uploader.attest(filename, content, workflow=".github/workflows/wheels.yml")]
    response = uploader.send(filename, content, evidence)
    assert reason_of(response) == Reason.RELEASE_OF_TWO_WORKFLOWS
    assert "a recipe for each" in response.reason_phrase


def test_a_fork_is_no_move(uploader: Uploader) -> None:
    """Another repository of the same name is told as another repository."""
    assert uploader.publish().status_code == 200
    response = uploader.publish("2.0", repository="evil/widget", repository_id="666", owner_id="66")
    assert reason_of(response) == Reason.PARAMETER_UNEXPECTED
    assert '"https://github.com/evil/widget"; this package expects "https://github.com/example/widget"' in (
        response.reason_phrase
    )


def test_hostile_values_stay_on_the_line(uploader: Uploader) -> None:
    """A claim of control characters and look-alikes is told escaped, and cuts off neither advice nor link."""
    assert uploader.publish().status_code == 200
    response = uploader.publish("2.0", trigger="push\r\n" + "\u202e\u0430<b>" * 100)
    assert reason_of(response) == Reason.CLAIM_UNEXPECTED
    assert response.reason_phrase.isascii()
    assert "a maintainer can propose the change. See http://127.0.0.1:8000/refusals/" in response.reason_phrase


def test_everything_that_is_wrong_with_a_file_is_told_at_once(uploader: Uploader) -> None:
    """Whoever has to mend four things should not have to upload four times: archive, metadata, form and evidence together."""
    text = "Metadata-Version: 2.4\nName: widget\nVersion: 1.0\nLicense: MIT\nLicense-Expression: MIT\n"
    filename, content = wheel("widget", "1.0", metadata_text=text, unrecorded_files={"widget/stray.py": b""})
    response = uploader.send(filename, content, None)
    assert (response.status_code, reason_of(response)) == (400, Reason.ARCHIVE_MALFORMED)
    body = json.loads(response.content)
    assert [problem["reason"] for problem in body["problems"]] == [
        Reason.ARCHIVE_MALFORMED,
        Reason.METADATA_MALFORMED,
        Reason.EVIDENCE_MISSING,
    ]
    assert body["message"].startswith(
        "archive-malformed: The file is not a well-formed sdist or wheel. Build it again. RECORD does not list these files: "
        "'widget/stray.py'. Also metadata-malformed: The metadata has both License and License-Expression."
    )
    refusal = Refusal.objects.get()
    assert refusal.problems == body["problems"]
    roles.project(uploader.package)
    browser = Somebody(uploader.account).browser()
    for address in (f"/refusals/{refusal.pk}/", "/packages/widget/refusals/"):
        page = str(browser.get(address).content.decode())
        assert "These are wrong with the same file too" in page
        assert '<li data-reason="evidence-missing">' in page


def test_what_the_form_says_otherwise_is_told_with_the_evidence(uploader: Uploader) -> None:
    """The artifact's METADATA decides; each field of the form that denies it is told, and what becomes of the evidence."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, b"another file")]
    response = uploader.send(filename, content, evidence, summary="another", requires_python=">=3.99")
    problems = json.loads(response.content)["problems"]
    assert [problem["detail"] for problem in problems[:2]] == [
        "The form gives summary as 'another', and the file says ''.",
        "The form gives requires_python as '>=3.99', and the file says ''.",
    ]
    assert [problem["reason"] for problem in problems[2:]] == [Reason.SUBJECT_MISMATCH]


def test_a_closed_package_is_told_with_what_else_is_wrong(uploader: Uploader) -> None:
    """Whoever is refused for the package's state learns at once that the file would be refused afterwards too."""
    actions.close_package(uploader.package, state=PackageState.FROZEN, note="", by=uploader.account, factor=FACTOR)
    filename, content = sdist("widget", "1.0")
    problems = json.loads(uploader.send(filename, content, None).content)["problems"]
    assert [problem["reason"] for problem in problems] == [Reason.PACKAGE_CLOSED, Reason.EVIDENCE_MISSING]
