"""Connection URLs, in a form that psycopg and libpq read for sockets and for hosts alike."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

_PERSONAL = frozenset({"user", "password", "passfile", "dbname"})


def url_for(server: Mapping[str, object], user: str, password: str, database: str) -> str:
    """Return `postgresql://user:password@/database?…` with the server's parameters (host, port, sslmode, …)."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    parameters = {name: str(value) for name, value in server.items() if name not in _PERSONAL}
    return f"postgresql://{login}@/{quote(database, safe='')}?{urlencode(parameters, quote_via=quote, safe='')}"


def url_of_database(url: str, database: str) -> str:
    """Return the URL of the same login for another database of the same server."""
    known = conninfo_to_dict(url)
    return url_for(known, str(known["user"]), str(known["password"]), database)


def url_of_login(url: str, user: str, password: str, database: str) -> str:
    """Return the URL of another login for a database of the same server."""
    return url_for(conninfo_to_dict(url), user, password, database)
