"""The page of a package's state: the lever by which one person closes it, and the form by which two open it again."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expectations import actions, queries, trusted
from expectations.addresses import for_package
from expectations.documents import PackageState, Status
from expectations.documents.status import MAX_NOTE
from expectations.forms import CODE
from expectations.origin import From, of_request
from expectations.pages import timeline
from expectations.proposing import ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.rights import refuse_unless_may_propose
from expectations.second_factor import check_totp
from expectations.trusted import Trusted
from registry.models import Account, Package
from verification.canonical import JsonValue, parse_strict

CLOSED = [
    (PackageState.FROZEN, "freeze: it takes no uploads; its files stay on offer"),
    (PackageState.QUARANTINED, "quarantine: it takes no uploads, and nothing of it is offered"),
]

STATES = [
    (PackageState.ACTIVE, "active: open"),
    (PackageState.DEPRECATED, "deprecated: open, and its maintainers advise against it"),
    (PackageState.ARCHIVED, "archived: no new files are expected, and none are taken"),
    (PackageState.FROZEN, "frozen: no uploads"),
    (PackageState.QUARANTINED, "in quarantine: no uploads, and nothing is offered"),
]


class NoteField(forms.CharField):
    """The public note beside a state."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=MAX_NOTE,
            widget=forms.TextInput,
            help_text="Everybody reads it, on the page and in the index.",
        )


class ClosingForm(forms.Form):
    """What one person may do alone."""

    state = forms.ChoiceField(label="Close it", choices=CLOSED, initial=PackageState.FROZEN, widget=forms.RadioSelect)
    note = NoteField()
    code = forms.CharField(
        label="Authenticator code",
        max_length=20,
        widget=forms.TextInput(CODE),
        help_text="The current one. It works once.",
    )


class StateForm(ProposingForm):
    """The state that a package shall have."""

    state = forms.ChoiceField(label="State", choices=STATES)
    note = NoteField()
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        """Be about this package."""
        super().__init__(*args, **kwargs)
        self._package = package

    def about(self) -> Trusted:
        """The state."""
        return trusted.status_of(self._package)

    def content(self) -> JsonValue:
        """Return the document of this state."""
        state = PackageState(self.cleaned_data["state"])
        reopened = queries.status(self._package).reopened
        return parse_strict(Status(state, self.cleaned_data["note"].strip(), reopened).canonical)


@require_http_methods(["GET", "HEAD", "POST"])
@for_package
def status(request: HttpRequest, package: Package) -> HttpResponse:
    """Show the state and its history; to maintainers and stewards the lever, and the form that proposes another."""
    return _propose(request, package) if request.method == "POST" else _page(request, package)


@login_required
def _propose(request: HttpRequest, package: Package) -> HttpResponse:
    form = StateForm(request.POST, package=package, auto_id="propose_%s")
    return take(
        request,
        form,
        package,
        lambda refused, code: _page(request, package, proposing=form, refused=refused, code=code),
    )


@require_POST
@login_required
@for_package
def close(request: HttpRequest, package: Package) -> HttpResponse:
    """Freeze or quarantine the package at once, by one person with a fresh code."""
    account = cast("Account", request.user)
    try:
        refuse_unless_may_propose(account, package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    form = ClosingForm(request.POST, auto_id="close_%s")
    if not form.is_valid():
        return _page(request, package, closing=form, code=400)
    try:
        _close(package, form, by=account, origin=of_request(request))
    except ChangeRefused as refused:
        return _page(request, package, closing=form, refused=refused, code=status_of(refused.reason))
    messages.success(request, "The package is closed. Opening it again takes a proposal and two people.")
    return redirect("status", name=package.name)


def _close(package: Package, form: ClosingForm, *, by: Account, origin: From) -> None:
    factor = check_totp(by, form.cleaned_data["code"])
    state = PackageState(form.cleaned_data["state"])
    actions.close_package(package, state=state, note=form.cleaned_data["note"], by=by, factor=factor, origin=origin)


def _page(
    request: HttpRequest,
    package: Package,
    *,
    closing: ClosingForm | None = None,
    proposing: StateForm | None = None,
    refused: ChangeRefused | None = None,
    code: int = 200,
) -> HttpResponse:
    about, now = trusted.status_of(package), queries.status(package)
    initial = {"state": PackageState.ACTIVE, **base_of(about)}
    context = {
        "package": package,
        "status": now,
        "timeline": timeline(about),
        "proposals": queries.open_proposals(about),
        "can_close": now.state is not PackageState.QUARANTINED,
        "closing": closing or ClosingForm(auto_id="close_%s"),
        "proposing": proposing or StateForm(package=package, initial=initial, auto_id="propose_%s"),
        "refused": refused,
        **may_propose(request, package),
    }
    return render(request, "registry/status.html", context, status=code)
