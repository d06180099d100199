"""The page of a package's maintainers: who they are, how they came to be, and the form that proposes another list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.addresses import for_package
from expectations.member_forms import MemberForm, member_rows
from expectations.models import Role
from expectations.pages import timeline
from expectations.proposing import base_of, may_propose, reads_reasons, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from registry.models import Package


class MaintainerForm(MemberForm):
    """Somebody who joins, leaves, or gets another role of a package."""

    role = forms.ChoiceField(
        label="What changes",
        choices=[
            (Role.MAINTAINER, "becomes a maintainer"),
            (Role.OWNER, "becomes an owner"),
            ("", "is no longer one of them"),
        ],
        initial=Role.MAINTAINER,
        required=False,
        help_text="Both decide alike. A package has an owner at any time.",
    )

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        """Be about this package."""
        super().__init__(*args, **kwargs)
        self._package = package

    def about(self) -> Trusted:
        """The roster."""
        return trusted.roster_of(self._package)


@require_http_methods(["GET", "HEAD", "POST"])
@for_package
def maintainers(request: HttpRequest, package: Package) -> HttpResponse:
    """Show who maintains a package, and to them and to stewards the form."""
    if request.method == "POST":
        return _propose(request, package)
    form = MaintainerForm(package=package, initial=base_of(trusted.roster_of(package)))
    return _page(request, package, form)


@login_required
def _propose(request: HttpRequest, package: Package) -> HttpResponse:
    form = MaintainerForm(request.POST, package=package)
    return take(request, form, package, lambda refused, status: _page(request, package, form, refused, status))


def _page(
    request: HttpRequest,
    package: Package,
    form: MaintainerForm,
    refused: ChangeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    about = trusted.roster_of(package)
    context = {
        "package": package,
        "members": member_rows(queries.roster(package), package),
        "timeline": timeline(about),
        "proposals": queries.open_proposals(about),
        "form": form,
        "refused": refused,
        "hides_reasons": not reads_reasons(request, package),
        **may_propose(request, package),
    }
    return render(request, "registry/maintainers.html", context, status=status)
