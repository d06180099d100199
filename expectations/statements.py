"""Statements that are asked again and again: prepared once a connection, and sent several at a time.

To send one and wait for its answer costs both processes more than most statements themselves. What does not need the answer
before goes in one message (libpq's pipeline mode), and the server answers in one.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection, OperationalError, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from expectations.columns import Value

Row = tuple[Any, ...]

_numbers = count()


class Asked(NamedTuple):
    """A statement with the values that it is asked with."""

    statement: Statement
    values: tuple[Value, ...]


class Statement:
    """A statement with ``%s`` in the places of its values. Calling it with those makes what :func:`together` takes."""

    def __init__(self, query: str) -> None:
        first, *further = query.split("%s")
        self.query = (first + "".join(f"${at}{part}" for at, part in enumerate(further, 1))).encode()
        self.name = b"sluicegate_%d" % next(_numbers)
        self.prepared: WeakSet[Connection[Any]] = WeakSet()

    def __call__(self, *values: Value) -> Asked:
        """Return the statement with its values, in the order of their places."""
        return Asked(self, values)


_BEGIN, _COMMIT = Statement("BEGIN"), Statement("COMMIT")


def together(*asked: Asked, commit: bool = False) -> list[list[Row]]:
    """Send statements in one message and return the rows of each, in their order; a failure ends those after it.

    Within ``atomic`` they are part of its transaction, and ``commit`` ends that with the last of them, where it is the outermost:
    what it holds is not held for a way there and back. Nothing may be asked in it afterwards. Outside they are a transaction of
    their own. Raises django.db.Error.
    """
    here = connections[DEFAULT_DB_ALIAS]
    here.close_if_health_check_failed()
    here.ensure_connection()
    here.validate_no_broken_transaction()
    if here.queries_logged:
        here.queries_log.extend({"sql": each.statement.query.decode(), "time": "together"} for each in asked)
    ends = commit and here.in_atomic_block and not here.savepoint_ids
    with here.wrap_database_errors:
        return _Message(here.connection).ask([*asked, _COMMIT()] if ends else asked)[: len(asked)]


class _Ready(NamedTuple):
    """A statement with its values in the server's form, and which of those are binary."""

    statement: Statement
    values: Sequence[abc.Buffer | None]
    binary: list[bool]


class _Message:
    """Statements on their way to the server, by a connection that is Django's again once their answers are here."""

    def __init__(self, on: Connection[Any]) -> None:
        self._connection, self._server = on, on.pgconn
        # Anew for each message: it keeps the connection and the last answer, and would keep them for as long as it is kept.
        self._values = Transformer(on)
        self._preparing: set[Statement] = set()

    def ask(self, asked: Sequence[Asked]) -> list[list[Row]]:
        begins = not self._connection.autocommit and self._server.transaction_status == TransactionStatus.IDLE
        # All values before the first word: one that cannot be put (a NUL, half a character) then costs no connection.
        ready = [self._ready(each) for each in ([_BEGIN(), *asked] if begins else asked)]
        try:
            self._server.enter_pipeline_mode()
            wanted = [self._send(each) for each in ready]
            self._server.pipeline_sync()
            results = _read(self._server)
            self._server.exit_pipeline_mode()
        finally:
            if self._server.pipeline_status != PipelineStatus.OFF:
                self._connection.close()  # nobody else reads what is still to come
        rows = [self._rows(results, each) for each in wanted]
        return rows[1:] if begins else rows

    def _ready(self, asked: Asked) -> _Ready:
        statement, values = asked
        binary = [isinstance(value, bytes) for value in values]
        formats = [PyFormat.BINARY if each else PyFormat.TEXT for each in binary]
        return _Ready(statement, self._values.dump_sequence(values, formats), binary)

    def _send(self, ready: _Ready) -> Statement | None:
        """Send a statement, and return it where it has to be prepared before."""
        statement, values, binary = ready
        is_new = self._connection not in statement.prepared and statement not in self._preparing
        if is_new:
            self._server.send_prepare(statement.name, statement.query)
            self._preparing.add(statement)
        self._server.send_query_prepared(statement.name, values, binary)
        return statement if is_new else None

    def _rows(self, results: list[PGresult], prepared: Statement | None) -> list[Row]:
        if prepared is not None:
            _checked(results.pop(0))
            prepared.prepared.add(self._connection)
        result = _checked(results.pop(0))
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)


def _checked(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result


def _read(server: PGconn) -> list[PGresult]:
    """Return the result of every statement that was sent. Raises OperationalError where the server is gone."""
    results: list[PGresult] = []
    waiting = select.poll()
    waiting.register(server.socket, select.POLLIN | select.POLLOUT)
    while server.flush():
        waiting.poll()
        server.consume_input()
    waiting.modify(server.socket, select.POLLIN)
    while True:
        while server.is_busy():
            waiting.poll()
            server.consume_input()
        result = server.get_result()
        if result is None:
            if server.status == ConnStatus.BAD:
                raise OperationalError(server.get_error_message())
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)
