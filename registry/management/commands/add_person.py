"""``manage.py add_person``: give somebody an account. There is no sign-up."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from expectations import audit
from registry.models import Account


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
            account = _add(options["username"], options["email"], password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Added {account.username} (person {account.person_id}).")
        if password is None:
            self.stdout.write(f"Within three days, this link sets the password once:\n{_password_link(account)}")


@transaction.atomic
def _add(username: str, email: str, password: str | None) -> Account:
    draft = Account(username=username, email=email)
    # Without the check of constraints: the person is made together with the account.
    draft.full_clean(exclude=["password"], validate_constraints=False)
    if password is not None:
        validate_password(password, draft)
    account = Account.objects.create_person(username, email=email, password=password)
    audit.record("person-added", person=str(account.person_id))
    return account


def _password_link(account: Account) -> str:
    key = default_token_generator.make_token(account)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(account), "key": key})
    return f"{settings.BASE_URL}{path}"
