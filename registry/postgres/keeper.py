"""The process that stands between the server and those who use it.

    python -m registry.postgres.keeper FOLDER COMMAND…

starts the server of a cluster's folder, prints `ready` or what went wrong, closes its output, and stays in the
background. When the last user has gone, whether it left or was killed, the keeper ends the server; when the keeper is
killed, the kernel does (`--pdeathsig`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from registry.postgres.cluster import Cluster, forget_recycled_process, is_ready, stop_server
from registry.postgres.locks import is_alone, opened
from registry.postgres.standing import ENVIRONMENT

_PATIENCE_WITH_START = 60.0  # recovery after a crash replays the log first
_PATIENCE_WITH_ORPHANS = 2.0
_INTERVAL = 0.1


def main(folder: str, *command: str) -> int:
    """Keep a server in a background process of its own; return what the foreground one exits with."""
    if os.fork():
        return 0
    cluster = Cluster(Path(folder))
    server = _start(cluster, command)
    if server is None:
        print(_complaint(cluster))
        return 1
    print("ready", flush=True)
    _close_output()
    _keep(cluster, server)
    return 0


def _start(cluster: Cluster, command: tuple[str, ...]) -> subprocess.Popen[bytes] | None:
    """Return the server when it takes connections, or None when it would not start."""
    deadline = time.monotonic() + _PATIENCE_WITH_ORPHANS
    while True:
        forget_recycled_process(cluster)
        server = _launch(cluster, command)
        if _becomes_ready(cluster, server):
            return server
        # The sessions of a killed server need a moment to notice; until then PostgreSQL will not start.
        orphans = b"pre-existing shared memory block" in cluster.log.read_bytes()
        if not orphans or time.monotonic() > deadline:
            return None
        time.sleep(_INTERVAL)


def _launch(cluster: Cluster, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    cluster.log.touch(mode=0o600)  # it may quote statements, and what they hold
    with cluster.log.open("wb") as log:
        return subprocess.Popen(
            command, cwd="/", env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )


def _becomes_ready(cluster: Cluster, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _PATIENCE_WITH_START
    while server.poll() is None:
        if is_ready(cluster, server.pid):
            return True
        if time.monotonic() > deadline:
            server.send_signal(signal.SIGQUIT)
        time.sleep(0.01)
    return False


def _complaint(cluster: Cluster) -> str:
    lines = cluster.log.read_text(encoding="utf-8", errors="replace").splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def _close_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def _keep(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        # Looked at under the lock of changes only: in between, somebody may be about to join.
        with opened(cluster.changes) as changes, opened(cluster.users) as users:
            if is_alone(changes) and is_alone(users):
                stop_server(cluster)
        try:
            server.wait(timeout=_INTERVAL)
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
