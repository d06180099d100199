"""``manage.py verify_files``: what was lost from the store, or is another there, is found, told and put back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from registry import storage
from registry.models import File
from tests.support.uploader import Uploader

pytestmark = pytest.mark.django_db


def verify() -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("verify_files", stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def blob(uploader: Uploader) -> Path:
    """Where the content of an uploaded file lies."""
    assert uploader.publish("1.0").status_code == 200
    return uploader.store / "blobs" / storage.blob_name(File.objects.get().sha256)


def url() -> str:
    """Return the address of the file."""
    file = File.objects.get()
    return f"/files/{file.sha256[:2]}/{file.sha256}/{file.filename}"


def test_a_store_that_has_everything(blob: Path) -> None:
    """Every file was read, and nothing is wrong."""
    assert verify() == (0, "1 file(s) read, 0 of them wrong.\n")


def test_what_is_lost_is_told_and_comes_back_with_the_same_file(uploader: Uploader, blob: Path, client: Client) -> None:
    """After a backup that was not whole: found, told to who downloads in words and not as an error of ours, and sent again."""
    blob.unlink()
    code, told = verify()
    assert (code, "widget-1.0.tar.gz: its content is missing" in told) == (1, True)
    gone = client.get(url())
    assert gone.status_code == 404
    assert b"its content is missing in the store" in gone.content
    assert "immutable" not in gone.headers.get("Cache-Control", "")
    assert uploader.publish("1.0").json()["message"] == "already here, nothing changed"
    assert verify()[0] == 0
    assert client.get(url()).status_code == 200


@pytest.mark.parametrize("content", [b"", b"<html>other</html>"])
def test_what_is_another_is_told(blob: Path, content: bytes) -> None:
    """Cut short, or replaced: whoever installs is told by the hash in the index, whoever operates by this."""
    blob.write_bytes(content)
    code, told = verify()
    assert (code, "its content is another than was let in" in told) == (1, True)
