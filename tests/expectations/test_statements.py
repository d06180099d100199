"""Statements sent together: each gets its own answer, all or none of them count, and nothing is left that harms the next."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.pq import PipelineStatus
from pytest_django import DjangoAssertNumQueries

from expectations.columns import Value
from expectations.statements import Statement, together
from registry.postgres import Administration, Database
from tests.support.own_database import own_database

PATIENCE = 10.0

NUMBER = Statement("SELECT %s::bigint")
INSERT = Statement("INSERT INTO noted (id, text) VALUES (%s, %s)")
NOTED = Statement("SELECT id, text FROM noted ORDER BY id")
PROCESS = Statement("SELECT pg_backend_pid()")


def _with_table(database: Database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE noted (id int PRIMARY KEY, text text)")
        owner.execute("GRANT SELECT, INSERT, DELETE ON noted TO PUBLIC")


@pytest.fixture(scope="module", autouse=True)
def database(
    administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Database]:
    """A database of this file's own: what is sent here really commits."""
    with own_database(administration, template, django_db_blocker, name="statements", prepare=_with_table) as own:
        yield own


@pytest.fixture(autouse=True)
def empty() -> None:
    """Nothing is noted yet."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM noted")


def noted() -> list[tuple[int, str]]:
    """Return what stands in the table, as another connection sees it."""
    with psycopg.connect(dbname_of(connection.settings_dict)) as other:
        return other.execute("SELECT id, text FROM noted ORDER BY id").fetchall()


def dbname_of(configured: dict[str, Any]) -> str:
    """Return where Django's own connection leads."""
    return psycopg.conninfo.make_conninfo(
        dbname=configured["NAME"], user=configured["USER"], password=configured["PASSWORD"], host=configured["HOST"]
    )


def test_each_gets_its_own_rows_in_their_order() -> None:
    """One without rows has an empty answer; the same statement may come twice."""
    answers = together(NUMBER(1), INSERT(7, "seven"), NOTED(), NUMBER(2), INSERT(8, None), NOTED())
    assert answers == [[(1,)], [], [(7, "seven")], [(2,)], [], [(7, "seven"), (8, None)]]


_TYPED: tuple[tuple[str, st.SearchStrategy[Value]], ...] = (
    ("bigint", st.integers(-(2**63), 2**63 - 1)),
    ("text", st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
    ("bytea", st.binary(max_size=2000)),
    ("boolean", st.booleans()),
    ("uuid", st.uuids()),
    ("timestamptz", st.datetimes(datetime(1, 1, 2), timezones=st.just(UTC))),
)
_ECHO = Statement("SELECT " + ", ".join(f"%s::{name}" for name, _ in _TYPED))


@settings(deadline=None)
@given(values=st.tuples(*(st.none() | strategy for _, strategy in _TYPED)))
def test_what_is_sent_comes_back(values: tuple[Value, ...]) -> None:
    """The law of the way there and back: every value of every type that a column of ours holds."""
    ((found,),) = together(_ECHO(*values))
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


def test_outside_a_transaction_they_are_one() -> None:
    """All or none: one that fails undoes those before it, and those after it are never done."""
    with pytest.raises(IntegrityError):
        together(INSERT(1, "one"), INSERT(1, "again"), INSERT(2, "two"))
    assert noted() == []
    assert together(NUMBER(3)) == [[(3,)]]


def test_within_a_transaction_they_are_part_of_it() -> None:
    """They end with it, whatever ends it."""
    with transaction.atomic():
        together(INSERT(1, "one"))
        transaction.set_rollback(True)
    assert noted() == []
    with transaction.atomic():
        together(INSERT(1, "one"))
        assert noted() == []
    assert noted() == [(1, "one")]


def test_a_failure_within_a_transaction_ends_it() -> None:
    """Nothing before it stays, and what comes after begins anew."""
    with suppress(IntegrityError), transaction.atomic():
        together(INSERT(1, "one"))
        together(INSERT(2, "two"), INSERT(1, "again"))
        pytest.fail("a key stands twice")
    assert noted() == []
    with transaction.atomic():
        together(INSERT(3, "three"))
    assert noted() == [(3, "three")]


def test_the_last_of_them_ends_the_transaction_where_told() -> None:
    """What is held for it is let go before an answer is here."""
    with transaction.atomic():
        together(INSERT(1, "one"), commit=True)
        assert noted() == [(1, "one")]


def test_a_transaction_within_another_ends_neither() -> None:
    """Whoever began the outer one has not said so."""
    with transaction.atomic():
        with transaction.atomic():
            together(INSERT(1, "one"), commit=True)
        transaction.set_rollback(True)
    assert noted() == []


def test_a_failure_before_the_end_commits_nothing() -> None:
    """A COMMIT after a failed statement would be told as done by some, and is not sent to the end here."""
    with pytest.raises(IntegrityError), transaction.atomic():
        together(INSERT(1, "one"), INSERT(1, "again"), commit=True)
    assert noted() == []


def test_what_is_prepared_outlives_every_rollback() -> None:
    """psycopg, where it prepares itself, has the server forget what anybody has prepared. So it prepares nothing here."""
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute("SELECT 1")
    with transaction.atomic():
        together(NUMBER(1))
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert together(NUMBER(2)) == [[(2,)]]
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert together(NUMBER(3)) == [[(3,)]]


def test_a_broken_transaction_takes_no_more() -> None:
    """As Django's own cursor: whoever caught the error within ``atomic`` is told, and nobody waits for the server."""
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            together(INSERT(1, "one"))
    assert noted() == []


def test_much_goes_both_ways_at_once() -> None:
    """More than sockets hold: whoever only wrote and did not read would wait for a server that waits as well."""
    text = "x" * 1_000_000
    echo = Statement("SELECT %s::text")
    assert together(*(echo(text) for _ in range(8))) == [[(text,)]] * 8


def test_what_cannot_be_sent_leaves_nothing_half_said() -> None:
    """The next one has a connection that is not in the middle of anything."""
    strange: Any = object()
    with pytest.raises(DatabaseError):
        together(INSERT(1, "one"), NUMBER(strange))
    connection.close_if_unusable_or_obsolete()
    assert noted() == []
    assert together(NUMBER(3)) == [[(3,)]]
    assert connection.connection.pgconn.pipeline_status == PipelineStatus.OFF


@pytest.mark.parametrize("text", ["a\0", "\ud800"], ids=["NUL", "half a character"])
def test_a_text_that_cannot_be_put_costs_no_connection(text: str) -> None:
    """Whoever is refused for it is refused in words, which are written by the same connection."""
    (((process,),),) = together(PROCESS())
    with suppress(DatabaseError, UnicodeEncodeError), transaction.atomic():
        together(INSERT(1, "one"))
        together(INSERT(2, "two"), INSERT(3, text))
        pytest.fail("a text was put that PostgreSQL has no form for")
    assert together(PROCESS()) == [[(process,)]]
    assert noted() == []


def test_nothing_outlives_its_connection() -> None:
    """Threat: each thread that ends, and each database that restarts, leaves a connection that nobody ever closes."""

    def ask() -> None:
        (((process,),),) = together(PROCESS())
        seen.append((process, weakref.ref(connection.connection)))

    seen: list[tuple[int, weakref.ref[Any]]] = []
    for _ in range(2):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    gc.collect()
    assert [kept() for _, kept in seen] == [None, None]
    processes = [process for process, _ in seen]
    with psycopg.connect(dbname_of(connection.settings_dict), autocommit=True) as other:
        deadline = time.monotonic() + PATIENCE
        while other.execute("SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)", [processes]).fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_an_interruption_leaves_nothing_half_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn ends a worker that takes too long wherever it is, and its threads with it."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("expectations.statements._read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            together(INSERT(1, "one"))
    connection.close_if_unusable_or_obsolete()
    assert together(NUMBER(3)) == [[(3,)]]


@pytest.mark.parametrize("within", [True, False], ids=["within a transaction", "outside"])
def test_a_server_that_goes_is_told_at_once(within: bool) -> None:
    """Crash table: PostgreSQL is killed. Whoever asks then is told so and does not wait, and the next has another connection."""
    (((process,),),) = together(PROCESS())
    with psycopg.connect(dbname_of(connection.settings_dict), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
        deadline = time.monotonic() + PATIENCE
        while other.execute("SELECT pid FROM pg_stat_activity WHERE pid = %s", [process]).fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    if within:
        with pytest.raises(OperationalError), transaction.atomic():
            together(INSERT(1, "one"))
    else:
        with pytest.raises(OperationalError):
            together(INSERT(1, "one"))
    connection.close_if_unusable_or_obsolete()
    (((other_process,),),) = together(PROCESS())
    assert other_process != process
    assert noted() == []


def test_a_server_that_goes_while_it_is_asked_is_told_at_once() -> None:
    """The same, with an answer under way."""
    (((process,),),) = together(PROCESS())
    wait = Statement("SELECT pg_terminate_backend(%s::int), pg_sleep(30)")
    with pytest.raises(OperationalError):
        together(wait(process))
    connection.close_if_unusable_or_obsolete()
    assert together(NUMBER(1)) == [[(1,)]]


def test_a_table_that_is_changed_meanwhile_fails_one(database: Database) -> None:
    """What a connection has prepared can never be asked again then, and so that connection is not used again."""
    together(INSERT(1, "one"), NOTED())
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE noted ALTER COLUMN text TYPE varchar(100)")
    with pytest.raises(DatabaseError):
        together(NOTED())
    connection.close_if_unusable_or_obsolete()
    assert together(NOTED()) == [[(1, "one")]]


def test_they_are_seen_by_who_counts_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """As Django's own: a test that holds a page to some number of queries counts these too."""
    with django_assert_num_queries(2):
        together(NUMBER(1), NUMBER(2))


def test_places_are_numbered_in_their_order() -> None:
    """``%s`` as everywhere else in the registry, ``$1`` as the server takes it."""
    identifier = UUID(int=1)
    assert Statement("SELECT %s, %s").query == b"SELECT $1, $2"
    assert Statement("SELECT 1")().values == ()
    assert Statement("SELECT %s")(identifier).values == (identifier,)
