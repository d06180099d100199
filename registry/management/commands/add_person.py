"""``manage.py add_person``: give somebody an account."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from registry.people import add_person, password_link


class Command(BaseCommand):
    """Add a person with an account, and say how that person comes to a password."""

    help = (
        "Add a person's account. Prints a link that sets the password once, or reads the password from standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")
        parser.add_argument("--email", required=True)
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Add the person. Raises CommandError where the name is taken or invalid, or the password is too weak."""
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        try:
            account = add_person(options["username"], email=options["email"], password=password, verified=True)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Added {account.username} (person {account.person_id}).")
        if password is None:
            self.stdout.write(f"Within three days, this link sets the password once:\n{password_link(account)}")
