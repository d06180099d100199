"""What every test stands on: a real PostgreSQL, migrated as its owner and used as the application's role.

A template database is made once a test process; what commits gets a copy of its own. Nothing is ever truncated, for
the guards forbid it: copies are dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from demo.serving import Registry, install, manage_as_owner, serve
from registry.postgres import Administration, Database, server
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from tests.support.stewards import STEWARDS

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(tempfile.mkdtemp(prefix="sluicegate-test-"))
os.environ["SLUICEGATE_VAR"] = str(VAR)
os.environ["SLUICEGATE_BASE_URL"] = "http://127.0.0.1:8000"
# A browser's driver leaves its event loop running in this thread, in which no code of Django's ever runs.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


settings.register_profile("long", max_examples=5_000, deadline=None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, what is about root's powers where nobody has them, and what takes minutes."""
    if os.geteuid() != 0:
        _leave_out("roots_business", "they are about what root alone can do", config, items)
    if settings.get_current_profile_name() != "long":
        _leave_out("long", "they take minutes (make test-long)", config, items)


def _leave_out(marker: str, why: str, config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.get_closest_marker(marker)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        sys.stderr.write(f"not run, for {why}: {len(left_out)} tests\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where no skip is allowed (CI), a skip is a failure: a check that is skipped in silence is none."""
    report = yield
    if report.skipped and os.environ.get("SLUICEGATE_NO_SKIPS") == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped where no skip is allowed: {report.longrepr}"
    return report


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.fixture(scope="session")
def slot() -> Iterator[int]:
    """A number that no other test process of this checkout holds: its databases are named by it, and used anew."""
    (ROOT / "var").mkdir(exist_ok=True)
    for number in range(100):
        with (ROOT / "var" / f"test-slot-{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return


@pytest.fixture(scope="session")
def administration() -> Iterator[Administration]:
    """An administrative login of the test server: embedded, or the one of DATABASE_URL."""
    with server(ROOT / "var", "test") as admin:
        yield admin


@pytest.fixture(scope="session")
def world() -> SigstoreWorld:
    """A simulated Sigstore, which the test registries know beside the real one."""
    return SigstoreWorld(datetime.now(UTC) - timedelta(days=30))


@pytest.fixture(scope="session")
def template(administration: Administration, world: SigstoreWorld, slot: int) -> Iterator[Database]:
    """An installed and bootstrapped registry's database, to be copied. Nobody stays connected to it."""
    database = administration.create_database(f"sluicegate_template_{slot}", fresh=True)
    roots = VAR / "roots.json"
    roots.write_text(json.dumps(with_simulated_instance(world)))
    install(database, VAR, roots=roots)
    named = [word for name in STEWARDS for word in ("--steward", name, f"{name}@example.test")]
    manage_as_owner(database, VAR, "bootstrap", *named)
    yield database
    administration.drop_database(database.name)


@pytest.fixture(scope="session")
def django_db_setup(
    administration: Administration, template: Database, slot: int, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """Let pytest-django's ``db`` work on a copy, as the application's role."""
    from django.db import connections

    from registry.settings import database_from_url

    database = administration.clone_database(template, f"sluicegate_test_{slot}")
    connection = connections["default"]
    connection.settings_dict.update(database_from_url(database.app_url))
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django names no type of it
        connection.close()
    administration.drop_database(database.name)


@pytest.fixture
def store(settings: object, tmp_path: Path) -> Iterator[Path]:
    """An empty store of blobs and an empty quarantine for one test; returns the folder that holds both."""
    from django.core.files.storage import storages
    from django.test import override_settings

    configured = {
        name: {**options, "OPTIONS": {"location": tmp_path / "blobs"}} if name == "blobs" else options
        for name, options in settings.STORAGES.items()  # type: ignore[attr-defined]  # the fixture's wrapper names no settings
    }
    with override_settings(STORAGES=configured, QUARANTINE=tmp_path / "quarantine"):
        assert storages
        yield tmp_path


@pytest.fixture
def registry(administration: Administration, template: Database, slot: int, tmp_path: Path) -> Iterator[Registry]:
    """A registry of its own, served by gunicorn, for real clients; everything it commits goes with it."""
    name = f"sluicegate_live_{slot}"
    database = administration.clone_database(template, name)
    try:
        with serve(database, tmp_path) as registry:
            yield registry
    finally:
        administration.drop_database(name)
