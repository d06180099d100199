"""Whoever doubts the registry checks a file again, by what its page says and nothing else."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from registry.models import File
from tests.support.uploader import Uploader

pytestmark = pytest.mark.django_db

PAGE = "/packages/widget/1.0/widget-1.0.tar.gz"
JSON = "application/vnd.pypi.simple.v1+json"
HERE = "http://127.0.0.1:8000"
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def page(uploader: Uploader, client: Client) -> str:
    """The page of a file that came through the whole gate."""
    assert uploader.publish("1.0").status_code == 200
    return client.get(PAGE).content.decode()


def command(page: str, label: str) -> str:
    (found,) = re.findall(rf'aria-label="{label}"><code>(.*?)</code>', page, re.DOTALL)
    return html.unescape(found)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def fetch(page: str, client: Client, into: Path) -> None:
    """Carry out the page's commands; the test client stands in for curl, and asks for the very same addresses."""
    for line in command(page, "Commands that fetch").splitlines():
        *curl, _, name, address = shlex.split(line)
        assert curl == ["curl", "--fail", "--silent", "--show-error"]
        response = client.get(address.removeprefix(HERE))
        assert response.status_code == 200, address
        (into / name).write_bytes(content(response))


def verify(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the page's command as installing it would: a script that calls what the project says."""
    name, *arguments = shlex.split(command(page, "Command that checks"))
    module, function = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"][name].split(":")
    script = folder.parent / name
    script.write_text(f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n")
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    run = [sys.executable, str(script), *arguments]
    return subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_pages_commands_check_the_file_again(page: str, client: Client, tmp_path: Path) -> None:
    """In an empty folder, with no setting of the registry's: accepted, and refused once a byte is another."""
    assert "checkout of Sluicegate" in page  # where the command comes from that it says
    fetch(page, client, tmp_path)
    done = verify(page, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("accepted: SLSA build level 2")
    artifact = tmp_path / "widget-1.0.tar.gz"
    artifact.write_bytes(artifact.read_bytes() + b"\0")
    again = verify(page, tmp_path)
    assert (again.returncode, again.stdout.startswith("refused: ")) == (1, True)


def test_what_is_served_is_what_its_digest_says(page: str, client: Client) -> None:
    """Each raw document that the page names, byte for byte."""
    documents = re.findall(
        r'<a href="(?:http://127.0.0.1:8000)?(/integrity/[^"]+)">[^<]+</a></dt><dd><code class="digest">(\w{64})<', page
    )
    kinds = [address.split("/")[5] for address, _ in documents]
    assert kinds == ["verdict", "evidence", "expectation", "roots"]
    for address, digest in documents:
        assert hashlib.sha256(content(client.get(address))).hexdigest() == digest


def test_the_index_names_the_same_documents(page: str, client: Client) -> None:
    """PEP 691: keys that begin with an underscore are the index's own."""
    index = client.get("/simple/widget/", headers={"Accept": JSON}).json()
    (named,) = [file["_sluicegate"] for file in index["files"]]
    assert set(named) == {"verdict", "expectation", "evidence"}
    for address in (named["verdict"], named["expectation"], *named["evidence"]):
        assert address.removeprefix(HERE) in page
        assert client.get(address.removeprefix(HERE)).status_code == 200


def test_the_expectation_is_the_one_of_then(uploader: Uploader, page: str, client: Client) -> None:
    """What is in force later changes nothing about what a file was judged by."""
    served = json.loads(client.get("/integrity/widget/1.0/widget-1.0.tar.gz/expectation").content)
    judged_by = File.objects.get().verdict.expectation
    assert judged_by is not None
    assert served == json.loads(judged_by.document)


@pytest.mark.parametrize("leaf", ["expectation", "roots"])
def test_what_is_not_offered_has_no_documents(page: str, client: Client, leaf: str) -> None:
    """A file has one place; others are 404, in JSON."""
    for place in ("widget/2.0/widget-1.0.tar.gz", "other/1.0/widget-1.0.tar.gz", "widget/1.0/none.tar.gz"):
        response = client.get(f"/integrity/{place}/{leaf}")
        assert (response.status_code, list(response.json())) == (404, ["message"])


def test_a_private_registry_is_asked_with_a_token(uploader: Uploader, settings: Any) -> None:
    """curl takes it from where it is not in a command line."""
    assert uploader.publish("1.0").status_code == 200
    settings.PRIVATE = True
    uploader.client.force_login(uploader.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = uploader.client.get(PAGE).content.decode()
    assert all(" --netrc " in line for line in command(shown, "Commands that fetch").splitlines())
