"""The world that every attack starts from: an honest release, the builder of every build type, and strangers."""

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

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def honest() -> Honest:
    """The honest release 1.0 of widget, by example/widget's own workflow."""
    return Honest(SigstoreWorld(START))


@pytest.fixture(scope="session")
def bench(honest: Honest) -> Honest:
    """The same world, whose roots also know a builder that signs by a key of its own."""
    bench = replace(honest)
    bench.roots = roots_with_key(honest)
    return bench


@pytest.fixture(scope="session")
def bundles(honest: Honest) -> Bundles:
    """Sound bundles of every form."""
    return Bundles(honest)


@pytest.fixture(scope="session")
def staging() -> Honest:
    """Another instance of Sigstore, in which the very same identity signs; the registry's roots do not know it."""
    return Honest(SigstoreWorld(START))


@pytest.fixture(scope="session")
def unlogged(honest: Honest) -> Unlogged:
    """An instance without logs beside the honest release's, and one document of roots that knows both."""
    return Unlogged(honest, SigstoreWorld(START))


@pytest.fixture(scope="session")
def witnessed(honest: Honest) -> Witnessed:
    """A builder with a key of its own, whose signatures the instance's log and timestamp authority have seen."""
    return Witnessed(honest)
