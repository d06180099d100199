"""Blobs in a real object store: what is uploaded here is downloaded from there, and two servers of one registry agree."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from django.test import override_settings

from demo.clients import pip_download, twine_upload
from demo.real_input import FIRST, RealInput
from demo.serving import Registry, serve
from registry import settings as site
from registry import storage
from registry.postgres import Administration, Database
from registry.s3_options import ATTEMPTS, CONNECT_SECONDS, SILENT_SECONDS, s3_options
from registry.s3_storage import S3BlobStorage
from tests.support.evidence import real_input
from tests.support.object_store import BUCKET, KEYS, REGION, ObjectStore, client, object_store
from tests.support.uv_install import uv_install
from tests.test_clients import MAKE_PACKAGE

JSON = "application/vnd.pypi.simple.v1+json"
CONTENT = b"what a file holds"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """One store for all tests here."""
    with object_store(tmp_path_factory.mktemp("objects")) as store:
        yield store


@pytest.fixture
def blobs(objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.BlobStore]:
    """The registry's own store, configured for the object store as the settings do it."""
    for name, value in objects.environment.items():
        monkeypatch.setenv(name, value)
    options = s3_options(BUCKET, objects.url)
    configured = {**site.STORAGES, "blobs": {"BACKEND": "registry.s3_storage.S3BlobStorage", "OPTIONS": options}}
    with override_settings(STORAGES=configured):
        assert isinstance(storage.blobs(), S3BlobStorage)
        yield storage.blobs()


@pytest.fixture
def servers(
    administration: Administration, template: Database, slot: int, tmp_path: Path, objects: ObjectStore
) -> Iterator[list[Registry]]:
    """Two servers of one registry: one database, one object store, and a quarantine each."""
    name = f"sluicegate_objects_{slot}"
    database = administration.clone_database(template, name)
    try:
        with ExitStack() as running:
            found = []
            for number in (1, 2):
                folder = tmp_path / f"server-{number}"
                folder.mkdir()
                found.append(running.enter_context(serve(database, folder, workers=1, settings=objects.environment)))
            yield found
    finally:
        administration.drop_database(name)


def test_promotion_is_the_same_in_both_stores(blobs: storage.BlobStore, tmp_path: Path) -> None:
    """Design, "what a crash leaves": promotion may be repeated, and what stands at neither place is told as missing."""
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    blobs.promote(quarantined, SHA256)
    blobs.promote(quarantined, SHA256)
    quarantined.unlink()
    blobs.promote(quarantined, SHA256)
    with blobs.open(storage.blob_name(SHA256)) as blob:
        assert blob.read() == CONTENT
    with pytest.raises(FileNotFoundError):
        blobs.promote(quarantined, "0" * 64)


def test_what_got_lost_on_the_way_is_not_kept(blobs: storage.BlobStore, objects: ObjectStore, tmp_path: Path) -> None:
    """Threat: a blob's content is another than its address says. The store is told the digest, and holds to it."""
    other = hashlib.sha256(b"something else").hexdigest()
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    with pytest.raises(OSError, match=other):
        blobs.promote(quarantined, other)
    assert storage.blob_name(other) not in objects.names()


def test_a_direct_download_is_no_page(blobs: storage.BlobStore, tmp_path: Path) -> None:
    """Threat: an uploaded file runs in a browser. Whatever it is, the store sends it as a download of its own name."""
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    blobs.promote(quarantined, SHA256)
    url = blobs.direct_url(SHA256, "widget-1.0.tar.gz")
    assert url is not None
    answer = requests.get(url, timeout=30)
    assert answer.content == CONTENT
    assert answer.headers["Content-Disposition"] == 'attachment; filename="widget-1.0.tar.gz"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert requests.get(url.partition("?")[0], timeout=30).status_code == 403
    assert requests.get(url.replace("widget-1.0", "widget-2.0"), timeout=30).status_code == 403
    assert requests.get(url.replace("application%2Foctet-stream", "text%2Fhtml"), timeout=30).status_code == 403
    assert requests.put(url, data=b"other bytes", timeout=30).status_code == 403


def test_nobody_lists_what_is_there(objects: ObjectStore) -> None:
    """Threat: somebody without a token reads which files a private registry has. The bucket answers nobody but its keys."""
    for path in ("", f"/{BUCKET}", f"/{BUCKET}?list-type=2"):
        assert requests.get(f"{objects.url}{path}", timeout=30).status_code == 403


def test_whoever_asks_for_the_headers_alone_gets_them(blobs: storage.BlobStore, tmp_path: Path) -> None:
    """Installers that look into a wheel from afar ask by HEAD first; an address that is signed for GET answers that with 403."""
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    blobs.promote(quarantined, SHA256)
    url = blobs.direct_url(SHA256, "widget-1.0.tar.gz", "HEAD")
    assert url is not None
    answer = requests.head(url, timeout=30)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(CONTENT)))


def test_a_store_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Threat: the store hangs, each upload holds a thread for minutes, and nginx tells nobody why. Here: one second, twice."""
    monkeypatch.setattr("registry.s3_options.SILENT_SECONDS", 1)
    for name, value in {**KEYS, **REGION}.items():
        monkeypatch.setenv(name, value)
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = S3BlobStorage(**s3_options(BUCKET, f"http://127.0.0.1:{silent.getsockname()[1]}"))
        began = time.monotonic()
        with pytest.raises(OSError, match="did not take"):
            hanging.promote(quarantined, SHA256)
        assert time.monotonic() - began < 15
        with pytest.raises(OSError, match="did not give"):
            hanging.open(storage.blob_name(SHA256))


class _CutShort(BaseHTTPRequestHandler):
    """An object store that says how large an object is, and ends before it is sent."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONTENT[:-1])

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_a_store_that_ends_in_the_middle_is_an_error_of_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else verify_files stops at the first such object, in place of telling it and all others."""
    for name, value in {**KEYS, **REGION}.items():
        monkeypatch.setenv(name, value)
    with ThreadingHTTPServer(("127.0.0.1", 0), _CutShort) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever)
        broken = S3BlobStorage(**s3_options(BUCKET, f"http://127.0.0.1:{server.server_address[1]}"))
        try:
            with pytest.raises(OSError, match="did not give"):
                broken.open(storage.blob_name(SHA256))
        finally:
            server.shutdown()


def test_two_waits_fit_into_an_upload() -> None:
    """The server in front waits for 120 s: asking whether a file is there may take as long as two silences, or storing it."""
    in_front = (Path(__file__).parent.parent / "deploy" / "nginx.conf").read_text()
    assert "proxy_read_timeout 120s;" in in_front
    assert 2 * ATTEMPTS * (CONNECT_SECONDS + SILENT_SECONDS) < 120


def test_two_servers_agree(servers: list[Registry], objects: ObjectStore, tmp_path: Path) -> None:
    """What one server takes, the other offers at once, to pip and uv; and the very same upload to both at once is one file."""
    one, other = servers
    token = one.manage("shell", "--no-imports", "--command", MAKE_PACKAGE).strip().splitlines()[-1]
    sending = RealInput.first(real_input(tmp_path / "input"))
    with ThreadPoolExecutor(2) as senders:
        told = list(senders.map(lambda server: twine_upload(sending, url=server.url, token=token), servers))
    assert [each.code for each in told] == [0, 0], told
    content = sending.file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    assert storage.blob_name(sha256) in objects.names()
    pages = [
        requests.get(f"{server.url}/simple/pypi-attestations/", headers={"Accept": JSON}, timeout=30)
        for server in servers
    ]
    assert [[file["hashes"]["sha256"] for file in page.json()["files"]] for page in pages] == [[sha256]] * 2
    for number, server in enumerate(servers):
        got = pip_download("pypi-attestations==0.0.19", url=server.url, into=tmp_path / f"pip-{number}")
        assert got.code == 0, got.output
        assert (tmp_path / f"pip-{number}" / FIRST).read_bytes() == content
    _uv_install(other, tmp_path / "uv")
    assert [list(Path(server.environment["SLUICEGATE_VAR"], "quarantine").iterdir()) for server in servers] == [[], []]
    redirect = requests.get(f"{one.url}/files/{sha256[:2]}/{sha256}/{FIRST}", allow_redirects=False, timeout=30)
    assert redirect.status_code == 302
    assert redirect.headers["Cache-Control"] == "no-store"
    assert redirect.headers["Location"].startswith(objects.url)


def _uv_install(server: Registry, target: Path) -> None:
    uv_install("pypi-attestations==0.0.19", index=f"{server.url}/simple/", target=target)
    assert (target / "pypi_attestations").is_dir()


def test_a_store_that_cannot_be_reached_takes_nothing(
    blobs: storage.BlobStore, objects: ObjectStore, tmp_path: Path
) -> None:
    """Design, "what a crash leaves": the file stays in quarantine. It is told as an OSError: the sweep goes on to the next."""
    unreachable = S3BlobStorage(
        bucket_name=BUCKET,
        endpoint_url="http://127.0.0.1:1",
        client_config=client(objects.url).meta.config,
    )
    quarantined = tmp_path / "quarantined"
    quarantined.write_bytes(CONTENT)
    with pytest.raises(OSError, match="did not take"):
        unreachable.promote(quarantined, SHA256)
    assert quarantined.read_bytes() == CONTENT
