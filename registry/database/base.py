"""Django finds a backend's wrapper here, by this name."""

from __future__ import annotations

import select
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.pq import TransactionStatus

APPLICATION = "default"
"""The connection that everything but ``manage.py install`` and ``bootstrap`` goes by."""

_MAY_BE_OWNER = """
    SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class
    WHERE oid = to_regclass('public.expectations_documentversion')
"""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for whom it lets in, and for how it asks whether a connection that was kept still works."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Return a new connection. Raises ImproperlyConfigured where the web application has the owner's login, or more.

        Whoever broke into a process that has those would stand outside the rule of two: the guards in the database hold
        everybody but its owner.
        """
        connection: Connection = super().get_new_connection(conn_params)
        if self.alias == APPLICATION:
            found = connection.execute(_MAY_BE_OWNER).fetchone()
            connection.rollback()
            if found and found[0]:
                connection.close()
                raise ImproperlyConfigured(
                    "DATABASE_URL is a login that owns the registry's tables, or a superuser's. Give it the web application's, "
                    "and the owner's to manage.py install and bootstrap alone, as DATABASE_OWNER_URL."
                )
        return connection

    def is_usable(self) -> bool:
        """Say whether a query would be answered.

        No transaction has failed, and the server has neither closed the connection nor said anything, for it would say that
        it ends it. Django asks by a query of its own before each request's first, which took a quarter of a page's time.
        """
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
