"""``manage.py password_link``: let somebody set a password anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.models import Account
from registry.people import password_link


class Command(BaseCommand):
    """Print a link for a person whose password is lost, or whose first link is. Second factors stay what they are."""

    help = "Print a link that sets the password of a person's account once, within three days. It changes no second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the link. Raises CommandError for a name that is no active person's."""
        account = Account.objects.filter(username=options["username"], kind=Account.Kind.PERSON, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no active person with the user name {options['username']}.")
        self.stdout.write(password_link(account))
