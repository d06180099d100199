"""The shipped nginx configuration in front of a real server, over TLS, with the clients that people use."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from demo import nginx
from demo.certificate import make_certificate
from demo.clients import pip_download, twine_upload
from demo.real_input import FIRST, RealInput
from demo.serving import Registry, free_port, serve
from expectations.documents.policy import DEFAULT_POLICY
from registry.postgres import Administration, Database
from tests.support.evidence import real_input
from tests.support.uv_install import uv_install
from tests.test_clients import MAKE_PACKAGE, uv_publish

MAX_FILE_MIB = DEFAULT_POLICY.file_mib
JSON = "application/vnd.pypi.simple.v1+json"


FREEZE = """
from expectations import actions
from expectations.documents import PackageState
from registry.models import Account, Package
from tests.support.agreement import KEY
actions.close_package(Package.objects.get(name="widget"), state=PackageState.FROZEN, note="",
                      by=Account.objects.get(username="ada"), factor=KEY, number=1)
"""


@dataclass(frozen=True)
class Front:
    """A registry behind nginx, a token of ada's, and the real distributions."""

    registry: Registry
    token: str
    real: RealInput
    blobs: Path

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a path, as a client that keeps no state."""
        return requests.get(f"{self.registry.url}{path}", headers=headers, timeout=30, allow_redirects=False)


@pytest.fixture(scope="module")
def front(
    administration: Administration, template: Database, slot: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """One registry for all tests here, which leave it as they find it, but for what they publish."""
    if not nginx.is_installed():
        pytest.skip(f"there is no nginx; this brings it: {nginx.HOW_TO_GET_IT}")
    folder = tmp_path_factory.mktemp("front")
    name = f"sluicegate_nginx_{slot}"
    database = administration.clone_database(template, name)
    outside, inside = free_port(), free_port()
    settings = {
        "SLUICEGATE_BASE_URL": f"https://127.0.0.1:{outside}",
        "SLUICEGATE_SECRET_KEY": "behind nginx, in a test",
        "SLUICEGATE_BEHIND_NGINX": "1",
    }
    listen = f"127.0.0.1:{outside} ssl"
    certificate = make_certificate(folder)
    values = nginx.loopback_values(
        upstream=inside, listen=listen, var=folder, certificate=certificate, max_file_mib=MAX_FILE_MIB
    )
    trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(certificate.authority))
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in trusted.items():
            environment.setenv(variable, value)
        try:
            with (
                serve(database, folder, port=inside, settings=settings) as registry,
                nginx.in_front(values, folder / "nginx", port=outside),
            ):
                token = registry.manage("shell", "--no-imports", "--command", MAKE_PACKAGE).strip().splitlines()[-1]
                yield Front(registry, token, real_input(folder / "input"), folder / "blobs")
        finally:
            administration.drop_database(name)


@pytest.fixture(scope="module")
def published(front: Front) -> str:
    """The path of a file that twine has uploaded through nginx."""
    told = twine_upload(front.real.first(), url=front.registry.url, token=front.token)
    assert told.code == 0, told.output
    return _path_of_file(front)


def _path_of_file(front: Front) -> str:
    (file,) = front.get("/simple/pypi-attestations/", Accept=JSON).json()["files"]
    return str(file["url"]).removeprefix(front.registry.url)


def test_pip_installs_what_twine_uploaded(front: Front, published: str, tmp_path: Path) -> None:
    """The main job, through nginx: uploads streamed, index cached, the file sent by nginx itself, byte for byte."""
    downloaded = pip_download("pypi-attestations==0.0.19", url=front.registry.url, into=tmp_path)
    assert downloaded.code == 0, downloaded.output
    sent = front.real.first().file.read_bytes()
    assert (tmp_path / FIRST).read_bytes() == sent
    again = uv_publish(front.registry, front.token, *front.real.first().paths)
    assert again.returncode == 0, again.stderr


def test_uv_installs_from_behind_nginx(front: Front, published: str, tmp_path: Path) -> None:
    """uv asks for the JSON form, and takes file and metadata by the addresses that stand in it."""
    uv_install("pypi-attestations==0.0.19", index=f"{front.registry.url}/simple/", target=tmp_path)
    assert (tmp_path / "pypi_attestations").is_dir()


def test_twine_is_told_why(front: Front) -> None:
    """The reason phrase is all that twine shows: nginx passes it on."""
    told = twine_upload(front.real.one_byte_changed(), url=front.registry.url, token=front.token)
    assert told.code != 0
    assert "subject-mismatch" in told.line
    assert f"{front.registry.url}/refusals/" in told.line


def test_a_file_is_a_download_whatever_it_is(front: Front, published: str) -> None:
    """Threat: an uploaded file runs in a browser as a page of the registry; nginx sends it, under the registry's headers."""
    answer = front.get(published)
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{FIRST}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert "Strict-Transport-Security" in answer.headers
    assert "X-Accel-Redirect" not in answer.headers
    assert front.get(published, **{"If-None-Match": f'"{sha256}"'}).status_code == 304
    part = front.get(published, Range="bytes=0-9")
    assert (part.status_code, part.content) == (206, answer.content[:10])


def test_nginx_and_not_python_sends_files(front: Front, published: str) -> None:
    """Design, "Serving": files never go through Python in production, which does not even notice that one is missing."""
    inside = front.registry.environment["SLUICEGATE_VAR"]
    blob = next(path for path in Path(inside, "blobs").rglob("*") if path.is_file())
    hidden = blob.with_name("hidden")
    blob.rename(hidden)
    try:
        assert front.get(published).status_code == 404
    finally:
        hidden.rename(blob)


@pytest.mark.parametrize("prefix", ["/_blobs/", "//_blobs/", "/simple/../_blobs/", "/%5Fblobs/", "/files/..%2f_blobs/"])
def test_blobs_cannot_be_asked_for_by_their_content(front: Front, published: str, prefix: str) -> None:
    """Threat: a quarantined file is fetched past the registry, by the address that nginx has for itself."""
    sha256 = published.split("/")[3]
    session = requests.Session()
    request = requests.Request("GET", front.registry.url).prepare()
    request.url = f"{front.registry.url}{prefix}{sha256[:2]}/{sha256}"  # as it stands: no client tidies it up
    assert session.send(request, timeout=30, verify=os.environ["REQUESTS_CA_BUNDLE"]).status_code == 404


def test_a_page_is_kept_and_told_apart_by_its_form(front: Front, published: str) -> None:
    """What nginx keeps has the registry's ETag and Vary, and is revalidated by it."""
    _begin_a_second()
    answers = [
        front.get("/simple/pypi-attestations/", Accept=accept) for accept in (JSON, "text/html", JSON, "text/html")
    ]
    assert [answer.headers["Content-Type"].partition(";")[0] for answer in answers] == [JSON, "text/html"] * 2
    for answer in answers:
        assert {"Accept", "Accept-Encoding"} <= set(re.split(r",\s*", answer.headers["Vary"]))
        assert "X-Accel-Expires" not in answer.headers
    assert answers[0].headers["ETag"] == answers[2].headers["ETag"] != answers[1].headers["ETag"]
    seen = {"If-None-Match": answers[0].headers["ETag"]}
    # A page that was made in the last moment of its second is no longer kept when it comes: it is sent whole then.
    _until(lambda: front.get("/simple/pypi-attestations/", Accept=JSON, **seen).status_code == 304)
    plain = front.get("/simple/pypi-attestations/", Accept=JSON, **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.json() == answers[0].json()


def test_a_page_outlives_a_change_by_no_more_than_a_second(front: Front, published: str) -> None:
    """Design, "Serving": a quarantine is seen everywhere within a second."""
    with ThreadPoolExecutor(1) as reader:
        watching = reader.submit(_watch_for, front, "archived")
        front.registry.manage("shell", "--no-imports", "--command", FREEZE)
        frozen = time.monotonic()
        assert watching.result() - frozen < 1.0


def _watch_for(front: Front, status: str) -> float:
    """Keep the page in nginx's cache by asking for it all the time, and return when it first tells the status."""
    _until(lambda: front.get("/simple/widget/", Accept=JSON).json()["project-status"]["status"] == status)
    return time.monotonic()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def _begin_a_second() -> None:
    time.sleep(1.02 - time.time() % 1)


def test_the_answer_to_who_signs_in_is_kept_for_nobody(front: Front, published: str) -> None:
    """Threat: a private answer is read from the cache. Who sends credentials or a cookie goes past it, both ways."""
    cache = Path(front.registry.environment["SLUICEGATE_VAR"], "cache")
    path = "/simple/"
    for headers in ({"Authorization": f"Bearer {front.token}"}, {"Cookie": "sessionid=x"}):
        assert front.get(path, **headers).status_code == 200
    assert not _kept(cache, path)
    _until(lambda: front.get(path).status_code == 200 and bool(_kept(cache, path)))


def _kept(cache: Path, path: str) -> list[Path]:
    """Return the files of nginx's cache that have the path in their key."""
    return [file for file in cache.rglob("*") if file.is_file() and f"{path}\n".encode() in file.read_bytes()[:4096]]


def test_a_client_cannot_say_how_it_came(front: Front) -> None:
    """Threat: who asks by http says that it was https. nginx writes over what clients say of themselves."""
    answer = front.get("/accounts/login/", **{"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1, 192.0.2.2"})
    assert answer.status_code == 200  # neither redirected to https nor refused for a chain of proxies


def test_a_file_too_large_is_refused_by_its_limit(front: Front) -> None:
    """Between nginx's limit and the registry's, the registry says what is too large; beyond both, nginx does (413)."""
    headers = {"Authorization": f"Bearer {front.token}"}
    for mebibytes in (MAX_FILE_MIB + 1, MAX_FILE_MIB + 30):
        file = {"content": ("widget-1.0.tar.gz", b"\0" * (mebibytes * 1024 * 1024))}
        answer = requests.post(f"{front.registry.url}/legacy/", headers=headers, files=file, timeout=60)
        assert answer.status_code == 413
        if mebibytes == MAX_FILE_MIB + 1:
            assert json.loads(answer.text)["reason"] == "file-too-large"
            assert "file-too-large" in answer.reason


def test_a_dry_run_takes_as_large_a_file(front: Front) -> None:
    """What an upload would get is told of a file that pages and forms would be too large with."""
    file = {"content": ("widget-1.0.tar.gz", b"\0" * (9 * 1024 * 1024))}
    headers = {"Authorization": f"Bearer {front.token}"}
    answer = requests.post(f"{front.registry.url}/api/v1/dry-run", headers=headers, files=file, timeout=60)
    assert (answer.status_code, answer.json()["reason"]) == (200, "form-malformed")


def test_slow_uploads_hold_up_nobody_who_reads(front: Front) -> None:
    """Threat: whoever has a token begins a few uploads, sends a byte a minute, and nobody can install anything."""
    with ExitStack() as held:
        answers = [_begin_an_upload(front, held) for _ in range(60)]
        refused = answers[-1].recv(4096)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"Send yours again" in refused
        for _ in range(4):
            assert requests.get(f"{front.registry.url}/simple/widget/?again", timeout=20).status_code == 200
        elsewhere = _begin_an_upload(front, held, source="127.0.0.2")
        elsewhere.settimeout(1)
        with pytest.raises(TimeoutError):  # it is let through, and waited for
            elsewhere.recv(1)


LONG_LOG = """
from expectations import audit
audit.record("padded", padding="x" * 16_000_000)
"""
"""More than lies in sockets and in nginx on the way to somebody who does not read."""


def test_downloads_of_the_log_hold_up_nobody_who_reads(front: Front) -> None:
    """Threat: whoever likes asks for the whole audit log a hundred times, each of which keeps a thread busy for seconds or, the
    longer it gets, minutes: nobody can install anything meanwhile. However its address is written, it is let through twice
    at a time from one address and four times altogether."""
    front.registry.manage("shell", "--no-imports", "--command", LONG_LOG)
    with ExitStack() as held:
        for source in ("127.0.0.1", "127.0.0.2"):
            for path in ("/audit/log.jsonl", "/audit/%6Cog.jsonl?x"):
                assert _ask_for(front, held, path, source).startswith(b"HTTP/1.1 200")
            refused = _ask_for(front, held, "/audit/log.jsonl", source)
            assert refused.startswith(b"HTTP/1.1 503")
            assert b"Retry-After: 10" in refused
        assert _ask_for(front, held, "/audit/log.jsonl", "127.0.0.3").startswith(b"HTTP/1.1 503")
        assert front.get("/simple/widget/?again").status_code == 200


def _ask_for(front: Front, held: ExitStack, path: str, source: str) -> bytes:
    """Return the beginning of an answer, and read no further."""
    reader, address = _connect(front, held, source), urlsplit(front.registry.url)
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    return reader.recv(1024)


def _begin_an_upload(front: Front, held: ExitStack, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """Send the beginning of an upload, of which no more ever comes."""
    sender, address = _connect(front, held, source), urlsplit(front.registry.url)
    sender.sendall(
        f"POST /legacy/ HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {front.token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000000\r\n\r\n--x\r\n".encode()
    )
    return sender


def _connect(front: Front, held: ExitStack, source: str) -> ssl.SSLSocket:
    address = urlsplit(front.registry.url)
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    plain = socket.create_connection((address.hostname, address.port), timeout=20, source_address=(source, 0))
    return held.enter_context(context.wrap_socket(plain, server_hostname=address.hostname))
