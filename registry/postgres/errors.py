"""What goes wrong, said to the person who started the command."""

from __future__ import annotations


class PostgresError(Exception):
    """No usable PostgreSQL; the text says in one line what is wrong and what to do."""


class EmbeddedError(PostgresError):
    """The embedded server cannot run here.

    Takes what is wrong and what to do about it; an external server is always named as the other way out.
    """

    def __init__(self, wrong: str, remedy: str) -> None:
        way_out = "Or set DATABASE_URL to an administrative login (CREATEDB, CREATEROLE) of a PostgreSQL 15 or newer."
        super().__init__(f"The embedded PostgreSQL cannot run: {wrong} {remedy} {way_out}")
