"""Django's command line for this registry."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

OLDER = "The database has no tables of this registry, or older ones. Make or upgrade them first: manage.py install."
UNNAMED = "Set DATABASE_URL to the web application's login, as postgresql://user:password@host/database."


def main() -> None:
    """Run one command. What the operator has to set right is told in a line, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            raise
        sys.exit(OLDER)
    except OperationalError as error:
        sys.exit(f"The database cannot be used: {error}")
    except ImproperlyConfigured as error:
        sys.exit(UNNAMED if str(error).startswith("settings.DATABASES") else str(error))


if __name__ == "__main__":
    main()
