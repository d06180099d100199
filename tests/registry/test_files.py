"""Downloads: only what is offered, byte for byte, and never anything that a browser would run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from registry import storage
from registry.models import File
from tests.support.distributions import wheel
from tests.support.rows import METADATA, Signing, accept, new_package

pytestmark = pytest.mark.django_db

FILENAME, CONTENT = wheel("widget", "1.0")
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = f"/files/{SHA256[:2]}/{SHA256}/{FILENAME}"
OTHER = "0" * 64


@pytest.fixture
def blob(store: Path) -> Path:
    """The wheel's content, in the store whether or not a row names it."""
    received = store / "received"
    received.write_bytes(CONTENT)
    storage.blobs().promote(received, SHA256)
    return store


@pytest.fixture
def file(signing: Signing, blob: Path) -> File:
    return accept(new_package(), FILENAME, CONTENT, [signing.provenance(FILENAME, CONTENT)], roots=signing.roots)


def test_whoever_promotes_second_waits_for_the_disk_too(blob: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: the power fails when one upload has linked the blob, and another of the same content has shown its file already."""
    synced: list[Path] = []
    monkeypatch.setattr("registry.storage._fsync_folder", synced.append)
    storage.blobs().promote(blob / "received", SHA256)
    assert blob / "blobs" / SHA256[:2] in synced


def test_a_file_is_served_as_it_is(client: Client, file: File) -> None:
    """PEP 503: the URL links to the location of the file for download."""
    response = client.get(URL)
    assert response.getvalue() == CONTENT
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert response.headers["ETag"] == f'"{SHA256}"'
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_a_browser_is_told_to_run_nothing(client: Client, file: File, suffix: str) -> None:
    """Threat: an uploaded file is opened in a browser as a page of the registry, with its cookies."""
    headers = client.get(f"{URL}{suffix}").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    if not suffix:
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"] == f'attachment; filename="{FILENAME}"'


def test_core_metadata_is_served_beside_the_file(client: Client, file: File) -> None:
    """PEP 658: the repository serves the metadata with ``.metadata`` appended to the distribution's file name."""
    response = client.get(f"{URL}.metadata")
    assert response.content == METADATA
    assert hashlib.sha256(response.content).hexdigest() == file.metadata_sha256
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("suffix", ["", ".metadata"])
@pytest.mark.parametrize(
    "url",
    [
        f"/files/{SHA256[:2]}/{SHA256}/widget-1.1-py3-none-any.whl",
        f"/files/{OTHER[:2]}/{OTHER}/{FILENAME}",
        f"/files/{OTHER[:2]}/{SHA256}/{FILENAME}",
        f"/files/{SHA256[:1]}/{SHA256}/{FILENAME}",
        f"/files/{SHA256[:2]}/{SHA256.upper()}/{FILENAME}",
        f"/files/{SHA256[:2]}/{SHA256}/%00",
        f"/files/{SHA256[:2]}/{SHA256}/{FILENAME}%00",
        f"/files/{SHA256[:2]}/{SHA256}/%2e%2e%2f{FILENAME}",
        f"/files/{SHA256[:2]}/{SHA256[:-1]}/{FILENAME}",
    ],
)
def test_content_and_name_have_to_be_the_files(client: Client, file: File, url: str, suffix: str) -> None:
    """Threat: known content is handed out under a name that its checker did not look at."""
    assert client.get(f"{url}{suffix}").status_code == 404


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_what_is_not_yet_offered_is_not_served(client: Client, signing: Signing, blob: Path, suffix: str) -> None:
    """Design, "An upload": from the commit to the promotion a file is there for nobody, though its blob may be."""
    assert client.get(f"{URL}{suffix}").status_code == 404
    evidence = signing.provenance(FILENAME, CONTENT)
    accept(new_package(), FILENAME, CONTENT, [evidence], roots=signing.roots, visible=False)
    assert client.get(f"{URL}{suffix}").status_code == 404


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_what_the_client_has_is_not_sent_again(client: Client, file: File, suffix: str) -> None:
    """RFC 9110, 15.4.5: 304 with the headers that a cache needs."""
    etag = client.get(f"{URL}{suffix}").headers["ETag"]
    response = client.get(f"{URL}{suffix}", headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response.headers["ETag"] == etag
    assert "immutable" in response.headers["Cache-Control"]
    assert client.get(f"{URL}{suffix}", headers={"If-None-Match": f'"{OTHER}"'}).status_code == 200


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_files_are_only_read(client: Client, file: File, suffix: str) -> None:
    """Threat: a file is replaced by a request that the index was not meant to take."""
    assert client.put(f"{URL}{suffix}").status_code == 405
    assert client.delete(f"{URL}{suffix}").status_code == 405
    assert client.head(f"{URL}{suffix}").status_code == 200


def test_behind_nginx_a_file_is_named_and_not_sent(client: Client, file: File, settings: Settings) -> None:
    """deploy/nginx.conf: the answer says where nginx finds the content, under the headers that are sent with it."""
    settings.BEHIND_NGINX = True
    response = client.get(URL)
    assert response.content == b""
    assert response.headers["X-Accel-Redirect"] == f"/_blobs/{SHA256[:2]}/{SHA256}"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{FILENAME}"'
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    settings.BEHIND_NGINX = False
    assert "X-Accel-Redirect" not in client.get(URL).headers


def test_behind_nginx_what_is_not_offered_is_not_named(client: Client, blob: Path, settings: Settings) -> None:
    """Threat: a blob that no visible file names is fetched, for nginx would send it."""
    settings.BEHIND_NGINX = True
    response = client.get(URL)
    assert response.status_code == 404
    assert "X-Accel-Redirect" not in response.headers
