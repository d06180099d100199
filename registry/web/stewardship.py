"""What stewards look after, on one page; and the packages that cannot decide by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from expectations import queries
from expectations.names import accounts_of
from expectations.voices import NEEDED
from expectations.waiting import told
from registry.models import Account, Package, Refusal
from verification.provenance import is_overdue

NEWEST = 10
"""Most refusals and names listed: the newest."""

SHOWN = 200
"""Most packages listed."""


@dataclass(frozen=True, slots=True)
class Short:
    """A package with fewer maintainers than decide, and who they are."""

    package: Package
    maintainers: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A builder that is believed up to a level, and the day by which somebody has to look at that again."""

    builder: str
    level: int
    by: date
    overdue: bool


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show everybody what holds for the registry; to stewards also what is open, and what needs them."""
    is_steward = request.user.is_authenticated and request.user.person_id in queries.stewards()
    context = {
        "is_steward": is_steward,
        "roots": queries.active_roots_version(),
        "policy": queries.active_policy_version(),
        **(_for_stewards() if is_steward else {}),
    }
    return render(request, "registry/registry.html", context)


def _for_stewards() -> dict[str, object]:
    return {
        "open": told(queries.open_proposals_of_the_registry()),
        "short": _short(),
        "needed": NEEDED,
        "refusals": Refusal.objects.select_related("package", "account")[:NEWEST],
        "reviews": _reviews(),
        "names": Package.objects.annotate(releases_made=Count("releases"))
        .prefetch_related("created_by__accounts")
        .order_by("-created_at")[:NEWEST],
    }


def _reviews() -> list[Review]:
    """Return the builders of the roots in force, the one that is due first."""
    now = timezone.now()
    builders = queries.read_roots(queries.active_roots_version()).builders
    due = [Review(one.name, one.level, one.review_by, is_overdue(one.review_by, now)) for one in builders]
    return sorted(due, key=lambda review: (review.by, review.builder))


def _short() -> list[Short]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM registry_package p WHERE (SELECT count(*) FROM sluicegate_maintainers(p.id)) < %s "
            "ORDER BY p.name LIMIT %s",
            [NEEDED, SHOWN],
        )
        found = [row[0] for row in cursor.fetchall()]
    packages = Package.objects.filter(pk__in=found).order_by("name")
    return [Short(package, accounts_of(queries.maintainers(package))) for package in packages]
