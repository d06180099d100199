"""Mails: plain text, one link, and nothing in them that acts by itself."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage

from registry.models import Notice
from registry.notices.words import compose


def send(notice: Notice) -> None:
    """Send a notice to its account's present address. An account without one any more is told nothing.

    Raises OSError where the mail server does not take it. The message's id is the notice's: sent twice by a crash, it is one.
    """
    account = notice.account
    assert account is not None
    if not account.email or not account.is_active:
        return
    subject, body = compose(notice)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"
    EmailMessage(
        subject,
        body,
        to=[account.email],
        headers={"Message-ID": f"<{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    ).send()
