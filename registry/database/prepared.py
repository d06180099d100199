"""One row by one text, by libpq itself: for a query that finds a row by its key, all else takes longer than the query.

What goes wrong is told as psycopg tells it, so that Django sees what became of the connection.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format

from expectations.statements import Statement


def row_of(statement: Statement, connection: Connection[Any], text: str) -> tuple[bytes | None, ...] | None:
    """Return the row as PostgreSQL sends it (its binary format), or None where there is none. Raises psycopg.Error."""
    if connection not in statement.prepared:
        made = connection.pgconn.prepare(statement.name, statement.query)
        if made.status != ExecStatus.COMMAND_OK:
            raise error_from_result(made)
        statement.prepared.add(connection)
    found = connection.pgconn.exec_prepared(statement.name, [text.encode()], result_format=Format.BINARY)
    if found.status != ExecStatus.TUPLES_OK:
        raise error_from_result(found)
    if found.ntuples != 1:
        return None
    return tuple(found.get_value(0, column) for column in range(found.nfields))
