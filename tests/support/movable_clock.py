"""A copy of a registry's database whose clock can be set ahead, for what takes days: waits and expiry.

The guards ask PostgreSQL's ``clock_timestamp()``, which nobody can set. In the copy each of their functions has, word for
word, the same text with another clock in it: the real one and as many days as the connection has been told.
"""

from __future__ import annotations

import psycopg
from django.db import connection

from registry.postgres import Database

CLOCK = """
CREATE FUNCTION public.movable_clock() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS
$$ SELECT clock_timestamp() + make_interval(days => coalesce(nullif(current_setting('movable.days', true), ''), '0')::int) $$
"""
FUNCTIONS = """
SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.proname LIKE 'sluicegate%' AND p.prosrc LIKE '%clock_timestamp()%'
"""


def give_movable_clock(database: Database) -> None:
    """Write every function that asks for the time anew, as the owner."""
    with psycopg.connect(database.owner_url) as owner:
        definitions = [text for (text,) in owner.execute(FUNCTIONS).fetchall()]
        assert definitions
        owner.execute(CLOCK)
        for text in definitions:
            owner.execute(text.replace("clock_timestamp()", "public.movable_clock()"))


def set_clock_ahead(days: int) -> None:
    """Let the default connection's clock be so many days ahead of the real one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('movable.days', %s, false)", [str(days)])
