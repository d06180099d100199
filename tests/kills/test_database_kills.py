"""PostgreSQL is killed while uploads commit: what was told to be in is in, and what is in is whole.

The server is one of its own: the tests' other databases stay out of it.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests

from demo.serving import install
from registry.postgres import Database, server
from tests.conftest import VAR
from tests.kills.place import DIED, Place, Upload, served
from tests.support.sigstore_world import SigstoreWorld

CLIENTS = 4

UP_AGAIN_WITHIN = 30.0

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")),
    reason="a PostgreSQL of somebody else's is not killed: run it without DATABASE_URL",
)


@contextmanager
def _postgres(var: Path, world: SigstoreWorld) -> Iterator[tuple[int, Database, Place]]:
    with server(var, "kills") as administration:
        database = administration.create_database("sluicegate_kills", fresh=True)
        install(database, var, roots=VAR / "roots.json")
        with served(database, var, world) as place:
            yield int((var / "pg-kills" / "data" / "postmaster.pid").read_text().splitlines()[0]), database, place


def _sessions(postmaster: int) -> list[int]:
    """Return the processes of PostgreSQL that serve the registry now."""
    found = []
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        try:
            said = Path(f"/proc/{child}/cmdline").read_text()
        except OSError:
            continue
        if "sluicegate_kills" in said:
            found.append(int(child))
    return found


def _send_all(place: Place, uploads: list[Upload], told: list[str]) -> list[threading.Thread]:
    def send(mine: list[Upload]) -> None:
        for upload in mine:
            try:
                if upload.send(place.registry).status_code == 200:
                    told.append(upload.filename)
            except DIED:
                continue

    clients = [threading.Thread(target=send, args=(uploads[number::CLIENTS],)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    return clients


def _wait_until_up(place: Place, database: Database, killed: int) -> None:
    """Wait until PostgreSQL has noticed, takes connections again, and the registry has some of those.

    Only by its new ones: the old ones answer until PostgreSQL ends them.
    """
    _wait(lambda: not Path(f"/proc/{killed}").exists())
    _wait(lambda: _takes_connections(database))
    _wait(lambda: requests.get(f"{place.registry.url}/simple/widget/", timeout=10).status_code == 200)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + UP_AGAIN_WITHIN
    while not until():
        assert time.monotonic() < deadline, "the registry did not come up again"
        time.sleep(0.02)


def _takes_connections(database: Database) -> bool:
    try:
        psycopg.connect(database.app_url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_postgres_is_killed_during_commits(world: SigstoreWorld, template: object, tmp_path: Path, kills: int) -> None:
    """kill -9 of a serving process of PostgreSQL, which then recovers from its log: nothing told is lost, nothing is half."""
    assert template, "writes the roots of trust that know the simulated world"
    with _postgres(tmp_path, world) as (postmaster, database, place):
        place.upload("widget").send(place.registry).raise_for_status()
        for _ in range(3 * kills):
            uploads, told = [place.upload(f"widget-{number % 3}") for number in range(12)], list[str]()
            clients = _send_all(place, uploads, told)
            time.sleep(random.uniform(0.05, 0.6))
            killed = random.choice(_sessions(postmaster))
            os.kill(killed, signal.SIGKILL)
            for client in clients:
                client.join()
            _wait_until_up(place, database, killed)
            place.settle()
            assert set(told) <= set(place.agent.ask("visible"))
            for upload in uploads:
                assert upload.send(place.registry).status_code == 200
            place.settle()
        assert place.agent.ask("abandon") == []
        assert "problem" not in place.agent.ask("verify_audit")
