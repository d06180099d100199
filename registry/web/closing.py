"""The lever on the page of a package's state: one person closes it at once, by an authenticator code or a security key."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from expectations import actions, closing, origin
from expectations.addresses import for_package
from expectations.closing import Closing
from expectations.documents import Status
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.rights import refuse_unless_may_propose
from expectations.second_factor import Factor, check_totp
from registry.models import Account, Package
from registry.web.closing_forms import ClosingForm, KeyForm
from registry.web.status import state_page


@require_POST
@login_required
@for_package
def close(request: HttpRequest, package: Package) -> HttpResponse:
    """Freeze or quarantine the package at once, by one person with a fresh code."""
    return _taken(request, package, lambda account: _by_code(request, package, account))


@require_POST
@never_cache
@login_required
@for_package
def close_by_key(request: HttpRequest, package: Package) -> HttpResponse:
    """Ask for a security key over exactly what was chosen; close the package once its answer comes."""
    step = _by_key if "assertion" in request.POST else _ask_key
    return _taken(request, package, lambda account: step(request, package, account))


def _taken(request: HttpRequest, package: Package, step: Callable[[Account], HttpResponse]) -> HttpResponse:
    """Let a maintainer or steward with a second factor do it; what is refused then comes back on the state's page."""
    account = cast("Account", request.user)
    try:
        refuse_unless_may_propose(account, package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    try:
        return step(account)
    except ChangeRefused as refused:
        return state_page(request, package, chosen=request.POST, refused=refused, code=status_of(refused.reason))


def _by_code(request: HttpRequest, package: Package, account: Account) -> HttpResponse:
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return state_page(request, package, closing=form, code=400)
    factor = check_totp(account, form.cleaned_data["code"])
    return _close(request, package, account, form.status(), factor)


def _ask_key(request: HttpRequest, package: Package, account: Account) -> HttpResponse:
    form = ClosingForm(request.POST, by_code=False)
    if not form.is_valid():
        return state_page(request, package, closing=form, code=400)
    asked = closing.following(package, form.status())
    context = {
        "package": package,
        "asked": asked,
        "form": KeyForm(initial={**form.cleaned_data, "number": asked.number}),
        "options": closing.options(account, asked),
        "lever": closing.lever(request, account, package),
    }
    return render(request, "registry/close_by_key.html", context)


def _by_key(request: HttpRequest, package: Package, account: Account) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _ask_key(request, package, account)
    sent = form.cleaned_data
    asked = Closing(package, form.status(), sent["number"])
    factor = closing.factor_of(account, asked, sent["assertion"])
    return _close(request, package, account, asked.status, factor, number=asked.number)


def _close(
    request: HttpRequest, package: Package, account: Account, wanted: Status, factor: Factor, number: int | None = None
) -> HttpResponse:
    actions.close_package(
        package,
        state=wanted.state,
        note=wanted.note,
        by=account,
        factor=factor,
        number=number,
        origin=origin.of_request(request),
    )
    messages.success(request, "The package is closed. Opening it again takes a proposal and two people.")
    return redirect("status", name=package.name)
