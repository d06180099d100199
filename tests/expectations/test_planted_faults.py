"""Whether the interleavings find anything: each fault is planted into a copy's guards, and has to be found.

A machine that holds the real rules proves little until it has failed on broken ones.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from expectations.refusal import ChangeRefused
from registry.postgres import Administration, Database
from tests.expectations.interleavings import Interleavings
from tests.support.movable_clock import give_movable_clock
from tests.support.own_database import own_database

Fault = tuple[tuple[str, str, str], ...]
"""For each changed function: its name, what stands in it, and what is planted instead."""

FAULTS: dict[str, Fault] = {
    "one voice is enough": (("sluicegate_agreeing", "< 2 THEN", "< 1 THEN"),),
    "newcomers do not wait": (("sluicegate_waits_until", "AND NOT m.founding", "AND false"),),
    "who changed a factor does not wait": (("sluicegate_waits_until", "AND e.held_role", "AND false"),),
    "a stale one is open": (("sluicegate_standing", "RETURN 'stale'", "RETURN 'open'"),),
    "an expired one is open": (("sluicegate_standing", "RETURN 'expired'", "RETURN 'open'"),),
    "a rejected one is open": (("sluicegate_standing", "RETURN 'rejected'", "RETURN 'open'"),),
    "anybody withdraws": (("sluicegate_guard_decision", "NEW.person_id <> p.proposer_id", "false"),),
    "whom it concerns decides": (("sluicegate_voters", "m <> ALL (concerned)", "true"),),
    "any factor decides on the registry": (("sluicegate_guard_decision", "NEW.factor <> 'webauthn'", "false"),),
    "a state is agreed to and not set": (
        ("sluicegate_count_and_activate", "PERFORM public.sluicegate_set_state(p.object, p.content::jsonb)", "NULL"),
    ),
    "stewards decide without a maintainer": (("sluicegate_agreeing", "NOT 'maintainer' = ANY (sides)", "false"),),
    "stewards decide beside several": (
        ("sluicegate_voters", "cardinality(unconcerned) = 1", "cardinality(unconcerned) <= 2"),
    ),
}

_DEFINITION = """
SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.proname = %s
"""

EXAMPLES, STEPS = 200, 60


def plant(fault: Fault, database: Database) -> None:
    """Break the guards of a copy, as its owner."""
    give_movable_clock(database)
    with psycopg.connect(database.owner_url) as owner:
        for name, sound, broken in fault:
            (definition,) = owner.execute(_DEFINITION, [name]).fetchone() or ("",)
            assert sound in definition, f"{name} has no {sound}"
            owner.execute(definition.replace(sound, broken))


def failure() -> Exception | None:
    """Return what the machine stumbles over first, without making the way there short; None where it finds nothing."""
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        database=None,
    )
    try:
        run_state_machine_as_test(Interleavings, settings=wanted)
    except (AssertionError, ChangeRefused, DatabaseError, ExceptionGroup) as found:
        return found
    return None


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(
    fault: str, administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> None:
    """Each of them would let one person change what is trusted, or keep two from it."""
    prepare = partial(plant, FAULTS[fault])
    with own_database(administration, template, django_db_blocker, name="planted", prepare=prepare):
        assert failure() is not None, "nothing was found"
