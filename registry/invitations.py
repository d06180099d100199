"""Inviting people: an address gets a link that makes one account, once. Who is invited holds no role."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from expectations import audit, queries
from expectations.refusal import ChangeRefused
from expectations.second_factor import has_second_factor
from registry.mail_addresses import refuse_unsendable
from registry.models import Account, Invitation, Package
from registry.people import add_person
from verification.reasons import Reason

DAYS = 7
"""How long a link works."""

MOST_OPEN = 20
"""So many unused invitations of one person at a time: a stolen session sends no more mails than that."""


@transaction.atomic
def invite(email: str, *, by: Account) -> Invitation:
    """Send a link to an address. Whether it has an account already is not told.

    Raises ChangeRefused (SECOND_FACTOR_MISSING, NOT_A_MAINTAINER unless ``by`` maintains some package or is a steward),
    ValidationError for what is no address, or too many open invitations.
    """
    if not may_invite(by):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    if not has_second_factor(by):
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)
    validate_email(email)
    refuse_unsendable(email)
    if by.invitations.filter(used_at=None, expires_at__gt=timezone.now()).count() >= MOST_OPEN:
        raise ValidationError(f"{MOST_OPEN} of your invitations are unused. Wait until some are used, or have expired.")
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email, secret_sha256=_hash(secret), invited_by=by, expires_at=timezone.now() + timedelta(days=DAYS)
    )
    audit.record("person-invited", by=str(by.person_id), invitation=str(invitation.pk))
    transaction.on_commit(lambda: _send(invitation, secret))
    return invitation


def may_invite(account: Account) -> bool:
    """Return whether this is a steward, or maintains a package."""
    if account.person_id is None:
        return False
    packages = Package.objects.filter(grants__person=account.person_id).distinct()
    return account.person_id in queries.stewards() or any(
        account.person_id in queries.maintainers(package) for package in packages
    )


def find(secret: str) -> Invitation | None:
    """Return the invitation of a link, if it is unused and has not expired."""
    return Invitation.objects.filter(
        secret_sha256=_hash(secret), used_at=None, expires_at__gt=timezone.now(), invited_by__is_active=True
    ).first()


@transaction.atomic
def accept(invitation: Invitation, *, username: str, password: str) -> Account:
    """Make the account; its address is proved by the link. Raises ValidationError (name, password, or used meanwhile)."""
    open_one = Invitation.objects.select_for_update().filter(pk=invitation.pk, used_at=None).first()
    if open_one is None:
        raise ValidationError("This invitation has been used.")
    account = add_person(username, email=open_one.email, password=password, verified=True)
    open_one.account, open_one.used_at = account, timezone.now()
    open_one.save(update_fields=["account", "used_at"])
    audit.record("invitation-used", invitation=str(open_one.pk), person=str(account.person_id))
    return account


def _send(invitation: Invitation, secret: str) -> None:
    link = f"{settings.BASE_URL}{reverse('invitation', kwargs={'secret': secret})}"
    send_mail(
        subject="An invitation to Sluicegate",
        message=(
            f"{invitation.invited_by.username} invites you to the package registry at {settings.BASE_URL}.\n\n"
            f"Within {DAYS} days, this link makes an account, once:\n{link}\n\n"
            "If you expected nothing of the kind, ignore this mail: nothing happens then.\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
