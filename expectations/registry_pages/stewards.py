"""The page of the registry's stewards."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.member_forms import MemberForm, member_rows
from expectations.models import Role
from expectations.pages import timeline
from expectations.proposing import base_of, may_propose, reads_reasons, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted


class StewardForm(MemberForm):
    """Somebody who becomes a steward, or is one no longer."""

    role = forms.ChoiceField(
        label="What changes",
        choices=[(Role.STEWARD, "becomes a steward"), ("", "is no longer a steward")],
        initial=Role.STEWARD,
        required=False,
    )

    def about(self) -> Trusted:
        """The stewards."""
        return trusted.stewards()


@require_http_methods(["GET", "HEAD", "POST"])
def stewards(request: HttpRequest) -> HttpResponse:
    """Show the stewards and their history, and to them the form that proposes another list."""
    if request.method == "POST":
        return _propose(request)
    return _page(request, StewardForm(initial=base_of(trusted.stewards())))


@login_required
def _propose(request: HttpRequest) -> HttpResponse:
    form = StewardForm(request.POST)
    return take(request, form, None, lambda refused, status: _page(request, form, refused, status))


def _page(
    request: HttpRequest, form: StewardForm, refused: ChangeRefused | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "members": member_rows(queries.steward_list(), None),
        "timeline": timeline(trusted.stewards()),
        "proposals": queries.open_proposals(trusted.stewards()),
        "form": form,
        "refused": refused,
        "hides_reasons": not reads_reasons(request, None),
        **may_propose(request, None),
    }
    return render(request, "expectations/stewards.html", context, status=status)
