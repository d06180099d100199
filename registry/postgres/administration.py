"""Databases made, copied and dropped over an administrative login, the same on our own server and on another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import Connection, sql

from registry.postgres import roles
from registry.postgres.errors import PostgresError
from registry.postgres.passwords import Passwords
from registry.postgres.urls import url_of_database, url_of_login


@dataclass(frozen=True)
class Database:
    """A database and the URLs of its two logins, passwords included: for child processes, not for logs."""

    name: str
    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)


class Administration:
    """An administrative login of one server; `description` tells people which."""

    def __init__(self, url: str, passwords: Passwords, description: str) -> None:
        self._url = url
        self._passwords = passwords
        self.description = description

    def create_database(self, name: str, *, fresh: bool = False) -> Database:
        """Make the database and its two roles where they are missing, and return its logins.

        With `fresh` a database of that name is dropped first, whoever is connected to it. Raises PostgresError when
        the login may not, or when the database belongs to somebody else; ValueError for an unusable name.
        """
        owner, app = roles.owner_of(_checked(name)), roles.app_of(name)
        logins = {role: self._passwords.of(role) for role in (owner, app)}
        database = Database(
            name=name,
            owner_url=url_of_login(self._url, owner, logins[owner], name),
            app_url=url_of_login(self._url, app, logins[app], name),
        )
        with _alone(self._url) as connection:
            for role, password in logins.items():
                roles.prepare_role(connection, role, password)
            if fresh:
                _drop(connection, name)
            _create_unless_owned(connection, name, owner)
            with _connected(database.owner_url) as own:
                roles.close_to_strangers(own, name, app)
                roles.close_schema(own, app)
        return database

    def clone_database(self, source: Database, name: str) -> Database:
        """Copy a database, with its contents and for the same two roles; return the copy's logins.

        A database of the copy's name is dropped first. Nobody may be connected to the source: PostgreSQL refuses
        then, after waiting for five seconds (PostgresError).
        """
        owner, app = roles.owner_of(source.name), roles.app_of(source.name)
        names = {"name": sql.Identifier(_checked(name)), "source": sql.Identifier(source.name)}
        clone = Database(name, url_of_database(source.owner_url, name), url_of_database(source.app_url, name))
        with _alone(self._url) as connection:
            _drop(connection, name)
            statement = sql.SQL("CREATE DATABASE {name} TEMPLATE {source} OWNER {owner}")
            connection.execute(statement.format(**names, owner=sql.Identifier(owner)))
            with _connected(clone.owner_url) as own:
                roles.close_to_strangers(own, name, app)  # a copy has its source's schema, but not its rights
        return clone

    def drop_database(self, name: str) -> None:
        """Drop the database if it exists, whoever is connected to it. Its roles stay: copies may be theirs."""
        with _alone(self._url) as connection:
            _drop(connection, _checked(name))


def require_usable(url: str) -> str:
    """Return `host:port` of an administrative login; raise PostgresError when it cannot be used as one."""
    with _connected(url) as connection:
        roles.require_administrator(connection)
        return f"{connection.info.host}:{connection.info.port}"


def close_maintenance_databases(url: str) -> None:
    """Take the databases that every cluster begins with from PUBLIC. For our own cluster only."""
    with _alone(url) as connection:
        connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    with _connected(url) as connection:
        # Two workers that prepare the same roles and rights would otherwise meet "tuple concurrently updated".
        connection.execute("SELECT pg_advisory_lock(hashtext('sluicegate administration'))")
        yield connection


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.ProgrammingError as error:
        if error.diag.message_primary is None:
            # libpq repeats the text that it could not read, password included.
            raise PostgresError("DATABASE_URL is not a PostgreSQL connection URL.") from None
        raise PostgresError(f"PostgreSQL refused: {error.diag.message_primary}.") from error
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error).strip().splitlines()[-1]
        raise PostgresError(f"PostgreSQL refused: {said}.") from error


def _checked(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name):  # 63 bytes is an identifier's limit; "_owner" follows
        raise ValueError(f"a database's name is lower-case letters, digits and underscores, not {name!r}")
    return name


def _drop(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create_unless_owned(connection: Connection, name: str, owner: str) -> None:
    row = connection.execute(
        "SELECT rolname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE datname = %s", [name]
    ).fetchone()
    if row is None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))
    elif row[0] != owner:
        raise PostgresError(f"the database {name} exists and belongs to {row[0]}; give it to {owner} or rename it.")
