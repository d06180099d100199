"""One registry for all clients of this folder, with releases that came through its gate."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from demo.serving import Registry, serve
from registry.postgres import Administration, Database
from tests.clients.running import BIN
from tests.support import statements
from tests.support.distributions import wheel
from tests.support.identities import GitHubWorkflow
from tests.support.sigstore_world import SigstoreWorld

NAMES = ("widget", "sprocket", "gadget")
RELEASES = [
    ("sprocket", "1.0"),
    *(("widget", version) for version in ("1.0", "1.1", "2.0", "2.5", "3.0rc1")),
    ("gadget", "1.0"),
]

MAKE = """
from django.db import transaction
from expectations import actions
from registry.models import Account, Package, Token
from registry.tokens import create_token
ada = Account.objects.create_person("ada", email="ada@example.org", password=None)
for name in ("widget", "sprocket", "gadget"):
    with transaction.atomic():
        package = Package.objects.create(name=name, display_name=name, created_by=ada.person)
        actions.found_package(package, owner=ada.person, maintainers=[])
print(create_token(ada, name="up")[1], create_token(ada, name="read", scope=Token.Scope.READ)[1])
"""

AFTERWARDS = """
from expectations import actions
from expectations.documents import PackageState
from registry.models import Account, Package, Release
from registry.releases import yank
from tests.support.voices import FACTOR
ada = Account.objects.get(username="ada")
actions.close_package(Package.objects.get(name="gadget"), state=PackageState.QUARANTINED, note="Stolen.", by=ada, factor=FACTOR)
yank(Release.objects.get(package__name="widget", version="2.5"), reason="It loses files.", by=ada)
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A registry with its tokens: one that uploads, one that reads. ``database`` and ``var`` are what it stands on."""

    registry: Registry
    database: Database
    var: Path
    upload_token: str
    read_token: str

    @property
    def index(self) -> str:
        """The address of the simple index."""
        return f"{self.registry.url}/simple/"


@pytest.fixture(scope="session", autouse=True)
def clients() -> None:
    """The clients are there: ``make test-long`` sees to it."""
    assert shutil.which("poetry", path=str(BIN)), f"no clients in {BIN}: run make var/clients/.installed"


@pytest.fixture(scope="package")
def served(
    administration: Administration,
    template: Database,
    slot: int,
    world: SigstoreWorld,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A registry with several releases of widget, which needs sprocket, one of them yanked; and gadget, in quarantine."""
    name, var = f"sluicegate_clients_{slot}", tmp_path_factory.mktemp("clients")
    database = administration.clone_database(template, name)
    try:
        with serve(database, var) as registry:
            upload, read = registry.manage("shell", "--no-imports", "--command", MAKE).split()[-2:]
            served = Served(registry, database, var, upload, read)
            for package, version in RELEASES:
                publish(served, world, package, version)
            registry.manage("shell", "--no-imports", "--command", AFTERWARDS)
            yield served
    finally:
        administration.drop_database(name)


@pytest.fixture(scope="package")
def private(served: Served) -> Iterator[Served]:
    """The same registry behind sign-in, at another address."""
    with serve(served.database, served.var, settings={"SLUICEGATE_PRIVATE": "1"}) as registry:
        yield Served(registry, served.database, served.var, served.upload_token, served.read_token)


def publish(served: Served, world: SigstoreWorld, package: str, version: str) -> None:
    """Build, attest and upload a wheel."""
    filename, content = distribution(package, version)
    identity = GitHubWorkflow(ref=f"refs/tags/v{version}")
    at = datetime.now(UTC) - timedelta(minutes=30)
    statement = statements.github_provenance(identity, [statements.subject(filename, content)])
    credential = world.issue(identity.san, identity.claims(), at=at)
    attestation = world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": package,
        "version": version,
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        "attestations": json.dumps([attestation]),
    }
    answer = requests.post(
        f"{served.registry.url}/legacy/",
        data=fields,
        files={"content": (filename, content)},
        auth=("__token__", served.upload_token),
        timeout=60,
    )
    assert answer.status_code == 200, answer.text


def distribution(package: str, version: str) -> tuple[str, bytes]:
    """Return the wheel of a release by name and bytes."""
    return wheel(package, version, requires_dist=["sprocket>=1"] if package == "widget" else [])
