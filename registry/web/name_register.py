"""The page of names, for stewards: who made which and when, what became of them, and which ones nobody may make."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from expectations import queries
from expectations.documents import PackageState
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from registry import name_register
from registry.models import Account
from registry.name_register import Files
from registry.web.account import for_account
from verification.reasons import Reason

NAMES_A_PAGE = 25

STATES = [(state.value, state.value) for state in PackageState] + [(files.value, files.label) for files in Files]


@require_safe
@never_cache
@for_account
def names(request: HttpRequest, account: Account) -> HttpResponse:
    """List names by a part of them or of their creator's user name, and by state; to stewards alone."""
    if account.person_id not in queries.stewards():
        return refusal_page(request, ChangeRefused(Reason.NOT_A_STEWARD))
    query = request.GET.get("q", "").replace("\0", "").strip()[: name_register.LONGEST_QUERY]
    state = _state(request.GET.get("state", ""))
    found = name_register.find(query, state=state)
    page = Paginator(found, NAMES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "state": state.value if state else "",
        "states": STATES,
        "page": page,
        "names": name_register.told_of(page.object_list),
        "refused": name_register.why_not(query) if query else None,
        "wanted": name_register.wanted(),
        "closed": name_register.closed(),
    }
    return render(request, "registry/names.html", context)


def _state(asked: str) -> PackageState | Files | None:
    if asked in set(PackageState):
        return PackageState(asked)
    return Files(asked) if asked in set(Files) else None
