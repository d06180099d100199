"""The registries that people would run otherwise, each in an environment of its own, as its documentation starts it."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.serving import end_with_parent, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = ROOT / "var" / "peers"
READY_WITHIN = 180.0
USER, PASSWORD = "benchmark", "benchmark-password"


@dataclass(frozen=True, slots=True)
class Peer:
    """A serving peer: where it takes uploads and where its index is, and the headers of each way to authenticate."""

    upload_url: str
    simple_url: str
    authentications: Mapping[str, Mapping[str, str]]
    folder: Path


@contextmanager
def pypiserver(folder: Path) -> Iterator[Peer]:
    """Serve a folder by pypiserver, which takes uploads from everybody: it has nothing to check but the file's name."""
    packages = folder / "packages"
    packages.mkdir(parents=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [_program("pypiserver", "pypi-server"), "run", "-i", "127.0.0.1", "-p", str(port)]
    with _running([*command, "-a", ".", "-P", ".", "--disable-fallback", str(packages)], f"{url}/simple/", folder):
        yield Peer(f"{url}/", f"{url}/simple/", {"nobody": {}}, packages)


@contextmanager
def devpi(folder: Path) -> Iterator[Peer]:
    """Serve an index of a user's by devpi-server, which has no mirror: nothing goes to the network."""
    served = folder / "served"
    subprocess.run(
        [_program("devpi-server", "devpi-init"), "--serverdir", str(served), "--no-root-pypi"],
        check=True,
        capture_output=True,
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [_program("devpi-server", "devpi-server"), "--serverdir", str(served), "--port", str(port)]
    with _running([*command, "--host", "127.0.0.1"], f"{url}/+api", folder):
        _ask("PUT", f"{url}/{USER}", {"password": PASSWORD, "email": "benchmark@example.org"})
        told = _ask("POST", f"{url}/+login", {"user": USER, "password": PASSWORD})
        token = {"Authorization": _basic(USER, str(told["result"]["password"]))}
        _ask("PUT", f"{url}/{USER}/index", {"bases": [], "volatile": True}, token)
        ways = {"login token": token, "Basic": {"Authorization": _basic(USER, PASSWORD)}}
        yield Peer(f"{url}/{USER}/index/", f"{url}/{USER}/index/+simple/", ways, served)


def versions() -> dict[str, str]:
    """Return the version of each peer that is installed. Raises SystemExit where one is not."""
    found = {}
    for name in ("pypiserver", "devpi-server"):
        _program(name, "python")
        code = f"from importlib.metadata import version; print(version({name!r}))"
        python = str(ENVIRONMENTS / name / "bin" / "python")
        found[name] = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    return found


def _program(peer: str, name: str) -> str:
    path = ENVIRONMENTS / peer / "bin" / name
    if not path.exists():
        raise SystemExit(f"{peer} is not installed in {path.parent.parent}. Install both peers: make peers")
    return str(path)


@contextmanager
def _running(command: list[str], url: str, folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has no threads that could hold a lock
        )
        try:
            _wait_until_ready(url, process, folder / "log")
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"no answer from {url}; its log ends:\n{log.read_text(errors='replace')[-3000:]}")


def _ask(
    method: str, url: str, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> dict[str, dict[str, object]]:
    data = json.dumps(content).encode()
    sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, headers=sent, method=method)  # noqa: S310  our own loopback address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  the same
        told: dict[str, dict[str, object]] = json.load(answer)
    return told


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
