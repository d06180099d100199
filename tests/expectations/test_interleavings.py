"""Nothing is lost or twice, whatever many persons do in whatever order: see :mod:`tests.expectations.interleavings`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.postgres import Administration, Database
from tests.expectations.interleavings import Interleavings
from tests.support.movable_clock import give_movable_clock
from tests.support.own_database import own_database

LONG = 10_000
"""Steps of the long form, at least."""


@pytest.fixture(scope="module", autouse=True)
def _movable_clock(
    administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """A database of its own, whose clock can be set ahead."""
    with own_database(administration, template, django_db_blocker, name="interleavings", prepare=give_movable_clock):
        yield


def drive(examples: int, steps: int) -> int:
    """Run the machine; return how many steps were taken."""
    before = Interleavings.steps
    wanted = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Interleavings, settings=wanted)
    return Interleavings.steps - before


def test_the_rules_hold_in_any_order() -> None:
    """Never active without two, versions consecutive, exactly one in force, every change with its leaf: after each step."""
    assert drive(examples=8, steps=40) > 0


@pytest.mark.long
def test_the_rules_hold_at_length() -> None:
    """The same for ten thousand steps."""
    taken = 0
    while taken < LONG:
        taken += drive(examples=20, steps=60)
    print(f"{taken} steps, {Interleavings.activated} changes in force")
