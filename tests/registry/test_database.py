"""A kept connection's health: asked of the connection itself, so that no request waits for a question to the server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE = 10.0


@pytest.fixture
def kept(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own, in use before."""
    made = connections.create_connection("default")
    _ask(made, "SELECT 1")
    yield made
    made.close()


def _ask(connection: BaseDatabaseWrapper, query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (answer,) = cursor.fetchone()
    return int(answer)


def test_one_that_works_is_kept(kept: BaseDatabaseWrapper) -> None:
    """The next request uses it again."""
    process = _ask(kept, "SELECT pg_backend_pid()")
    kept.close_if_unusable_or_obsolete()
    assert kept.is_usable()
    assert _ask(kept, "SELECT pg_backend_pid()") == process


def test_one_that_the_server_ended_is_made_anew(kept: BaseDatabaseWrapper) -> None:
    """Nobody's request fails because PostgreSQL was restarted while nobody asked anything."""
    process = _ask(kept, "SELECT pg_backend_pid()")
    with connections["default"].cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
    deadline = time.monotonic() + PATIENCE
    while kept.is_usable() and time.monotonic() < deadline:
        time.sleep(0.01)
    # As Django does at the beginning of a request.
    kept.close_if_unusable_or_obsolete()
    assert _ask(kept, "SELECT pg_backend_pid()") != process
    assert kept.is_usable()


def test_a_closed_one_is_none(kept: BaseDatabaseWrapper) -> None:
    """Whatever closed it."""
    kept.connection.close()
    assert not kept.is_usable()
    kept.close()
    assert not kept.is_usable()


def test_one_whose_transaction_failed_answers_nothing(kept: BaseDatabaseWrapper) -> None:
    """Until it is rolled back, PostgreSQL refuses every query."""
    kept.set_autocommit(False)
    with pytest.raises(ProgrammingError):
        _ask(kept, "SELECT nothing_of_this_name")
    assert not kept.is_usable()
    kept.rollback()
    assert kept.is_usable()
    kept.set_autocommit(True)
