"""From the audit log into the outbox, and out of it: each leaf once, each notice until it was taken."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from expectations.models import AuditLeaf
from registry.models import Account, Notice, NoticeCursor, Package
from registry.notices.audience import audience_of, package_of

log = logging.getLogger("sluicegate.notices")

LEAVES_A_ROUND = 500
"""Leaves turned into notices in one transaction."""

COLLECTED_FOR = timedelta(hours=1)
"""Refusals of one package within this time are told in one mail: a release gone wrong has many."""

RETRIES = (
    *(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)),
    *(timedelta(hours=6), timedelta(hours=12), timedelta(hours=24)),
)
"""How long to wait after each failure. After the last one the notice stays, unsent, with its failure."""

Send = Callable[[Notice], None]
"""Tells one notice. Raises OSError (smtplib's errors are a kind of it) where it could not be told, else what is wrong with it."""


def collect() -> int:
    """Turn every leaf since the last time into notices; return how many leaves there were."""
    total = 0
    while taken := _collect_some():
        total += taken
    return total


@transaction.atomic
def _collect_some() -> int:
    NoticeCursor.objects.get_or_create(only=True)
    cursor = NoticeCursor.objects.select_for_update().get(only=True)
    leaves = list(AuditLeaf.objects.filter(index__gte=cursor.next_leaf).order_by("index")[:LEAVES_A_ROUND])
    for leaf in leaves:
        _tell(leaf)
    if leaves:
        NoticeCursor.objects.filter(only=True).update(next_leaf=leaves[-1].index + 1)
    return len(leaves)


def _tell(row: AuditLeaf) -> None:
    leaf = json.loads(row.leaf)
    package = package_of(leaf)
    now = timezone.now()
    for account in audience_of(leaf, package):
        if leaf["event"] == "refused":
            _add_to_collection(row, package, account, now)
        else:
            _put(Notice.Channel.MAIL, leaf["event"], package, account, row, now)
    if settings.WEBHOOK_URL:
        _put(Notice.Channel.WEBHOOK, leaf["event"], package, None, row, now)


def _put(
    channel: Notice.Channel,
    event: str,
    package: Package | None,
    account: Account | None,
    row: AuditLeaf,
    due_at: datetime,
) -> None:
    Notice.objects.create(
        channel=channel, event=event, package=package, account=account, leaves=[row.index], due_at=due_at
    )


def _add_to_collection(row: AuditLeaf, package: Package | None, account: Account, now: datetime) -> None:
    waiting = (
        Notice.objects.select_for_update()
        .filter(
            channel=Notice.Channel.MAIL, event="refused", package=package, account=account, sent_at=None, attempts=0
        )
        .first()
    )
    if waiting is None:
        _put(Notice.Channel.MAIL, "refused", package, account, row, now + COLLECTED_FOR)
        return
    waiting.leaves = [*waiting.leaves, row.index]
    waiting.save(update_fields=["leaves"])


def send_due(send: Send) -> tuple[int, int]:
    """Tell what is due; return how many notices were taken and how many failed. Several processes may do so at once."""
    sent = failed = 0
    now = timezone.now()
    while True:
        with transaction.atomic():
            notice = _next_due(now)
            if notice is None:
                return sent, failed
            try:
                send(notice)
            except Error:  # the database's: nothing can be noted down
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is: one notice that cannot be told holds up no other
                failed += 1
                _put_off(notice, error)
            else:
                sent += 1
                notice.sent_at = timezone.now()
                notice.save(update_fields=["sent_at"])


def _next_due(now: datetime) -> Notice | None:
    due = Notice.objects.select_for_update(skip_locked=True, of=("self",)).filter(sent_at=None, due_at__lte=now)
    return due.filter(attempts__lte=len(RETRIES)).select_related("package", "account").order_by("due_at").first()


def _put_off(notice: Notice, error: Exception) -> None:
    if not isinstance(error, OSError):  # of a mail server or the webhook's receiver, which may be better later
        log.error("notice %s cannot be told", notice.pk, exc_info=error)
    notice.failure = f"{type(error).__name__}: {error}"[:300]
    if notice.attempts < len(RETRIES):
        notice.due_at = timezone.now() + RETRIES[notice.attempts]
    notice.attempts += 1
    notice.save(update_fields=["failure", "due_at", "attempts"])
