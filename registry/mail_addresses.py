"""Addresses that mails can be made out to: Django takes some for addresses that its own mails then fail on."""

from __future__ import annotations

from email.errors import MessageError

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage


def refuse_unsendable(email: str) -> None:
    """Refuse an address that no mail can be made out to: a line break in its quotes, say, or a name that DNS has no form for.

    Takes what is an address to Django. Raises ValidationError.
    """
    try:
        EmailMessage(to=[email]).message().as_bytes()
    except (ValueError, MessageError) as error:
        raise ValidationError("No mail can be sent to this address.") from error
