"""One cluster's folder below var/, and the server process that belongs to it.

    data/           the cluster, made by initdb in data.unfinished/ and then renamed
    run/            the socket
    log             what the server said since its last start
    secrets.json    the passwords of its roles
    change.lock     held by whoever starts or stops the server
    users.lock      held together by everybody who uses the server; nobody holding it means that it must end

Only data/ and run/ belong to the server's user.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from registry.postgres.errors import EmbeddedError
from registry.postgres.sockets import PORT
from registry.postgres.standing import ENVIRONMENT, Standing

ADMINISTRATOR = "postgres"
_PATIENCE_WITH_STOP = 30.0


@dataclass(frozen=True)
class Cluster:
    """The places of one cluster."""

    folder: Path

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.folder / "data"

    @property
    def run(self) -> Path:
        """The folder of the socket."""
        return self.folder / "run"

    @property
    def log(self) -> Path:
        """What the server said since its last start."""
        return self.folder / "log"

    @property
    def secrets(self) -> Path:
        """The passwords of the roles."""
        return self.folder / "secrets.json"

    @property
    def changes(self) -> Path:
        """The lock of whoever starts or stops the server."""
        return self.folder / "change.lock"

    @property
    def users(self) -> Path:
        """The lock that everybody who uses the server shares."""
        return self.folder / "users.lock"

    @property
    def name(self) -> str:
        """A name that tells this cluster's server from every other process."""
        return f"sluicegate-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"


def cluster_for(var: Path, purpose: str) -> Cluster:
    """Return the cluster of a purpose, its folder made; raise EmbeddedError when it belongs to another user."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", purpose):
        raise ValueError(f"a purpose is a short lower-case word, not {purpose!r}")
    folder = var.resolve() / f"pg-{purpose}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = folder.stat().st_uid
    except OSError as error:
        raise EmbeddedError(f"{folder} cannot be made ({error.strerror}).", "Make var/ writable.") from error
    if owner != os.geteuid():
        raise EmbeddedError(f"{folder} was made by another user (uid {owner}).", "Run as that user, or remove it.")
    return Cluster(folder)


def make_folders(cluster: Cluster, standing: Standing, password: str) -> None:
    """Make what the server needs and is missing; raise EmbeddedError when initdb fails."""
    _own_folder(cluster.run, standing)
    if not cluster.data.exists():
        unfinished = cluster.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _own_folder(unfinished, standing)
        _initdb(cluster, standing, unfinished.name, password)
        unfinished.rename(cluster.data)


def _own_folder(folder: Path, standing: Standing) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    _hand_over(folder, standing)


def _hand_over(path: Path, standing: Standing) -> None:
    if standing.owner is not None:
        os.chown(path, standing.owner, standing.owner)


def _initdb(cluster: Cluster, standing: Standing, folder: str, password: str) -> None:
    # Beside the folders that the server owns, not inside one: there it could put a link in the file's place.
    password_file = cluster.folder / "password"
    password_file.unlink(missing_ok=True)
    try:
        with open(password_file, "x", encoding="ascii", opener=_private) as file:
            if standing.owner is not None:
                os.fchown(file.fileno(), standing.owner, standing.owner)
            file.write(password)
        command = _initdb_command(standing, folder, password_file.name)
        made = subprocess.run(command, cwd="/", env=ENVIRONMENT, capture_output=True, text=True, check=False)
    finally:
        password_file.unlink(missing_ok=True)
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise EmbeddedError(f"initdb failed: {said[-1] if said else made.returncode}.", f"Look at {cluster.folder}.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _initdb_command(standing: Standing, folder: str, password_file: str) -> list[str]:
    return [
        *standing.prefix,
        str(standing.binaries.initdb),
        f"--pgdata={standing.folder / folder}",
        f"--username={ADMINISTRATOR}",
        f"--pwfile={standing.folder / password_file}",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
        "--no-sync",
    ]


def server_command(cluster: Cluster, standing: Standing) -> list[str]:
    """Return the command that becomes the server."""
    settings = {
        "listen_addresses": "",
        "port": PORT,
        # Relative to the data folder: the length of the checkout's path does not count then.
        "unix_socket_directories": "../run",
        "cluster_name": cluster.name,
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [*standing.prefix, str(standing.binaries.postgres), "-D", str(standing.folder / "data"), *options]


def server_process(cluster: Cluster) -> int | None:
    """Return the process id of the cluster's running server, or None."""
    pid = _pid_in(cluster.data / "postmaster.pid")
    return pid if pid is not None and _is_server(pid, cluster) else None


def is_ready(cluster: Cluster, pid: int) -> bool:
    """Return whether the server with this process id says of itself that it takes connections."""
    with suppress(OSError):
        lines = (cluster.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        # The process id too: a killed predecessor left its own "ready" behind.
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def forget_recycled_process(cluster: Cluster) -> None:
    """Remove pid files whose process id is some other process's by now.

    PostgreSQL would take that process for its own predecessor. Where no such process exists the files stay: it then
    also looks whether orphans of its predecessor still use the shared memory.
    """
    for file in (cluster.data / "postmaster.pid", cluster.run / f".s.PGSQL.{PORT}.lock"):
        pid = _pid_in(file)
        if pid is not None and Path(f"/proc/{pid}").exists() and not _is_server(pid, cluster):
            file.unlink()


def stop_server(cluster: Cluster) -> None:
    """End the cluster's server, if it runs, and its sessions with it; return when it is gone."""
    for request in (signal.SIGINT, signal.SIGQUIT):  # SIGQUIT: at once, and recover at the next start
        deadline = time.monotonic() + _PATIENCE_WITH_STOP
        pid = server_process(cluster)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, request)
        while server_process(cluster) is not None and time.monotonic() < deadline:
            time.sleep(0.01)


def _pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_server(pid: int, cluster: Cluster) -> bool:
    # By the command line: root without CAP_SYS_PTRACE, as in most containers, may read nothing else of it.
    words = _command_line(pid)
    return bool(words) and words[0].endswith(b"/postgres") and f"cluster_name={cluster.name}".encode() in words


def _command_line(pid: int) -> Sequence[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
