"""The upload, as clients send it: accepted, repeated and refused, and what each leaves behind."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from expectations import queries
from expectations.models import AuditLeaf, Source
from registry import index_pages
from registry.models import Account, Evidence, File, IndexEntry, Package, Refusal, Release, VerdictRecord
from registry.tokens import create_token, revoke_token
from tests.support import statements
from tests.support.distributions import sdist, wheel
from tests.support.identities import GitHubWorkflow
from tests.support.rows import new_account
from tests.support.sigstore_world import LogName
from tests.support.uploader import Uploader, reason_of
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("log", "published"), [(None, True), ("rekor-v1", True), ("rekor-v2", False)])
def test_a_files_line_of_the_index_is_the_one_made_anew(
    uploader: Uploader, log: LogName | None, published: bool
) -> None:
    """Design, "Serving": what is written with the file, of evidence that was just read, is what its rows say."""
    filename, content = sdist("widget", "1.0")
    attestation = uploader.attest(filename, content)
    if log is not None:
        identity = GitHubWorkflow(ref="refs/tags/v1.0")
        statement = statements.encode(statements.github_provenance(identity, [statements.subject(filename, content)]))
        credential = uploader.world.issue(identity.san, identity.claims(), at=uploader.at)
        attestation = uploader.world.sign(statement, credential, at=uploader.at + timedelta(minutes=1), log=log)
    assert uploader.send(filename, content, [attestation]).status_code == 200
    (entry,) = IndexEntry.objects.all()
    anew = index_pages.entry_anew(uploader.package, File.objects.select_related("release", "verdict").get())
    assert (entry.json, entry.html, entry.stamp) == (anew.json, anew.html, anew.stamp)
    assert (json.loads(entry.json)["provenance"] is not None) is published


def test_the_first_upload_is_accepted_and_pins(uploader: Uploader) -> None:
    """First use: the verified provenance becomes version 1, and file, verdict, evidence and audit leaf stand together."""
    response = uploader.publish()
    assert response.status_code == 200, response.content
    file = File.objects.get()
    promise = queries.active_expectation(uploader.package)
    assert promise is not None
    assert (promise.number, promise.source) == (1, Source.FIRST_USE)
    assert file.visible_at is not None
    assert file.verdict.expectation == promise
    assert (file.release.source_repository_id, file.release.source_commit) == ("123456", "a" * 40)
    blob = uploader.store / "blobs" / file.sha256[:2] / file.sha256
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == file.sha256
    assert uploader.leftovers() == []
    events = [json.loads(leaf.leaf)["event"] for leaf in AuditLeaf.objects.order_by("-index")[:2]]
    assert events == ["accepted", "expectation-bound"]


def test_the_evidence_is_kept_exactly_as_sent(uploader: Uploader) -> None:
    """The original bytes are kept exactly as sent, spaces and all."""
    filename, content = sdist("widget", "1.0")
    odd = json.dumps(uploader.attest(filename, content), indent=7, sort_keys=True)
    response = uploader.send(filename, content, None, attestations=f"[ {odd}\n]")
    assert response.status_code == 200, response.content
    assert bytes(Evidence.objects.get().content) == odd.encode()


def test_the_verdict_is_kept_whole(uploader: Uploader) -> None:
    """Kept from the first day: verifier, time, resource, digests of roots, policy, expectation and evidence, result, level."""
    uploader.publish()
    record = VerdictRecord.objects.get()
    document = json.loads(record.document)
    assert hashlib.sha256(record.document.encode()).hexdigest() == record.digest
    assert document["result"] == record.result == "accepted"
    assert document["roots_digest"] == record.roots.digest
    assert document["policy_digest"] == record.policy.digest
    assert record.expectation is not None
    assert document["expectation_digest"] == record.expectation.digest
    assert document["attestations"][0]["digest"] == Evidence.objects.get().sha256
    assert document["resource_uri"] == "pkg:pypi/widget@1.0?file_name=widget-1.0.tar.gz"
    assert document["level"] == 2


def test_the_same_again_changes_nothing(uploader: Uploader) -> None:
    """An identical re-upload answers 200 and leaves every table as it was."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, content)]
    assert uploader.send(filename, content, evidence).status_code == 200
    before = (File.objects.count(), VerdictRecord.objects.count(), AuditLeaf.objects.count(), Refusal.objects.count())
    assert uploader.send(filename, content, evidence).status_code == 200
    after = (File.objects.count(), VerdictRecord.objects.count(), AuditLeaf.objects.count(), Refusal.objects.count())
    assert after == before
    assert uploader.leftovers() == []


def test_the_same_file_without_its_evidence_is_refused(uploader: Uploader) -> None:
    """Nothing enters without evidence, not even what is here already."""
    uploader.publish()
    filename, content = sdist("widget", "1.0")
    assert reason_of(uploader.send(filename, content, None)) == Reason.EVIDENCE_MISSING


def test_a_file_name_is_used_once(uploader: Uploader) -> None:
    """The same name with other content, however well attested, is 409 "already exists"."""
    uploader.publish()
    filename, content = sdist("widget", "1.0", summary="rebuilt")
    response = uploader.send(filename, content, [uploader.attest(filename, content)], summary=None)
    assert (response.status_code, reason_of(response)) == (409, Reason.FILE_EXISTS)
    assert "already exist" in response.reason_phrase
    without = uploader.send(filename, content, None, summary=None)
    assert (without.status_code, reason_of(without)) == (400, Reason.EVIDENCE_MISSING)
    assert "Also file-exists: " in without.reason_phrase, "to build it once more with evidence would be in vain"


def test_a_second_file_of_the_release(uploader: Uploader) -> None:
    """A wheel of the same commit joins the release; one of another commit does not (a moved tag)."""
    uploader.publish()
    filename, content = wheel("widget", "1.0")
    moved = uploader.send(filename, content, [uploader.attest(filename, content, commit="b" * 40)])
    assert reason_of(moved) == Reason.RELEASE_SOURCE_DIFFERS
    assert uploader.send(filename, content, [uploader.attest(filename, content)]).status_code == 200
    assert Release.objects.count() == 1


def test_a_fork_is_refused_and_the_refusal_is_kept(uploader: Uploader) -> None:
    """Every refusal is kept with its checks and its evidence, and links to a page."""
    uploader.publish()
    response = uploader.publish("2.0", repository="evil/widget", repository_id="666")
    assert reason_of(response) == Reason.PARAMETER_UNEXPECTED
    refusal = Refusal.objects.get()
    assert refusal.verdict is not None
    assert refusal.verdict.evidence.count() == 1
    assert f"/refusals/{refusal.pk}/" in response.reason_phrase
    assert uploader.leftovers() == []
    leaf = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
    assert (leaf["event"], leaf["reason"]) == ("refused", "parameter-unexpected")


def test_a_refused_first_upload_pins_nothing(uploader: Uploader) -> None:
    """Only a verified upload is a first use."""
    filename, content = sdist("widget", "1.0")
    response = uploader.send(filename, content, [uploader.attest(filename, b"other content")])
    assert reason_of(response) == Reason.SUBJECT_MISMATCH
    assert queries.active_expectation(uploader.package) is None


def test_an_unknown_name_is_told_where_it_is_made(uploader: Uploader) -> None:
    """Releases 3: an upload to an unknown name is refused with the link that creates it, and creates nothing."""
    filename, content = sdist("gadget", "1.0")
    response = uploader.send(filename, content, [uploader.attest(filename, content)], name="gadget")
    assert reason_of(response) == Reason.NAME_UNKNOWN
    assert "/packages/new/?name=gadget" in response.reason_phrase
    assert not Package.objects.filter(name="gadget").exists()


@pytest.mark.parametrize(
    ("authorization", "status", "reason"),
    [
        (None, 401, Reason.AUTHENTICATION_REQUIRED),
        ("Basic !!!", 401, Reason.AUTHENTICATION_REQUIRED),
        ("Basic " + base64.b64encode(b"ada:password").decode(), 401, Reason.AUTHENTICATION_REQUIRED),
        ("Basic " + base64.b64encode(b"__token__:sluice_nonsense").decode(), 403, Reason.TOKEN_INVALID),
        ("Bearer sluice_nonsense", 403, Reason.TOKEN_INVALID),
        ("Bearer \xff\xfe", 403, Reason.TOKEN_INVALID),
    ],
)
def test_who_uploads_is_asked_first(
    client: Client, store: Path, authorization: str | None, status: int, reason: Reason
) -> None:
    """Without a good token nothing of the body is looked at, and nothing is kept."""
    headers = {"Authorization": authorization} if authorization else {}
    response = client.post("/legacy/", {"content": SimpleUploadedFile("x", b"x")}, headers=headers)
    assert (response.status_code, reason_of(response)) == (status, reason)
    assert all(sentence[0].isupper() for sentence in response.json()["message"].split(": ", 1)[1].split(". "))
    assert not Refusal.objects.exists()
    assert not (store / "quarantine").exists()


def test_bearer_works_as_basic_does(uploader: Uploader) -> None:
    """uv can send Bearer."""
    response = uploader.client.post("/legacy/", {"x": "y"}, headers={"Authorization": f"Bearer {uploader.secret}"})
    assert reason_of(response) == Reason.FORM_MALFORMED


def test_a_strangers_token_may_not(uploader: Uploader) -> None:
    """A token uploads to its account's packages alone; a robot's to its package; a revoked one to none."""
    _, stranger = create_token(new_account("mallory"), name="test")
    assert reason_of(uploader.send("widget-1.0.tar.gz", b"x", [], secret=stranger)) == Reason.NOT_ALLOWED
    other = Package.objects.create(name="gadget", display_name="gadget", created_by=uploader.package.created_by)
    robot = Account.objects.create_robot("gadget-robot", package=other)
    _, secret = create_token(robot, name="test")
    assert reason_of(uploader.send("widget-1.0.tar.gz", b"x", [], secret=secret)) == Reason.NOT_ALLOWED
    _, narrow = create_token(uploader.account, name="narrow", package=other)
    refused = uploader.send("widget-1.0.tar.gz", b"x", [], secret=narrow)
    assert reason_of(refused) == Reason.TOKEN_SCOPE, "its account may: it is the token that is the wrong one"
    assert "This one uploads to gadget alone." in refused.reason_phrase
    revoke_token(uploader.token, by=uploader.account)
    refused = uploader.send("widget-1.0.tar.gz", b"x", [])
    assert reason_of(refused) == Reason.TOKEN_INVALID
    assert "It was revoked on" in refused.reason_phrase


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({":action": "submit"}, Reason.FORM_MALFORMED),
        ({"protocol_version": "2"}, Reason.FORM_MALFORMED),
        ({"name": None}, Reason.FORM_MALFORMED),
        ({"name": ["widget", "gadget"]}, Reason.FORM_MALFORMED),
        ({"version": None}, Reason.FORM_MALFORMED),
        ({"filetype": None}, Reason.FORM_MALFORMED),
        ({"content": None}, Reason.FORM_MALFORMED),
        ({"content": "no file"}, Reason.FORM_MALFORMED),
        ({"sha256_digest": None}, Reason.FORM_MALFORMED),
        ({"sha256_digest": "0" * 64}, Reason.DIGEST_MISMATCH),
        ({"md5_digest": "0" * 32}, Reason.DIGEST_MISMATCH),
        ({"blake2_256_digest": "x"}, Reason.DIGEST_MISMATCH),
        ({"name": "../widget"}, Reason.NAME_UNKNOWN),
        ({"name": "wid\0get"}, Reason.FORM_MALFORMED),
        ({"version": "2.0"}, Reason.METADATA_MISMATCH),
        ({"filetype": "bdist_wheel"}, Reason.METADATA_MISMATCH),
        ({"summary": "another"}, Reason.METADATA_MISMATCH),
        ({"attestations": "{"}, Reason.EVIDENCE_MALFORMED),
        ({"attestations": "{}"}, Reason.EVIDENCE_MALFORMED),
        ({"attestations": "[1]"}, Reason.EVIDENCE_MALFORMED),
        ({"attestations": "[{}]"}, Reason.EVIDENCE_UNSUPPORTED),
        ({"attestations": ["[]", "[]"]}, Reason.FORM_MALFORMED),
        ({"attestations": "[" * 100_000}, Reason.EVIDENCE_MALFORMED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_malformed_forms_get_a_clear_4xx(uploader: Uploader, form: dict[str, Any], reason: Reason) -> None:
    """Malformed input of any kind gets a clear 4xx, never a 500, and leaves nothing behind."""
    filename, content = sdist("widget", "1.0")
    response = uploader.send(filename, content, [], **form)
    assert 400 <= response.status_code < 500
    assert reason_of(response) == reason
    assert uploader.leftovers() == []
    assert not File.objects.exists()


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("widget-1.0.tar.gz", b""),
        ("widget-1.0.tar.gz", b"not an archive"),
        ("widget-1.0.tar.gz", sdist("gadget", "1.0")[1]),
        ("widget-1.0-py3-none-any.whl", b"PK\x03\x04"),
        ("widget-1.0.exe", b"MZ"),
        ("../widget-1.0.tar.gz", b"x"),
        ("widget-1.0.tar.gz\n", b"x"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_malformed_files_get_a_clear_4xx(uploader: Uploader, filename: str, content: bytes) -> None:
    """The artifact decides what it is; what cannot be read is refused and not kept."""
    response = uploader.send("widget-1.0.tar.gz", content, [], content=SimpleUploadedFile(filename, content))
    assert 400 <= response.status_code < 500
    assert reason_of(response)
    assert uploader.leftovers() == []


def test_a_file_beyond_the_limit(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows beyond the limit is stopped while it arrives, and leaves nothing."""
    monkeypatch.setattr("registry.limits.MIB", 10)
    response = uploader.send("widget-1.0.tar.gz", b"x" * 2000, [])
    assert (response.status_code, reason_of(response)) == (413, Reason.FILE_TOO_LARGE)
    assert uploader.leftovers() == []


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data; name=content; filename=a\r\n\r\n"]
)
def test_broken_multipart(uploader: Uploader, body: bytes) -> None:
    """A body that is no well-formed multipart form is told so."""
    response = uploader.client.post(
        "/legacy/",
        body,
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {uploader.secret}"},
    )
    assert (response.status_code, reason_of(response)) == (400, Reason.FORM_MALFORMED)
    assert uploader.leftovers() == []


def test_large_metadata_still_passes(uploader: Uploader) -> None:
    """Evidence and long descriptions count against the form's limits: two megabytes of them still pass."""
    filename, content = sdist("widget", "1.0")
    response = uploader.send(filename, content, [uploader.attest(filename, content)], description="x" * 2_000_000)
    assert response.status_code == 200, response.content


def test_only_post_is_taken(client: Client) -> None:
    """A person who opens the upload address in a browser is told that it takes POST."""
    response = client.get("/legacy/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert b"Uploads are sent here" in response.content


def test_refusals_are_kept_within_a_bound(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: an account makes token after token, and the database is filled with refusals. Beyond a bound they are only told."""
    monkeypatch.setattr("registry.refusals.KEPT_PER_ACCOUNT_AND_DAY", 2)
    for secret in (None, None, create_token(uploader.account, name="another")[1]):
        refused = uploader.send("widget-1.0.tar.gz", b"x", [], name="gadget", secret=secret)
        assert reason_of(refused) == Reason.NAME_UNKNOWN
    assert Refusal.objects.count() == 2


def test_refused_evidence_is_kept_within_a_bound(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: the same, by evidence of megabytes each time. The same evidence again takes no room, and is kept."""
    filename, content = sdist("widget", "1.0")
    evidence = [uploader.attest(filename, b"another file") for _ in range(2)]
    monkeypatch.setattr("registry.refusals.KEPT_EVIDENCE_PER_ACCOUNT_AND_DAY", len(json.dumps(evidence[0])) + 100)
    for sent in (evidence[0], evidence[0], evidence[1], evidence[1]):
        assert reason_of(uploader.send(filename, content, [sent])) == Reason.SUBJECT_MISMATCH
    assert (Refusal.objects.count(), Evidence.objects.count()) == (3, 2)


def test_to_ask_for_the_bound_reads_no_evidence(uploader: Uploader) -> None:
    """Threat: hundreds of refusals with the same megabytes, so that each further one has them read hundreds of times."""
    filename, content = sdist("widget", "1.0")
    evidence = {**uploader.attest(filename, b"another file"), "padding": secrets.token_hex(100_000)}
    for _ in range(2):
        uploader.send(filename, content, [evidence])
    with CaptureQueriesContext(connection) as asked:
        uploader.send(filename, content, [evidence])
    (bound,) = [query["sql"] for query in asked.captured_queries if "octet_length" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {bound}")
        (plan,) = cursor.fetchone()[0]
    assert Evidence.objects.count() == 1
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 20  # the evidence alone is 25


def test_what_a_crash_leaves_after_the_commit_is_finished_by_the_sweep(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crash table: after the commit and before promotion, an invisible file is left; the sweep makes it visible."""
    from django.core.management import call_command

    with monkeypatch.context() as crash:
        crash.setattr("registry.publish.reveal", lambda *_: None)
        crash.setattr("registry.receiving.Received.discard", lambda _: None)
        assert uploader.publish().status_code == 200
    assert File.objects.get().visible_at is None
    assert len(uploader.leftovers()) == 1
    call_command("sweep")
    assert File.objects.get().visible_at is not None
    for path in uploader.leftovers():  # it may be somebody's who is still uploading, so it goes a day later
        os.utime(path, (0, 0))
    call_command("sweep")
    assert uploader.leftovers() == []


def test_an_error_after_the_commit_loses_nothing(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crash table: what is committed keeps its bytes when promotion fails (a full disk), and the sweep finishes it."""
    from django.core.management import call_command

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as crash:
        crash.setattr("registry.storage.ContentAddressedStorage.promote", full_disk)
        refused = uploader.publish()
        assert (refused.status_code, reason_of(refused)) == (507, Reason.NOT_STORED)
        call_command("sweep")
    assert File.objects.get().visible_at is None
    assert len(uploader.leftovers()) == 1
    call_command("sweep")
    assert File.objects.get().visible_at is not None


def test_more_words_than_can_be_searched_keep_nobody_from_anything(uploader: Uploader) -> None:
    """Threat: metadata within its limit breaks the index page: the file stays hidden, and so does all that the sweep reveals."""
    words = ["w" + hashlib.sha256(b"%d" % number).hexdigest()[:16] for number in range(100_000)]
    lines = ["Metadata-Version: 2.4", "Name: widget", "Version: 1.0", f"Keywords: {','.join(words)}"]
    filename, content = sdist("widget", "1.0", metadata_text="\n".join(lines) + "\n")
    response = uploader.send(filename, content, [uploader.attest(filename, content)])
    assert response.status_code == 200, response.content
    assert uploader.client.get("/search/", {"q": words[0]}).content.count(b"widget") > 0


def test_a_file_that_cannot_be_revealed_keeps_the_sweep_from_no_other(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Threat: one file that the database fails on ends every sweep, so that nobody's interrupted upload is finished."""
    from django.core.management import call_command

    from registry import publish

    def fail_of_the_first(file: File, quarantined: Path) -> None:
        if file.filename == "widget-1.0.tar.gz":
            raise OperationalError("string is too long for tsvector")
        publish.reveal(file, quarantined)

    with monkeypatch.context() as crash:
        crash.setattr("registry.publish.reveal", lambda *_: None)
        crash.setattr("registry.receiving.Received.discard", lambda _: None)
        for version in ("1.0", "1.1"):
            assert uploader.publish(version).status_code == 200
    monkeypatch.setattr("registry.management.commands.sweep.reveal", fail_of_the_first)
    call_command("sweep")
    assert "widget-1.0.tar.gz cannot be revealed" in capsys.readouterr().err
    assert File.objects.get(visible_at__isnull=False).filename == "widget-1.1.tar.gz"


def test_an_upload_that_ends_meanwhile_does_not_end_the_sweep(
    uploader: Uploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was listed in quarantine may be gone when it is looked at: on a busy registry the sweep would never come through."""
    from django.core.management import call_command

    uploader.publish()
    gone = uploader.store / "quarantine" / f"receiving-{'0' * 32}"
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([gone]))
    call_command("sweep")


def test_every_spelling_of_a_wheels_name_is_one_name(uploader: Uploader) -> None:
    """A file name is used once: other content under another spelling of the same wheel's name is refused."""
    filename, content = wheel("widget", "1.0")
    assert uploader.send(filename, content, [uploader.attest(filename, content)]).status_code == 200
    again, other = wheel("widget", "1.0", summary="other")
    for spelling in ("Widget-1.0-py3-none-any.whl", "widget-1.0.0-py3-none-any.whl", "widget-01.0-py3-none-any.whl"):
        response = uploader.send(spelling, other, [uploader.attest(again, other)], version="1.0", summary=None)
        assert response.status_code in (400, 409), spelling
    assert File.objects.count() == 1


def test_a_skipped_file_part_harms_nothing(uploader: Uploader) -> None:
    """Old clients send a gpg_signature beside the file; it is skipped. A second content is refused."""
    filename, content = sdist("widget", "1.0")
    signature = SimpleUploadedFile("x.asc", b"x")
    response = uploader.send(filename, content, [uploader.attest(filename, content)], gpg_signature=signature)
    assert response.status_code == 200, response.content
    twice = [SimpleUploadedFile(filename, content), SimpleUploadedFile(filename, content)]
    assert reason_of(uploader.send("widget-2.0.tar.gz", content, [], content=twice)) == Reason.FORM_MALFORMED
    assert uploader.leftovers() == []


@pytest.mark.parametrize("name", ["x\r\nSet-Cookie: a=b", "日本", "x&b=<script>"])
def test_a_hostile_name_stays_out_of_the_status_line(uploader: Uploader, name: str) -> None:
    """The reason phrase is one line of printable ASCII whatever was sent, link included."""
    response = uploader.send("widget-1.0.tar.gz", b"x", [], name=name)
    assert response.status_code == 400
    assert all(" " <= character <= "~" for character in response.reason_phrase)


@pytest.mark.parametrize("charset", ["zlib", "hex", "utf-7", "unicode_escape", "latin-1", "nonsense"])
def test_only_utf8_forms_are_read(uploader: Uploader, charset: str) -> None:
    """A charset of the sender's choice decodes hostile bytes into anything, or into an error."""
    answer = uploader.client.generic(
        "POST",
        "/legacy/",
        b"--b\r\nContent-Disposition: form-data; name=name\r\n\r\n\\ud800\r\n--b--\r\n",
        content_type=f"multipart/form-data; boundary=b; charset={charset}",
        headers={"Authorization": f"Bearer {uploader.secret}"},
    )
    assert reason_of(answer) == Reason.FORM_MALFORMED


def test_fields_over_the_limit_after_the_file(uploader: Uploader, settings: Any) -> None:
    """uv sends the attestations after the file: a form that grows too large there leaves nothing."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3000
    filename, content = sdist("widget", "1.0")
    response = uploader.send(filename, content, None, attestations="x" * 5000)
    assert reason_of(response) == Reason.FORM_MALFORMED
    assert uploader.leftovers() == []


def test_a_digest_given_twice(uploader: Uploader) -> None:
    """Of two digests of one kind, one is not the file's, or one is too much."""
    filename, content = sdist("widget", "1.0")
    right = hashlib.sha256(content).hexdigest()
    response = uploader.send(filename, content, [], sha256_digest=[right, "0" * 64])
    assert reason_of(response) == Reason.FORM_MALFORMED
