"""This registry, as it is served in production, over a database and a store that hold nothing but what is measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.serving import Registry, install, serve
from registry.postgres import Database, server
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld

POLICY = {
    "schema": 1,
    "level_floor": 1,
    "first_use": True,
    "proposal_days": 14,
    "newcomer_days": 7,
    "factor_days": 7,
    "steward_factor": "webauthn",
    "unsigned_evidence": False,
}
LIMITS = {"file_mib": 2047, "package_mib": 10**9, "release_files": 10**9, "uploads_an_hour": 10**9}

MAKE_PACKAGES = """
import sys
from django.db import transaction
from expectations import actions
from registry.models import Account, Package
from registry.tokens import create_token
account = Account.objects.filter(username="benchmark").first() or Account.objects.create_person(
    "benchmark", email="benchmark@example.org", password=None)
with transaction.atomic():
    for name in sys.stdin.read().split():
        package = Package.objects.create(name=name, display_name=name, created_by=account.person)
        actions.found_package(package, owner=account.person, maintainers=[])
print(create_token(account, name="benchmark")[1])
"""
"""Run in the registry's own shell: who uploads has a token, and packages are made by a person before the first upload."""


@dataclass(frozen=True, slots=True)
class Ours:
    """An installed registry: its database, its folder, and the simulated Sigstore that signs for it since ``signed_at``."""

    database: Database
    var: Path
    world: SigstoreWorld
    signed_at: datetime


@contextmanager
def installed(checkout: Path, folder: Path) -> Iterator[Ours]:
    """Install a registry into a database of its own until the end of the block."""
    now = datetime.now(UTC)
    world = SigstoreWorld(now - timedelta(days=30))
    roots = folder / "roots.json"
    roots.write_text(json.dumps(with_simulated_instance(world)))
    with server(checkout / "var", "bench") as administration:
        database = administration.create_database("sluicegate_bench", fresh=True)
        try:
            install(database, folder, roots=roots, policy=_unhurried(folder / "policy.json"))
            yield Ours(database, folder, world, now - timedelta(minutes=30))
        finally:
            administration.drop_database(database.name)


def _unhurried(path: Path) -> Path:
    """Write the policy that is measured under: as it is shipped, with limits that no measurement comes to."""
    path.write_text(json.dumps(POLICY | LIMITS))
    return path


@contextmanager
def serving(ours: Ours, *, workers: int, **settings: str) -> Iterator[Registry]:
    """Serve it by gunicorn with deploy/gunicorn.conf.py."""
    with serve(ours.database, ours.var, workers=workers, settings=settings) as registry:
        yield registry


def make_packages(registry: Registry, names: Iterable[str]) -> str:
    """Make packages, and return an API token of who maintains them."""
    told = registry.manage("shell", "--no-imports", "--command", MAKE_PACKAGES, text="\n".join(names))
    return told.strip().splitlines()[-1]
