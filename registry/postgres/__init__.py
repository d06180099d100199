"""A PostgreSQL for the demo, the tests and the checks, without anything to install or to configure.

    with server(var, "demo") as admin:
        database = admin.create_database("sluicegate_demo", fresh=True)

starts the server that comes with the locked requirements, or uses the one that DATABASE_URL names, and makes a
database with an owner, who migrates it, and an application role, which owns nothing. From a shell:
`python -m registry.postgres run --purpose demo --database sluicegate_demo -- COMMAND…`.

This room knows nothing of Django. No permission is changed outside the folder that it is given.
"""

from registry.postgres.administration import Administration, Database
from registry.postgres.errors import PostgresError
from registry.postgres.serving import server

__all__ = ["Administration", "Database", "PostgresError", "server"]
