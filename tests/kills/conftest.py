"""One registry for all kills of a module: it has to come through all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from registry.postgres import Administration, Database
from tests.kills.place import Place, served
from tests.support.sigstore_world import SigstoreWorld


@pytest.fixture(scope="session")
def kills() -> int:
    """How many kills at each point, beside which there are some at no point in particular. Few in the suite, many at length."""
    return int(os.environ.get("SLUICEGATE_KILLS", "1"))


@pytest.fixture(scope="module")
def place(
    administration: Administration,
    template: Database,
    slot: int,
    world: SigstoreWorld,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    """A registry that can be told to die."""
    name = f"sluicegate_kills_{slot}"
    database = administration.clone_database(template, name)
    try:
        with served(database, tmp_path_factory.mktemp("kills"), world) as place:
            yield place
    finally:
        administration.drop_database(name)
