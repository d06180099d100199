"""Django finds a backend's wrapper here, by this name."""

from __future__ import annotations

import select
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import Connection
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import TransactionStatus

APPLICATION = "default"
"""The connection that everything but ``manage.py install`` and ``bootstrap`` goes by."""

_MAY_BE_OWNER = """
    SELECT pg_has_role(session_user, relowner, 'MEMBER') FROM pg_class
    WHERE oid = to_regclass('public.expectations_documentversion')
"""


class _Errors(DatabaseErrorWrapper):
    """Django's own, which also notes that what a connection has prepared no longer fits."""

    wrapper: DatabaseWrapper

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if isinstance(error, FeatureNotSupported | InvalidSqlStatementName):
            self.wrapper.prepared_fits = False
        super().__exit__(kind, error, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for whom it lets in, and for how it asks whether a connection that was kept still works."""

    prepared_fits = True
    """Whether what this connection has prepared can be asked. A column that became of another type ends that for good: its
    "cached plan must not change result type", each time, and not even a rollback helps."""

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        """What translates psycopg's errors into Django's."""
        return _Errors(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Return a new connection. Raises ImproperlyConfigured where the web application has the owner's login, or more.

        Whoever broke into a process that has those would stand outside the rule of two: the guards in the database hold
        everybody but its owner.
        """
        connection: Connection = super().get_new_connection(conn_params)
        self.prepared_fits = True
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

        No transaction has failed, what is prepared fits, and the server has neither closed the connection nor said anything, for
        it would say that it ends it. Django asks by a query of its own before each request's first, which took a quarter of a
        page's time.
        """
        if self.connection is None or self.connection.closed or not self.prepared_fits:
            return False
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
