"""``manage.py bootstrap``: name the first stewards, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from expectations.bootstrap import name_stewards
from expectations.refusal import ChangeRefused
from registry.people import add_person, password_link


class Command(BaseCommand):
    """Make the accounts of the first stewards, and print a one-time link for each. It works once in a registry's life."""

    help = "Name the first stewards (needs DATABASE_OWNER_URL). Two at least, better three; once, and never again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take each steward's user name and address."""
        parser.add_argument(
            "--steward",
            nargs=2,
            metavar=("NAME", "EMAIL"),
            action="append",
            required=True,
            help="once for each steward",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Name them. Raises CommandError where stewards stand already, or fewer than two were named."""
        if "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL to the login that owns the tables.")
        try:
            with transaction.atomic(using="owner"):
                accounts = [
                    add_person(name, email=email, password=None, verified=True, using="owner")
                    for name, email in options["steward"]
                ]
                name_stewards([account.person_id for account in accounts if account.person_id], using="owner")
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ChangeRefused as refused:
            raise CommandError(f"The stewards cannot be named: {refused}") from refused
        self.stdout.write(
            "Give each steward their own link, by separate ways. Within three days, it sets the password once:"
        )
        for account in accounts:
            self.stdout.write(f"{account.username}: {password_link(account)}")
        connections["owner"].close()
