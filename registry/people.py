"""Persons and their accounts: added by the operator, by an invitation, or by signing up where that is open."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, transaction
from django.urls import reverse

from expectations import audit
from registry.mail_addresses import refuse_unsendable
from registry.models import Account


def add_person(
    username: str, *, email: str, password: str | None, verified: bool, using: str = DEFAULT_DB_ALIAS
) -> Account:
    """Return the account of a new person. Without a password nobody can sign in until :func:`password_link` was followed.

    ``verified`` says that somebody has shown the address to be the person's: the operator, or who followed a link that was
    sent there. Without it, signing in sends such a link first. Raises ValidationError for a name that is taken (in whatever
    case) or invalid, an address of another account, or a password that is too weak.
    """
    with transaction.atomic(using=using):
        draft = Account(username=username, email=email)
        # Without the check of constraints: the person is made together with the account.
        draft._state.db = using
        draft.full_clean(exclude=["password"], validate_constraints=False)
        refuse_unsendable(email)
        if Account.objects.using(using).filter(username__iexact=username).exists():
            raise ValidationError("This name is taken. Names are never used again.")
        if verified and EmailAddress.objects.using(using).filter(email__iexact=email, verified=True).exists():
            raise ValidationError("This address belongs to an account already.")
        if password is not None:
            validate_password(password, draft)
        account = Account.objects.db_manager(using).create_person(username, email=email, password=password)
        if verified:
            EmailAddress.objects.using(using).create(user=account, email=email.lower(), primary=True, verified=True)
        audit.record_by(using, "person-added", {"person": str(account.person_id)})
        return account


def password_link(account: Account) -> str:
    """Return the link by which whoever has it sets the account's password, once and within three days."""
    key = default_token_generator.make_token(account)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(account), "key": key})
    return f"{settings.BASE_URL}{path}"
