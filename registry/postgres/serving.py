"""A server for as long as it is used: our own, started when needed, or the one that DATABASE_URL names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.postgres.administration import Administration, close_maintenance_databases, require_usable
from registry.postgres.cluster import (
    ADMINISTRATOR,
    Cluster,
    cluster_for,
    make_folders,
    server_command,
    server_process,
    stop_server,
)
from registry.postgres.errors import EmbeddedError
from registry.postgres.locks import exclusive, is_alone, opened, share
from registry.postgres.passwords import Passwords
from registry.postgres.sockets import PORT, reachable
from registry.postgres.standing import Standing, standing_of
from registry.postgres.urls import url_for

_CHECKOUT = Path(__file__).parents[2]


@contextmanager
def server(var: Path, purpose: str) -> Iterator[Administration]:
    """Yield an administrative login of a running PostgreSQL; raise PostgresError when there can be none.

    With DATABASE_URL in the environment that is its server, and it is left as it is. Otherwise it is the embedded
    server of `<var>/pg-<purpose>`, started when it is not running; several processes share it, and the last one to
    leave ends it.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        place = require_usable(url)
        yield Administration(url, Passwords(var / "external-secrets.json", place), f"PostgreSQL at {place}")
        return
    cluster = cluster_for(var, purpose)
    with _in_use(cluster) as standing, reachable(cluster.run) as run:
        passwords = _passwords(cluster)
        admin = url_for({"host": run, "port": PORT}, ADMINISTRATOR, passwords.of(ADMINISTRATOR), "postgres")
        close_maintenance_databases(admin)
        yield Administration(admin, passwords, f"embedded PostgreSQL {standing.description}, in {cluster.folder}")


@contextmanager
def _in_use(cluster: Cluster) -> Iterator[Standing]:
    with opened(cluster.users) as users:
        with exclusive(cluster.changes):
            standing = standing_of(cluster.folder)
            if is_alone(users):
                stop_server(cluster)  # one that nobody uses was left behind by a killed keeper
            share(users)
            if server_process(cluster) is None:
                _start(cluster, standing)
        try:
            yield standing
        finally:
            with exclusive(cluster.changes):
                if is_alone(users):
                    stop_server(cluster)


def _start(cluster: Cluster, standing: Standing) -> None:
    make_folders(cluster, standing, _passwords(cluster).of(ADMINISTRATOR))
    keeper = [sys.executable, "-P", "-m", "registry.postgres.keeper", str(cluster.folder)]
    started = subprocess.run(
        [*keeper, *server_command(cluster, standing)],
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_CHECKOUT), *_further_paths()])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C is for the command that uses the server, not for the server
        text=True,
        check=False,
    )
    if started.stdout.strip() != "ready":
        said = started.stdout.strip().splitlines()
        raise EmbeddedError(f"{said[-1] if said else 'its keeper was killed'}.", f"Look at {cluster.log}.")


def _further_paths() -> list[str]:
    inherited = os.environ.get("PYTHONPATH")
    return [inherited] if inherited else []


def _passwords(cluster: Cluster) -> Passwords:
    if cluster.data.exists() and not cluster.secrets.exists():
        raise EmbeddedError(
            f"{cluster.secrets} is lost, and with it the way into {cluster.data}.",
            f"Remove {cluster.folder} to begin with an empty one.",
        )
    return Passwords(cluster.secrets)
