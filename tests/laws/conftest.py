"""The long form of the laws: ``make test-long`` tries far more of everything (hypothesis's profile ``long``)."""

from __future__ import annotations

import sys

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=5_000, deadline=None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, what takes minutes."""
    if settings.get_current_profile_name() == "long":
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        sys.stderr.write(f"not run, for they take minutes (make test-long): {len(left_out)} tests\n")
