"""The form as it comes over HTTP (RFC 7578): the same whatever way the network cuts it, and nothing of it is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.documents.policy import DEFAULT_POLICY
from registry.api import incoming
from registry.storage import quarantine
from registry.upload_refused import UploadRefused
from verification.reasons import Reason

FILE = b"PK\r\n--\r\r\n-b\r--b--\n--bx\x00\xff\r\n"
"""Content with what nearly is the boundary in it (RFC 2046, 5.1.1: that itself stands in no content)."""


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    """Return a part of a form as it is sent."""
    head = "\r\n".join([f"Content-Disposition: form-data; {disposition}", *headers])
    return b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"


BODY = (
    part('name="name"', "Widgét".encode())
    + part('name="classifiers"', b"a")
    + part('name="content"; filename="widget-1.0.tar.gz"', FILE, "Content-Type: application/octet-stream")
    + part('name="gpg_signature"; filename="widget-1.0.tar.gz.asc"', b"-----BEGIN")
    + part('name="classifiers"', b"")
)
END = b"--b--"


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Any) -> None:
    """A quarantine of its own."""
    settings.QUARANTINE = tmp_path / "quarantine"


def request(body: bytes, content_type: str = "multipart/form-data; boundary=b") -> HttpRequest:
    """Return a request with this body."""
    return RequestFactory().generic("POST", "/legacy/", body, content_type=content_type)


def refused(body: bytes) -> UploadRefused:
    """Return why a body is refused, and see that nothing is left of it."""
    with pytest.raises(UploadRefused) as error, incoming.receiving(request(body), DEFAULT_POLICY):
        pass
    assert list(quarantine().iterdir()) == []
    return error.value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    piece=st.integers(1, len(BODY) + 9),
    epilogue=st.sampled_from([b"", b"\r\n", b"\r\nafter"]),
    before=st.sampled_from([b"", b"\r\n"]),
)
def test_however_it_is_cut_it_is_the_same_form(piece: int, epilogue: bytes, before: bytes) -> None:
    """RFC 2046, 5.1.1: what stands before the first boundary and after the last one is nobody's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "CHUNK_BYTES", piece)
        with incoming.receiving(request(before + BODY + END + epilogue), DEFAULT_POLICY) as form:
            assert form.fields == {"name": ["Widgét"], "classifiers": ["a", ""]}
            assert form.received is not None
            assert (form.received.filename, form.received.size) == ("widget-1.0.tar.gz", len(FILE))
            assert form.received.path.read_bytes() == FILE
            form.received.discard()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, len(BODY + END) - 1))
def test_a_body_that_ends_early_is_refused(length: int) -> None:
    """Threat: a client that goes away half way, whose file would be taken for a whole one."""
    assert refused((BODY + END)[:length]).reason is Reason.FORM_MALFORMED


def test_the_file_part_stands_once() -> None:
    """Threat: what is checked is one file, and what is kept another."""
    content = part('name="content"; filename="widget-1.0.tar.gz"', b"x")
    told = refused(content + content + END)
    assert (told.reason, "more than once" in told.detail) == (Reason.FORM_MALFORMED, True)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-gzip"])
@pytest.mark.parametrize("disposition", ['name="content"; filename="widget-1.0.tar.gz"', 'name="name"'])
def test_a_part_in_another_encoding_is_refused(encoding: str, disposition: str) -> None:
    """RFC 7578, 4.7: no part is encoded. Taken as it stands, it would be another file than the sender's."""
    told = refused(part(disposition, b"eA==", f"Content-Transfer-Encoding: {encoding}") + END)
    assert (told.reason, "Content-Transfer-Encoding" in told.detail) == (Reason.FORM_MALFORMED, True)


def test_a_file_of_no_name_is_none() -> None:
    """Browsers send such a part where no file was chosen."""
    with incoming.receiving(request(part('name="content"; filename=""', b"x") + END), DEFAULT_POLICY) as form:
        assert form.received is None
        assert form.fields == {}


def test_a_field_called_content_is_no_file() -> None:
    """A file is a part with a file's name."""
    with incoming.receiving(request(part('name="content"', b"x") + END), DEFAULT_POLICY) as form:
        assert form.received is None


def test_fields_are_taken_up_to_a_bound() -> None:
    """Threat: a form of nothing but fields fills the memory."""
    one = part('name="x"', b"")
    with incoming.receiving(request(one * django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + END), DEFAULT_POLICY) as form:
        assert len(form.fields["x"]) == django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert "more fields" in refused(one * (incoming.MAX_PARTS + 1) + END).detail
    most = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 1
    with incoming.receiving(request(part('name="x"', b"x" * most) + END), DEFAULT_POLICY) as form:
        assert len(form.fields["x"][0]) == most
    assert "larger" in refused(part('name="x"', b"x" * (most + 1)) + END).detail


def test_headers_are_taken_up_to_a_bound() -> None:
    """Threat: headers folded into lines of one character keep a worker for most of a minute, and nothing else counts them."""
    usual = part('name="content"', b"", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")
    with incoming.receiving(
        request(usual * django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + END), DEFAULT_POLICY
    ) as form:
        assert len(form.fields["content"]) == django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    folded = part('name="x"', b"", *("X:" + "\r\n y" * 2000 for _ in range(7)))
    assert "headers" in refused(folded * 20 + END).detail


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "multipart/mixed; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=b; charset=utf-16",
    ],
)
def test_anything_else_is_no_form(content_type: str) -> None:
    """The body's type says how it is read, and only one is."""
    with (
        pytest.raises(UploadRefused) as error,
        incoming.receiving(request(BODY + END, content_type), DEFAULT_POLICY),
    ):
        pass
    assert error.value.reason is Reason.FORM_MALFORMED
