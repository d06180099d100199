"""The pages of refused uploads, for those whom they concern."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from expectations import queries
from expectations.addresses import for_package
from expectations.guided.from_refusal import MENDED_BY_A_PROPOSAL, usable
from expectations.models import DocumentVersion
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from registry import roles
from registry.models import Account, Package, Refusal
from registry.queries import packages_of
from registry.web.account import for_account
from registry.web.provenance_words import VerdictTelling, tell_verdict
from verification.move_checks import to_check
from verification.reasons import Reason

REFUSALS_A_PAGE = 20


@require_safe
@never_cache
@login_required
@for_package
def refusals(request: HttpRequest, package: Package) -> HttpResponse:
    """List a package's refused uploads, the newest first, each with its checks; to its maintainers alone."""
    if not request.user.has_perm(roles.MAINTAIN, package):
        raise Http404
    kept = Refusal.objects.filter(package=package).select_related("account", "token", "verdict", "package")
    page = Paginator(kept, REFUSALS_A_PAGE).get_page(request.GET.get("page"))
    context = {"package": package, "page": page, "rows": [_row(each) for each in page.object_list]}
    return render(request, "registry/refusals.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A refused upload in the list: ``can_start`` where a proposal can be started from it."""

    refusal: Refusal
    reason: Reason
    telling: VerdictTelling | None
    can_start: bool
    to_check: str


def _row(refusal: Refusal) -> Row:
    telling = tell_verdict(refusal.verdict.document) if refusal.verdict else None
    return Row(refusal, Reason(refusal.reason), telling, bool(usable(refusal)), to_check(Reason(refusal.reason)))


@require_safe
@never_cache
@for_account
def every_refusal(request: HttpRequest, account: Account) -> HttpResponse:
    """List the refused uploads of the whole registry, the newest first, also those to unknown names; to stewards alone."""
    if account.person_id not in queries.stewards():
        return refusal_page(request, ChangeRefused(Reason.NOT_A_STEWARD))
    asked = request.GET.get("reason", "")
    kept = Refusal.objects.select_related("account", "package")
    if asked in set(Reason):
        kept = kept.filter(reason=asked)
    page = Paginator(kept, REFUSALS_A_PAGE).get_page(request.GET.get("page"))
    counted = Refusal.objects.order_by().values("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    context = {"page": page, "asked": asked if asked in set(Reason) else "", "counted": counted}
    return render(request, "registry/every_refusal.html", context)


@require_safe
@never_cache
@for_account
def refusal(request: HttpRequest, account: Account, refusal_id: UUID) -> HttpResponse:
    """Show a refusal to the package's maintainers, to who uploaded and to stewards; to others there is none of this id."""
    found = get_object_or_404(
        Refusal.objects.select_related("package", "account", "token", "verdict__expectation"), pk=refusal_id
    )
    maintains = found.package is not None and account.has_perm(roles.MAINTAIN, found.package)
    if not maintains and found.account_id != account.pk and account.person_id not in queries.stewards():
        raise Http404
    context = {
        "refusal": found,
        "reason": Reason(found.reason),
        "package": found.package,
        "maintains": maintains,
        "can_start": maintains and bool(usable(found)),
        "to_check": to_check(Reason(found.reason)) if maintains else "",
        "creatable": found.claimed_name if found.reason == Reason.NAME_UNKNOWN else "",
        "can_mend": maintains and found.reason in MENDED_BY_A_PROPOSAL,
        "telling": tell_verdict(found.verdict.document) if found.verdict else None,
        "in_force_since": _in_force_since(found),
    }
    return render(request, "registry/refusal.html", context)


def readable_by(reader: Account | AnonymousUser, refusals: Collection[str]) -> frozenset[str]:
    """Return which of these refusals, by their ids, the page above shows to somebody."""
    if not isinstance(reader, Account) or not refusals:
        return frozenset()
    found = Refusal.objects.filter(pk__in=refusals)
    if reader.person_id not in queries.stewards():
        found = found.filter(Q(account=reader) | Q(package__in=packages_of(reader.person_id)))
    return frozenset(str(pk) for pk in found.values_list("pk", flat=True))


def _in_force_since(refusal: Refusal) -> DocumentVersion | None:
    """Return the version of the promise that took the place of the one that the upload was held against, if one has."""
    if refusal.package is None or refusal.verdict is None or refusal.verdict.expectation is None:
        return None
    version = queries.active_expectation(refusal.package)
    return None if version == refusal.verdict.expectation else version
