"""``manage.py deliver``: tell people and the webhook what happened."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from registry.models import Notice
from registry.notices import mail, webhook
from registry.notices.outbox import collect, send_due

PAUSE = 2
"""Seconds between two looks at the audit log."""


class Command(BaseCommand):
    """Fill the outbox from the audit log and send what is due. Safe to run several times, and at once."""

    help = "Send mails and webhook calls for what happened since the last time; --forever goes on until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--forever", action="store_true", help="go on until stopped, as a service")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Deliver once, or until stopped."""
        while True:
            collect()
            sent, failed = send_due(_send)
            if sent or failed or not options["forever"]:
                self.stdout.write(f"{sent} notice(s) sent, {failed} put off")
            if not options["forever"]:
                return
            close_old_connections()
            time.sleep(PAUSE)


def _send(notice: Notice) -> None:
    match notice.channel:
        case Notice.Channel.MAIL:
            mail.send(notice)
        case Notice.Channel.WEBHOOK:
            webhook.send(notice)
