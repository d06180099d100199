"""What stewards look after, on one page; and the packages that cannot decide by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expectations import queries
from expectations.names import accounts_of
from expectations.voices import NEEDED
from expectations.waiting import told
from registry.models import Account, Package

SHOWN = 200
"""Most packages listed."""


@dataclass(frozen=True, slots=True)
class Short:
    """A package with fewer maintainers than decide, and who they are."""

    package: Package
    maintainers: tuple[Account, ...]


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
    return {"open": told(queries.open_proposals_of_the_registry()), "short": _short(), "needed": NEEDED}


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
