"""``manage.py install``: make or upgrade the database, as its owner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from expectations.bootstrap import bootstrap
from expectations.documents.policy import DEFAULT_POLICY, Policy, parse_policy
from registry.grants import apply_grants
from verification.parameters import DocumentInvalid
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots

KEPT = (
    "The registry is up to date. It was made before: the roots of trust or policy given here were NOT taken. Stewards propose "
    "new ones on its pages, /registry/roots/ and /registry/policy/."
)


class Command(BaseCommand):
    """Migrate, grant the web application's role its rights, and bootstrap a new registry. Safe to run again."""

    help = "Create or upgrade the database (needs DATABASE_OWNER_URL), set the application role's rights, bootstrap."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the roots of trust and the policy that a new registry begins with."""
        parser.add_argument("--roots", type=Path, help="roots of trust of a new registry (default: those shipped)")
        parser.add_argument("--policy", type=Path, help="policy of a new registry (default: the shipped one)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the three steps. Raises CommandError without both logins, or for unusable roots."""
        if "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL to the login that owns the tables.")
        application = str(settings.DATABASES["default"]["USER"])
        if application in ("", settings.DATABASES["owner"]["USER"]):
            raise CommandError(
                "Set DATABASE_URL to the web application's login, which is another one than the owner's."
            )
        roots, policy = self._roots(options["roots"]), self._policy(options["policy"])
        call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
        with transaction.atomic(using="owner"):
            apply_grants(application, using="owner")
            if bootstrap(roots, policy, using="owner"):
                self.stdout.write(f"A new registry was made, with the roots of trust {roots.digest}.")
            else:
                self.stdout.write(KEPT if options["roots"] or options["policy"] else "The registry is up to date.")
        connections["owner"].close()

    def _roots(self, path: Path | None) -> RootsOfTrust:
        try:
            return parse_roots(path.read_bytes()) if path else shipped_roots()
        except (OSError, DocumentInvalid) as error:
            raise CommandError(f"The roots of trust cannot be used: {error}") from error

    def _policy(self, path: Path | None) -> Policy:
        try:
            return parse_policy(path.read_bytes()) if path else DEFAULT_POLICY
        except (OSError, DocumentInvalid) as error:
            raise CommandError(f"The policy cannot be used: {error}") from error
