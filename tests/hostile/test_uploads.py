"""Hostile uploads: forms, multipart bodies, archives, metadata. Each is refused with a reason, and leaves nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.conftest import HOSTILE, nothing_came_of
from tests.support.distributions import sdist, wheel
from tests.support.uploader import Uploader, form_of

FIELDS = (
    *("name", "version", "filetype", "metadata_version", "pyversion", "summary", "description", "requires_python"),
    *("license", "license_expression", "classifiers", "requires_dist", "provides_extra", "keywords", "home_page"),
    *("sha256_digest", "blake2_256_digest", "md5_digest", "attestations", ":action", "protocol_version", "comment"),
)

TEXT = st.text(max_size=80) | st.sampled_from(
    ["", "\0", "1.0", "widget", "../..", "a" * 3000, "💣", "\u202e", "1!1.0", "[]", "{}"]
)


def _raw(uploader: Uploader, body: bytes, content_type: str = MULTIPART_CONTENT) -> Any:
    credentials = base64.b64encode(f"__token__:{uploader.secret}".encode()).decode()
    return uploader.client.generic(
        "POST", "/legacy/", body, content_type=content_type, headers={"Authorization": f"Basic {credentials}"}
    )


def _is_refused(response: Any) -> None:
    assert 400 <= response.status_code < 500, response.content
    told = json.loads(response.content)
    assert told["reason"]
    assert response.reason_phrase.isascii()
    assert response.reason_phrase.isprintable()


def _altered(body: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for place, insert, cut in changes:
        at = place % (len(body) + 1)
        body = body[:at] + insert + body[at + cut :]
    return body


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2**20),
        st.binary(max_size=20) | st.sampled_from([b"\r\n", b"--", b"\0", b'"', b";", b"\r\n\r\n", b"=", b"%00"]),
        st.integers(0, 200),
    ),
    min_size=1,
    max_size=4,
)


@HOSTILE
@given(changes=CHANGES)
def test_a_broken_multipart_body(uploader: Uploader, changes: list[tuple[int, bytes, int]]) -> None:
    """Threat: a body that is almost multipart kills a worker, or is read as something else than was sent."""
    filename, content = sdist("widget", "2.0")
    whole = encode_multipart(
        BOUNDARY, {**form_of("widget", filename, content), "content": SimpleUploadedFile(filename, content)}
    )
    _is_refused(_raw(uploader, _altered(whole, changes)))
    nothing_came_of(uploader)


@HOSTILE
@given(
    content_type=st.sampled_from(
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            'multipart/form-data; boundary="',
            "multipart/mixed; boundary=b",
        ]
    )
    | st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60),
    body=st.binary(max_size=300),
)
def test_any_content_type(uploader: Uploader, content_type: str, body: bytes) -> None:
    """Threat: a body of another type, or none, is taken for a form."""
    _is_refused(_raw(uploader, body, content_type))
    nothing_came_of(uploader)


@HOSTILE
@given(fields=st.dictionaries(st.sampled_from(FIELDS), TEXT | st.lists(TEXT, max_size=3), min_size=1, max_size=6))
def test_any_field(uploader: Uploader, fields: dict[str, Any]) -> None:
    """Threat: a field's value breaks a check, the database or the status line. The file itself is sound, and has no evidence."""
    filename, content = sdist("widget", "2.0")
    _is_refused(uploader.send(filename, content, None, **fields))
    nothing_came_of(uploader)


@HOSTILE
@given(changes=CHANGES, is_wheel=st.booleans())
def test_a_broken_archive(uploader: Uploader, changes: list[tuple[int, bytes, int]], is_wheel: bool) -> None:
    """Threat: an archive that is almost one makes its reader fail in a way that nobody foresaw."""
    filename, content = wheel("widget", "2.0") if is_wheel else sdist("widget", "2.0")
    _is_refused(uploader.send(filename, _altered(content, changes), []))
    nothing_came_of(uploader)


@HOSTILE
@given(
    text=st.lists(
        st.tuples(
            st.sampled_from(
                ["Name", "Version", "Metadata-Version", "Requires-Dist", "Classifier", "License-File", "X", ""]
            ),
            TEXT,
        ),
        max_size=8,
    ),
    is_wheel=st.booleans(),
)
def test_any_metadata(uploader: Uploader, text: list[tuple[str, str]], is_wheel: bool) -> None:
    """Threat: METADATA that its parser does not expect; what the form says of it is sound."""
    lines = "".join(f"{key}: {value}\n" for key, value in text).encode("utf-8", "replace").decode()
    make = wheel if is_wheel else sdist
    filename, content = make("widget", "2.0", metadata_text=lines)
    _is_refused(uploader.send(filename, content, []))
    nothing_came_of(uploader)


@HOSTILE
@given(
    filename=st.text(max_size=60)
    | st.sampled_from(["../../etc/passwd", "widget-2.0.tar.gz\0.whl", "widget-2.0.zip", ".", "a" * 400])
)
def test_any_filename(uploader: Uploader, filename: str) -> None:
    """Threat: a file name that leaves its folder, or that the database cannot hold."""
    _, content = sdist("widget", "2.0")
    fields = form_of("widget", "widget-2.0.tar.gz", content)
    named = filename.encode("utf-8", "replace").replace(b'"', b"%22").replace(b"\r", b"").replace(b"\n", b"")
    body = encode_multipart(BOUNDARY, {**fields, "content": SimpleUploadedFile("NAMED", content)}).replace(
        b"NAMED", named
    )
    _is_refused(_raw(uploader, body))
    nothing_came_of(uploader)


@HOSTILE
@given(
    attestations=st.binary(max_size=200)
    | st.sampled_from([b"[", b"[[]]", b"[{}]", b"null", b"[" * 500, b'[{"version": 1}]'])
)
def test_any_evidence(uploader: Uploader, attestations: bytes) -> None:
    """Threat: evidence that is no evidence. Its reader has laws of its own (tests/laws)."""
    filename, content = sdist("widget", "2.0")
    _is_refused(uploader.send(filename, content, None, attestations=attestations.decode("utf-8", "replace")))
    nothing_came_of(uploader)
