"""``manage.py install``: make or upgrade the database, as its owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from expectations.bootstrap import bootstrap
from registry.grants import apply_grants


class Command(BaseCommand):
    """Migrate, grant the web application's role its rights, and bootstrap a new registry. Safe to run again."""

    help = "Create or upgrade the database (needs DATABASE_OWNER_URL), set the application role's rights, bootstrap."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the three steps. Raises CommandError without the owner's login."""
        if "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL to the login that owns the tables.")
        call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
        with transaction.atomic(using="owner"):
            apply_grants(settings.DATABASES["default"]["USER"], using="owner")
            if bootstrap(using="owner"):
                self.stdout.write("A new registry was made, with the roots of trust and the policy that are shipped.")
        connections["owner"].close()
