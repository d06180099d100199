"""The page of a package's state: the lever by which one person closes it, and the form by which two open it again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.addresses import for_package
from expectations.closing import lever
from expectations.documents import PackageState, Status
from expectations.pages import timeline
from expectations.proposing import ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from registry.models import Package
from registry.web.closing_forms import ClosingForm, NoteField
from verification.canonical import JsonValue, parse_strict

STATES = [
    (PackageState.ACTIVE, "active: open"),
    (PackageState.DEPRECATED, "deprecated: open, and its maintainers advise against it"),
    (PackageState.ARCHIVED, "archived: no new files are expected, and none are taken"),
    (PackageState.FROZEN, "frozen: no uploads"),
    (PackageState.QUARANTINED, "in quarantine: no uploads, and nothing is offered"),
]


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
    return _propose(request, package) if request.method == "POST" else state_page(request, package)


@login_required
def _propose(request: HttpRequest, package: Package) -> HttpResponse:
    form = StateForm(request.POST, package=package, auto_id="propose_%s")
    return take(
        request,
        form,
        package,
        lambda refused, code: state_page(request, package, proposing=form, refused=refused, code=code),
    )


def state_page(
    request: HttpRequest,
    package: Package,
    *,
    closing: ClosingForm | None = None,
    chosen: QueryDict | None = None,
    proposing: StateForm | None = None,
    refused: ChangeRefused | None = None,
    code: int = 200,
) -> HttpResponse:
    """Show the page; ``closing`` is a form of the lever that was not valid, ``chosen`` what was chosen in one that was."""
    about, now = trusted.status_of(package), queries.status(package)
    closing = closing or ClosingForm(initial=_initial(chosen))
    closing.leave_out(now.state)
    initial = {"state": PackageState.ACTIVE, **base_of(about)}
    context = {
        "package": package,
        "status": now,
        "timeline": timeline(about),
        "proposals": queries.open_proposals(about),
        "can_close": now.state is not PackageState.QUARANTINED,
        "closing": closing,
        "lever": lever(request, request.user, package) if request.user.is_authenticated else None,
        "proposing": proposing or StateForm(package=package, initial=initial, auto_id="propose_%s"),
        "refused": refused,
        **may_propose(request, package),
    }
    return render(request, "registry/status.html", context, status=code)


def _initial(chosen: QueryDict | None) -> dict[str, Any]:
    """Return what was chosen for a form that is shown again; a code is not kept, for it is used up."""
    return {name: chosen.get(name, "") for name in ("state", "note")} if chosen else {}
