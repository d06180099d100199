"""A query asked again and again, by libpq itself: for one that finds a row by its key, a cursor takes longer than all else.

It is prepared once a connection. What goes wrong is told as psycopg tells it, so that Django sees what became of the connection.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format


class PreparedRead:
    """A query by one text that finds one row at most. ``$1`` stands for the text, and ``name`` for the query in a connection."""

    def __init__(self, name: str, query: str) -> None:
        self._name, self._query = name.encode(), query.encode()
        self._prepared: WeakSet[Connection[Any]] = WeakSet()

    def row(self, connection: Connection[Any], text: str) -> tuple[bytes | None, ...] | None:
        """Return the row as PostgreSQL sends it (its binary format), or None where there is none. Raises psycopg.Error."""
        if connection not in self._prepared:
            made = connection.pgconn.prepare(self._name, self._query)
            if made.status != ExecStatus.COMMAND_OK:
                raise error_from_result(made)
            self._prepared.add(connection)
        found = connection.pgconn.exec_prepared(self._name, [text.encode()], result_format=Format.BINARY)
        if found.status != ExecStatus.TUPLES_OK:
            raise error_from_result(found)
        if found.ntuples != 1:
            return None
        return tuple(found.get_value(0, column) for column in range(found.nfields))
