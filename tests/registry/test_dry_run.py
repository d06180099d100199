"""POST /api/v1/dry-run: the same answer as an upload, with the same verdict, and nothing is stored."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from expectations import actions
from expectations.documents import PackageState
from expectations.models import AuditLeaf, DocumentVersion
from registry.models import Evidence, File, Refusal, Release, Token, UploadCount, VerdictRecord
from registry.tokens import create_token
from tests.support.distributions import sdist, wheel
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from tests.support.uploader import Uploader
from tests.support.voices import FACTOR
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/dry-run"
ROWS = (Evidence, File, Refusal, Release, VerdictRecord, AuditLeaf, DocumentVersion, UploadCount)


def form(filename: str, content: bytes | None, attestations: Any, /, **changed: Any) -> dict[str, Any]:
    """Return an upload's form; without content, as somebody sends it who asks before the file is anywhere."""
    name, version = filename.removesuffix(".tar.gz").split("-")[:2]
    of = content if content is not None else b"not built yet"
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": name,
        "version": version,
        "filetype": "bdist_wheel" if filename.endswith(".whl") else "sdist",
        "pyversion": "py3" if filename.endswith(".whl") else "source",
        "sha256_digest": hashlib.sha256(of).hexdigest(),
        "attestations": None if attestations is None else json.dumps(attestations),
        "content": SimpleUploadedFile(filename, content) if content is not None else None,
        **changed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def ask(uploader: Uploader, filename: str, content: bytes | None, attestations: Any, /, **changed: Any) -> Any:
    """Send a dry run by the maintainer's token; return what is foretold, after checking that no row came of it."""
    before = [rows.objects.count() for rows in ROWS]
    response = uploader.client.post(
        PLACE,
        form(filename, content, attestations, **changed),
        headers={"Authorization": f"Bearer {uploader.secret}"},
    )
    assert response.status_code == 200, response.content
    assert [rows.objects.count() for rows in ROWS] == before
    assert uploader.leftovers() == []
    told = response.json()
    assert (told["dry_run"], told["stored"]) == (True, False)
    assert told["note"] == "This was a dry run: nothing was stored, and no refusal kept."
    return told


def timeless(verdict: dict[str, Any]) -> Any:
    """Return a verdict without the moments that it tells of, of which one is that at which it was reached."""
    return json.loads(re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?", "a moment", json.dumps(verdict)))


def test_it_foretells_what_then_comes_true(uploader: Uploader) -> None:
    """The same verdict document as the upload's, but for the moment, and then that it is here already."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, content)]
    told = ask(uploader, filename, content, evidence)
    assert (told["result"], told["status"], told["problems"]) == ("accepted", 200, [])
    assert told["unchecked"] == []
    assert uploader.send(filename, content, evidence).status_code == 200
    assert timeless(told["verdict"]) == timeless(json.loads(VerdictRecord.objects.get().document))
    assert ask(uploader, filename, content, evidence)["result"] == "already-here"
    again = ask(uploader, filename, content, [uploader.attest(filename, content)])
    assert (again["result"], again["verdict"]["result"]) == ("already-here", "accepted")


def test_a_refusal_is_the_uploads(uploader: Uploader) -> None:
    """Word for word, with every problem; and what the gate would say is shown even where something else leads."""
    filename, content = wheel("widget", "1.0", unrecorded_files={"widget/stray.py": b""})
    evidence = [uploader.attest(filename, b"another file")]
    told = ask(uploader, filename, content, evidence)
    response = uploader.send(filename, content, evidence)
    assert (told["result"], told["status"], told["reason"]) == ("refused", 400, Reason.ARCHIVE_MALFORMED)
    assert told["problems"] == response.json()["problems"]
    assert response.json()["message"].startswith(told["message"])
    assert told["verdict"]["result"] == "refused"


def test_without_the_file_the_form_is_believed(uploader: Uploader) -> None:
    """Name, digest and evidence are enough to ask before anything is built into a release; what was not looked at is said."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, content)]
    sent = {"filename": filename, "sha256_digest": hashlib.sha256(content).hexdigest()}
    told = ask(uploader, filename, None, evidence, **sent)
    assert (told["result"], told["verdict"]["result"]) == ("accepted", "accepted")
    assert told["unchecked"] == [
        "The file was not sent: its archive, RECORD, WHEEL and metadata were not read, and the form was believed.",
        "Its digest was taken from the form, and so was what the evidence has to be about.",
        "No size was given: the limits on size were not asked about.",
    ]
    assert len(ask(uploader, filename, None, evidence, **sent, size="2000")["unchecked"]) == 2
    large = ask(uploader, filename, None, evidence, **sent, size=str(10**9))
    assert (large["status"], large["reason"]) == (413, Reason.FILE_TOO_LARGE)


@pytest.mark.parametrize(
    ("changed", "reason", "told"),
    [
        ({"filename": None}, Reason.FORM_MALFORMED, "filename has to be given once"),
        ({"sha256_digest": "x"}, Reason.FORM_MALFORMED, "64 hexadecimal digits"),
        ({"size": "-1"}, Reason.FORM_MALFORMED, "size is a number of bytes"),
        ({"size": "9" * 5000}, Reason.FORM_MALFORMED, "size is a number of bytes"),
        ({"filename": "widget.exe"}, Reason.FILENAME_INVALID, "ends in .whl or .tar.gz"),
        ({"filename": "Widget-1.0.tar.gz"}, Reason.FILENAME_INVALID, "name the file widget-1.0.tar.gz"),
        ({"filename": "gadget-1.0.tar.gz"}, Reason.METADATA_MISMATCH, "the file name is that of gadget"),
        ({"version": "2.0"}, Reason.METADATA_MISMATCH, "the file name is that of 1.0"),
        ({"filetype": "bdist_wheel"}, Reason.METADATA_MISMATCH, "that of an sdist"),
        ({"metadata_version": "2.6"}, Reason.METADATA_MALFORMED, "2.6"),
        ({"summary": "x" * 513}, Reason.METADATA_MALFORMED, "Summary is longer than 512"),
        ({"requires_dist": "other @ https://o"}, Reason.METADATA_MALFORMED, "direct URL"),
        ({"requires_dist": "a ; " + "(" * 5000}, Reason.METADATA_MALFORMED, "longer than is taken"),
        ({"requires_python": "three"}, Reason.METADATA_MALFORMED, "requires-python"),
        ({"license": "MIT", "license_expression": "MIT"}, Reason.METADATA_MALFORMED, "Leave License out"),
        ({"name": "gadget"}, Reason.NAME_UNKNOWN, "Wanted: gadget"),
    ],
)
def test_what_the_form_alone_shows(uploader: Uploader, changed: dict[str, Any], reason: Reason, told: str) -> None:
    """Everything that can be known without the file, beside what the evidence lacks."""
    foretold = ask(uploader, "widget-1.0.tar.gz", None, None, **{"filename": "widget-1.0.tar.gz", **changed})
    assert (foretold["result"], foretold["reason"]) == ("refused", reason)
    assert told in " ".join(problem["detail"] for problem in foretold["problems"])
    if reason in (Reason.METADATA_MISMATCH, Reason.METADATA_MALFORMED):
        assert foretold["problems"][-1]["reason"] == Reason.EVIDENCE_MISSING


def test_a_closed_package_is_foretold_with_the_verdict(uploader: Uploader) -> None:
    """A person sees that the evidence is good, and that it would be refused all the same."""
    actions.close_package(uploader.package, state=PackageState.FROZEN, note="", by=uploader.account, factor=FACTOR)
    filename, content = sdist("widget", "1.0")
    told = ask(uploader, filename, content, [uploader.attest(filename, content)])
    assert (told["reason"], told["verdict"]["result"]) == (Reason.PACKAGE_CLOSED, "accepted")


@pytest.mark.parametrize("body", [b"", b"--x", b"{}"])
def test_what_is_no_form_is_foretold_too(uploader: Uploader, body: bytes) -> None:
    """As an upload of it would be refused."""
    for content_type in ("multipart/form-data; boundary=x", "application/json"):
        headers = {"Authorization": f"Bearer {uploader.secret}"}
        response = uploader.client.post(PLACE, body, content_type=content_type, headers=headers)
        assert (response.status_code, response.json()["reason"]) == (200, Reason.FORM_MALFORMED)


def test_who_may_ask(uploader: Uploader, client: Client, store: Path) -> None:
    """A token that uploads, or whoever is signed in and maintains the package; and of a token only its use is noted."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, content)]
    asked = Client().post(PLACE, form(filename, content, evidence))
    assert (asked.status_code, asked.json()["reason"]) == (401, Reason.AUTHENTICATION_REQUIRED)
    _, proposing = create_token(uploader.account, name="p", scope=Token.Scope.PROPOSE)
    asked = client.post(PLACE, form(filename, content, evidence), headers={"Authorization": f"Bearer {proposing}"})
    assert (asked.status_code, asked.json()["reason"]) == (403, Reason.TOKEN_SCOPE)
    _, narrow = create_token(uploader.account, name="n", package=new_package("gadget", owner=uploader.account))
    asked = client.post(PLACE, form(filename, content, evidence), headers={"Authorization": f"Bearer {narrow}"})
    assert (asked.json()["reason"], asked.json()["status"]) == (Reason.TOKEN_SCOPE, 403)
    browser = Somebody(uploader.account).browser(csrf=True)
    assert browser.post(PLACE, form(filename, content, evidence)).json()["result"] == "accepted"
    stranger = Somebody(new_account("mallory")).browser().post(PLACE, form(filename, content, evidence)).json()
    assert (stranger["reason"], stranger["status"]) == (Reason.NOT_ALLOWED, 403)
    assert stranger["verdict"] is None
    ask(uploader, filename, content, evidence)
    assert Token.objects.get(pk=uploader.token.pk).last_used_at is not None
    assert not (store / "blobs").exists()


def test_a_strangers_archive_is_not_unfolded(uploader: Uploader) -> None:
    """Threat: whoever has an account lets the registry unfold bombs all day, for packages that are none of theirs."""
    filename, content = sdist("widget", "1.0")
    browser = Somebody(new_account("mallory")).browser()
    told = browser.post(PLACE, form(filename, content[:200], [])).json()
    assert [problem["reason"] for problem in told["problems"]] == [Reason.NOT_ALLOWED]


def test_a_private_registry_foretells_too(uploader: Uploader, settings: Any) -> None:
    """The token of a build system reads nothing there, and asks before it uploads as anywhere."""
    settings.PRIVATE = True
    filename, content = sdist("widget", "1.0")
    assert ask(uploader, filename, content, [uploader.attest(filename, content)])["result"] == "accepted"
    told = uploader.client.get(PLACE, headers={"Authorization": f"Bearer {uploader.secret}"})
    assert told.status_code == 405
    assert Client().post(PLACE, form(filename, content, [])).status_code == 401
