"""What the tests of the registry share: one simulated Sigstore a process, for each is slow to make."""

from __future__ import annotations

import pytest

from tests.support.rows import Signing


@pytest.fixture(scope="session")
def signing() -> Signing:
    """Who signs, and the roots of trust that know it."""
    return Signing()
