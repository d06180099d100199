"""An honest build of the simulated world, from which every test of the verifier starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.bundles import Bundles
from tests.support.honest import Honest
from tests.support.sigstore_world import SigstoreWorld
from tests.support.specimens import roots_with_key
from tests.support.unlogged import Unlogged
from tests.support.witnessed import Witnessed


@pytest.fixture(scope="session")
def honest() -> Honest:
    """One simulated Sigstore, its roots of trust, and honest evidence made under it."""
    return Honest(SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture(scope="session")
def bundles(honest: Honest) -> Bundles:
    """Sound bundles of every form, and the instance to hold them against."""
    return Bundles(honest)


@pytest.fixture(scope="session")
def bench(honest: Honest) -> Honest:
    """The honest world, whose roots also know a builder that signs by a key of its own."""
    bench = replace(honest)
    bench.roots = roots_with_key(honest)
    return bench


@pytest.fixture(scope="session")
def unlogged(honest: Honest) -> Unlogged:
    """An instance without logs beside the honest release's, and one document of roots that knows both."""
    return Unlogged(honest, SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture(scope="session")
def witnessed(honest: Honest) -> Witnessed:
    """A builder with a key of its own, whose signatures the instance's log and timestamp authority have seen."""
    return Witnessed(honest)
