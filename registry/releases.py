"""Releases after their first file: how long they take further ones, and whether they are yanked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from expectations import queries
from expectations.documents import Policy, Status
from expectations.refusal import ChangeRefused, database_refusals
from registry import index_pages
from registry.models import Account, Release
from verification.reasons import Reason

MAX_REASON = 500
"""Longest reason for a yank, in characters: it stands in the index, and pip shows it."""


def closes_at(release: Release, policy: Policy) -> datetime:
    """Return from when on a release takes no more files: some days after its first one (trust rules, "Releases" 1)."""
    return release.created_at + timedelta(days=policy.release_days)


def takes_files(release: Release, policy: Policy) -> bool:
    """Return whether a release takes further files now: by its age, or because two people have reopened it."""
    return now() < closes_at(release, policy) or now() < reopened_until(release, queries.status(release.package))


def reopened_until(release: Release, status: Status) -> datetime:
    """Return the end of the last day (UTC) for which the package's status reopens a release; the beginning of time if none."""
    day = status.reopened.get(release.canonical_version)
    return datetime.min.replace(tzinfo=UTC) if day is None else datetime.combine(day, time.max, UTC)


def today() -> date:
    """Return the day that it is (UTC)."""
    return now().astimezone(UTC).date()


def yank(release: Release, *, reason: str, by: Account) -> None:
    """Yank a release (PEP 592): installers choose it only where somebody pinned it. One maintainer may.

    Raises ChangeRefused: YANK_WITHOUT_REASON, NOT_A_PERSON, NOT_A_MAINTAINER, RELEASE_DELETED.
    """
    told = " ".join(reason.split())[:MAX_REASON]
    if not told or not told.isprintable():
        raise ChangeRefused(Reason.YANK_WITHOUT_REASON)
    _set(release, told, by)


def unyank(release: Release, *, by: Account) -> None:
    """Take back that a release is yanked. One maintainer may.

    Raises ChangeRefused: NOT_A_PERSON, NOT_A_MAINTAINER, RELEASE_DELETED.
    """
    _set(release, None, by)


def _set(release: Release, reason: str | None, by: Account) -> None:
    with transaction.atomic(), database_refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT sluicegate_yank(%s, %s, %s)", [release.pk, reason, by.pk])
        # Not when somebody next asks for the page: by it lists and search know which release to tell of.
        index_pages.refresh(release.package.name)
    release.refresh_from_db(fields=["yanked_at", "yank_reason"])


def now() -> datetime:
    """Return the time by which releases close."""
    return timezone.now()
