"""Roots: past its review date an entry is believed as before, and every page that leans on it says so."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from registry import roles
from registry.models import Package
from registry.web.reviews import Reviews
from tests.support.rows import Signing, accept, new_package

pytestmark = pytest.mark.django_db

FILENAME, CONTENT = "widget-1.0.tar.gz", b"the file"
PAGES = ["/", "/packages/widget/", f"/packages/widget/1.0/{FILENAME}"]


@pytest.fixture
def package(signing: Signing) -> Package:
    """A package with a file."""
    package = new_package()
    roles.project(package)
    accept(package, FILENAME, CONTENT, [signing.provenance(FILENAME, CONTENT)], roots=signing.roots)
    return package


@pytest.mark.parametrize("address", PAGES)
def test_every_page_that_shows_the_level_says_that_a_review_is_overdue(
    client: Client, package: Package, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The shipped entries are to be reviewed by November 2027."""
    assert "review overdue" not in client.get(address).content.decode()
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2027, 11, 2, tzinfo=UTC))
    assert "review overdue" in client.get(address).content.decode()


def test_an_entry_that_was_reviewed_since_makes_no_old_file_overdue() -> None:
    """The roots in force say when the next review is due; only for an entry that they have no more, the verdict does."""
    reviews = Reviews({"GitHub Actions": date(2028, 1, 1)}, datetime(2027, 6, 1, tzinfo=UTC))
    assert reviews.overdue("GitHub Actions", "2026-01-01") is None
    assert reviews.overdue("gone", "2026-01-01") == date(2026, 1, 1)
    assert reviews.overdue("gone", "2027-06-01") is None


def test_older_verdicts_name_no_entry() -> None:
    """Verdicts are never rewritten: those from before this was said say nothing."""
    assert Reviews({}, datetime(2027, 6, 1, tzinfo=UTC)).overdue(None, None) is None
