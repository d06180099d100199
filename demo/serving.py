"""A registry as a process of its own: installed into a database, served by gunicorn on a loopback port."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from registry.postgres import Database

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 120.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Registry:
    """A serving registry: where it answers, and the environment in which its ``manage.py`` commands run."""

    url: str
    environment: Mapping[str, str]

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run a ``manage.py`` command with ``text`` as its input; return its output. Raises CalledProcessError."""
        return _manage(self.environment, *arguments, text=text)

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Tell people what happens, in a process of its own, until the end of the block."""
        command = [sys.executable, "manage.py", "deliver", "--forever"]
        process = subprocess.Popen(
            command,
            env=dict(self.environment),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has no threads that could hold a lock
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=15)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install(database: Database, var: Path, *, roots: Path | None = None, policy: Path | None = None) -> None:
    """Create or upgrade the registry's tables, as the owner; a new one begins with these documents, or with those shipped."""
    given = [("--roots", roots), ("--policy", policy)]
    documents = [word for option, path in given if path is not None for word in (option, str(path))]
    manage_as_owner(database, var, "install", "--verbosity", "0", *documents)


def manage_as_owner(database: Database, var: Path, *arguments: str) -> str:
    """Run a management command with the owner's login beside the application's; return what it printed."""
    owner = {"DATABASE_OWNER_URL": database.owner_url}
    return _manage({**_environment(database, var, "http://127.0.0.1"), **owner}, *arguments)


@contextmanager
def serve(
    database: Database,
    var: Path,
    *,
    port: int | None = None,
    workers: int = 2,
    settings: Mapping[str, str] | None = None,
    application: str = "registry.wsgi",
) -> Iterator[Registry]:
    """Serve an installed registry until the end of the block; its log goes to ``var/gunicorn.log``.

    ``settings`` are further ones, for the environment; with ``SLUICEGATE_BASE_URL`` among them, something stands in front.
    ``application`` is the module that gunicorn serves.

    Raises RuntimeError, with the end of the log, where it does not come up.
    """
    url = f"http://127.0.0.1:{port or free_port()}"
    environment = {**_environment(database, var, url), **(settings or {})}
    log = var / "gunicorn.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            _gunicorn(url, workers, application),
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has no threads that could hold a lock
        )
    try:
        _wait_until_ready(url, process, log)
        yield Registry(environment["SLUICEGATE_BASE_URL"], environment)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent is gone, killed or not: an orphan would serve the next demo's data."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(database: Database, var: Path, url: str) -> dict[str, str]:
    # Whatever the caller's own registry is configured by must not leak into this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICEGATE_", "DATABASE_"))}
    return {
        **kept,
        "DATABASE_URL": database.app_url,
        "SLUICEGATE_VAR": str(var),
        "SLUICEGATE_BASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "registry.settings",
    }


def _gunicorn(url: str, workers: int, application: str) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", application),
        *("--config", str(ROOT / "deploy" / "gunicorn.conf.py")),
        *("--bind", url.removeprefix("http://"), "--workers", str(workers), "--graceful-timeout", "5"),
    ]


def _manage(environment: Mapping[str, str], *arguments: str, text: str = "") -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, env=dict(environment), cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            # As if by https, which is all that a registry of an https address answers; another one does not look at it.
            request = urllib.request.Request(f"{url}/simple/", headers={"X-Forwarded-Proto": "https"})  # noqa: S310  loopback
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310  our own loopback address
                return
        except urllib.error.HTTPError as answer:
            if answer.code == HTTPStatus.UNAUTHORIZED:  # a private registry is up
                return
            time.sleep(0.1)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"the registry did not come up at {url}; its log ends:\n{tail}")
