"""The two roles of a database: one owns it and changes its tables, the other only works with what it was granted.

A database called `name` belongs to `name_owner`, who migrates it, and is served by `name_app`, which owns nothing: what
it may do to each table is granted elsewhere, by whoever makes the tables.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import Connection, sql

from registry.postgres.errors import PostgresError

_NO_POWERS: LiteralString = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def owner_of(database: str) -> str:
    """Return the name of the role that owns a database."""
    return f"{database}_owner"


def app_of(database: str) -> str:
    """Return the name of the role that the application logs in as."""
    return f"{database}_app"


def require_administrator(connection: Connection) -> None:
    """Raise PostgresError when the server is too old or the login may not make databases and roles."""
    if connection.info.server_version < 150000:
        raise PostgresError("DATABASE_URL names a PostgreSQL older than 15; use a newer one.")
    row = connection.execute(
        "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[0]:
        raise PostgresError(
            f"the login {connection.info.user} of DATABASE_URL may not make databases and roles; "
            "it needs CREATEDB and CREATEROLE."
        )


def prepare_role(connection: Connection, role: str, password: str) -> None:
    """Make the role when it is missing, and give it the password; raise PostgresError when it has any power."""
    if not _exists(connection, role):
        _execute(connection, f"CREATE ROLE {{}} {_NO_POWERS}", sql.Identifier(role))
    _refuse_powers(connection, role)
    # Only the verifier is sent: the password itself can then never reach the server's log.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    _execute(connection, "ALTER ROLE {} PASSWORD {}", sql.Identifier(role), sql.Literal(verifier))
    if not _is_superuser(connection):
        # Without it an administrator of PostgreSQL 16 or newer may neither give databases to the role nor end its
        # sessions.
        _execute(connection, "GRANT {} TO CURRENT_USER", sql.Identifier(role))


def close_to_strangers(connection: Connection, database: str, app: str) -> None:
    """Take a database from PUBLIC (which may connect and make temporary tables) and let the app's role connect."""
    name = sql.Identifier(database)
    _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", name, sql.Identifier(app))


def close_schema(connection: Connection, app: str) -> None:
    """Let nobody but the owner make tables in the connection's database, and the app's role use them when granted."""
    _execute(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    _execute(connection, "GRANT USAGE ON SCHEMA public TO {}", sql.Identifier(app))


def _exists(connection: Connection, role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _is_superuser(connection: Connection) -> bool:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return row is not None and bool(row[0])


def _refuse_powers(connection: Connection, role: str) -> None:
    row = connection.execute(
        """
        SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
        FROM pg_roles WHERE rolname = %s
        """,
        [role],
    ).fetchone()
    if row is None or row[0]:
        raise PostgresError(f"the role {role} exists with more rights than its own login; take them from it.")


def _execute(connection: Connection, statement: LiteralString, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(*parts))
