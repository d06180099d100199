"""`python -m registry.postgres`: run a command with a database, or say whether that is possible here."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from registry.postgres.child import run_to_end
from registry.postgres.errors import PostgresError
from registry.postgres.serving import server

_CANNOT_RUN = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code: the command's own, or 2 when PostgreSQL cannot run."""
    asked = _parser().parse_args(arguments)
    try:
        return _check(asked.var) if asked.action == "check" else _run(asked)
    except (PostgresError, ValueError) as error:
        print(f"registry.postgres: {error}", file=sys.stderr)
        return _CANNOT_RUN
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m registry.postgres", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="the folder of the clusters (default: var)")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("check", help="say in one line whether and how PostgreSQL runs here")
    run = actions.add_parser(
        "run", help="run a command with DATABASE_URL (the application's role) and DATABASE_OWNER_URL (the owner's)"
    )
    run.add_argument("--purpose", required=True, help="which cluster below var/: one a purpose")
    run.add_argument("--database", required=True, help="the database, made when it is missing")
    run.add_argument("command", nargs="+", metavar="COMMAND", help="after --")
    return parser


def _check(var: Path) -> int:
    with server(var, "check") as admin:
        print(f"PostgreSQL can be used here: {admin.description}")
    return 0


def _run(asked: argparse.Namespace) -> int:
    with server(asked.var, asked.purpose) as admin:
        database = admin.create_database(asked.database)
        logins = {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}
        return run_to_end(asked.command, {**os.environ, **logins})


if __name__ == "__main__":
    sys.exit(main())
