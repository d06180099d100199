"""What the tests of the registry share: one simulated Sigstore a process, for each is slow to make."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tests.support.rows import Signing
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader


@pytest.fixture(scope="session")
def signing() -> Signing:
    """Who signs, and the roots of trust that know it."""
    return Signing()


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """A maintainer with a token, and an empty store."""
    return Uploader(client, world, store)
