"""Real clients against a served registry: what their users see."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from requests_toolbelt import MultipartEncoder

from demo.clients import consume, pip_download, twine_upload
from demo.real_input import FIRST, RealInput
from demo.serving import Registry
from tests.support.distributions import wheel
from tests.support.evidence import real_input

MAKE_PACKAGE = """
from django.db import transaction
from expectations import actions
from registry.models import Account, Package
from registry.tokens import create_token
ada = Account.objects.create_person("ada", email="ada@example.org", password=None)
for name in ("pypi-attestations", "widget"):
    with transaction.atomic():
        package = Package.objects.create(name=name, display_name=name, created_by=ada.person)
        actions.found_package(package, owner=ada.person, maintainers=[])
print(create_token(ada, name="test")[1])
"""


@pytest.fixture
def token(registry: Registry) -> str:
    """An API token of ada, who maintains ``pypi-attestations`` and ``widget``."""
    return registry.manage("shell", "--no-imports", "--command", MAKE_PACKAGE).strip().splitlines()[-1]


@pytest.fixture
def real(tmp_path: Path) -> RealInput:
    """The real distributions and attestations."""
    return real_input(tmp_path / "input")


def uv_publish(registry: Registry, token: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run ``uv publish``; of the files named (``dist/*``, usually) it sends the attestations with their distribution."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "publish",
        "--publish-url",
        f"{registry.url}/legacy/",
        "--token",
        token,
        *files,
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=120)


def test_twine_uploads_pip_downloads_and_a_consumer_checks(
    registry: Registry, token: str, real: RealInput, tmp_path: Path
) -> None:
    """The main job: twine with two real attestations, then pip by name, then a consumer who knows nothing of us."""
    sending = real.first()
    told = twine_upload(sending, url=registry.url, token=token)
    assert told.code == 0, told.output
    downloaded = pip_download("pypi-attestations==0.0.19", url=registry.url, into=tmp_path / "downloads")
    assert downloaded.code == 0, downloaded.output
    got = hashlib.sha256((tmp_path / "downloads" / FIRST).read_bytes()).hexdigest()
    assert got == hashlib.sha256(sending.file.read_bytes()).hexdigest()
    checked = consume("pypi-attestations", FIRST, url=registry.url, home=tmp_path / "home")
    assert checked.code == 0, checked.output
    assert "https://slsa.dev/provenance/v1 by GitHub trailofbits/pypi-attestations" in checked.output
    assert "https://docs.pypi.org/attestations/publish/v1" in checked.output


def test_uv_publishes(registry: Registry, token: str, real: RealInput) -> None:
    """uv sends the attestations after the file, without a Content-Type of the part, and with Basic credentials."""
    done = uv_publish(registry, token, *real.first().paths)
    assert done.returncode == 0, done.stderr


def test_twine_shows_the_reason(registry: Registry, token: str, real: RealInput) -> None:
    """twine shows the reason phrase alone: it has to say what is wrong, on one line, through gunicorn."""
    told = twine_upload(real.one_byte_changed(), url=registry.url, token=token)
    assert told.code != 0
    assert "400 Bad Request" in told.line
    assert "subject-mismatch" in told.line
    assert f"{registry.url}/refusals/" in told.line


def test_uv_shows_the_reason(registry: Registry, token: str, real: RealInput) -> None:
    """uv shows ``code`` of a plain JSON body alone."""
    done = uv_publish(registry, token, str(real.first(()).file))
    assert done.returncode != 0
    assert "evidence-missing" in done.stderr
    # uv breaks lines where they reach the edge of its terminal.
    assert "uv publish" in " ".join(done.stderr.split())


def test_a_wrong_token_is_told(registry: Registry, real: RealInput) -> None:
    """Who has a wrong token is told so, and nothing more."""
    told = twine_upload(real.first(), url=registry.url, token="sluice_wrong")
    assert "token-invalid" in told.line


def test_malformed_requests_get_no_500(registry: Registry, token: str) -> None:
    """Malformed input of any kind gets a clear 4xx over a real socket, and leaves nothing behind."""
    authorization = {"Authorization": f"Bearer {token}"}
    for body, content_type in [
        (b"", "multipart/form-data"),
        (b"x" * 1000, "multipart/form-data; boundary="),
        (b"--b\r\n" * 1000, "multipart/form-data; boundary=b"),
        (b"{}", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
    ]:
        headers = {**authorization, "Content-Type": content_type}
        answer = requests.post(f"{registry.url}/legacy/", data=body, headers=headers, timeout=30)
        assert answer.status_code == 400, (body[:20], answer.text)
        assert json.loads(answer.text)["reason"] == "form-malformed"
    for path in (
        "/simple/%00/",
        "/simple/" + "a" * 5000 + "/",
        "/integrity/a/b/c/provenance",
        "/files/aa/" + "a" * 64 + "/x",
    ):
        assert 400 <= requests.get(f"{registry.url}{path}", timeout=30).status_code < 500


def test_memory_does_not_grow_with_the_file(registry: Registry, token: str, tmp_path: Path) -> None:
    """A file of 90 MiB is streamed: the server's processes grow by less than 16 MiB, and it is refused for what it is."""
    filename, content = wheel("widget", "1.0")
    big = content + b"\0" * (90 * 1024 * 1024)
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": "widget",
        "version": "1.0",
        "filetype": "bdist_wheel",
        "sha256_digest": hashlib.sha256(big).hexdigest(),
    }
    path = tmp_path / "big"
    path.write_bytes(big)

    def peak() -> int:
        """Return the largest peak memory of the registry's processes, in KiB."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                if str(registry.environment["SLUICEGATE_VAR"]) in (status.parent / "environ").read_text(
                    errors="replace"
                ):
                    found += [
                        int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")
                    ]
            except OSError:
                continue
        return max(found)

    for _ in range(4):
        requests.post(f"{registry.url}/legacy/", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    before = peak()
    with path.open("rb") as file:
        body = MultipartEncoder({**fields, "content": (filename, file, "application/octet-stream")})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": body.content_type}
        answer = requests.post(f"{registry.url}/legacy/", data=body, headers=headers, timeout=120)
    assert answer.json()["reason"] == "archive-malformed"
    assert peak() - before < 16 * 1024
