"""What a package's robots may do: new tokens for them, and ending one, which only closes, so one maintainer is enough.

A robot's name is never used again, so one whose token has expired needs another token rather than another robot.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from expectations import queries
from expectations.addresses import for_package
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from expectations.second_factor import has_second_factor
from registry.models import Account, Package, Token
from registry.tokens import create_token, revoke_token
from registry.web.account import scopes
from registry.web.uploading import upload_url
from verification.reasons import Reason

ROBOT_TOKEN_DAYS = 365


class RobotTokenForm(forms.Form):
    """Which robot a new token is for, and what it may do: a robot never proposes."""

    robot = forms.ModelChoiceField(queryset=Account.objects.none(), empty_label=None)
    scope = forms.ChoiceField(label="What its token may do")

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        """Offer the package's robots."""
        super().__init__(*args, **kwargs)
        robot, scope = self.fields["robot"], self.fields["scope"]
        assert isinstance(robot, forms.ModelChoiceField)
        assert isinstance(scope, forms.ChoiceField)
        robot.queryset = package.robots.filter(is_active=True).order_by("username")
        scope.choices = [choice for choice in scopes() if choice[0] != Token.Scope.PROPOSE]


@require_POST
@never_cache
@login_required
@for_package
def make_token(request: HttpRequest, package: Package) -> HttpResponse:
    """Make another token of one of the package's robots, and show its secret, this once."""
    try:
        refuse_unless_may_add(cast(Account, request.user), package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    form = RobotTokenForm(request.POST, package=package)
    if not form.is_valid():
        messages.error(request, "Choose one of the package's robots, and what its token may do.")
        return redirect("package", name=package.name)
    robot, scope = form.cleaned_data["robot"], form.cleaned_data["scope"]
    bound = None if scope == Token.Scope.READ else package
    token, secret = create_token(robot, name=scope, package=bound, days=ROBOT_TOKEN_DAYS, scope=scope)
    shown = {"package": package, "robot": robot, "token": token, "secret": secret, "upload_url": upload_url()}
    return render(request, "registry/robot_created.html", shown)


def refuse_unless_may_add(account: Account, package: Package) -> None:
    """Raise ChangeRefused (NOT_A_MAINTAINER, SECOND_FACTOR_MISSING) for who may give the package's robots no tokens."""
    if account.person_id not in queries.maintainers(package):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    if not has_second_factor(account):
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)


@require_POST
@login_required
@for_package
def end_token(request: HttpRequest, package: Package, token_id: UUID) -> HttpResponse:
    """Revoke a token of one of the package's robots; the robot's name stays taken."""
    account = cast(Account, request.user)
    if account.person_id not in queries.maintainers(package):
        return refusal_page(request, ChangeRefused(Reason.NOT_A_MAINTAINER))
    token = get_object_or_404(Token, pk=token_id, account__robot_of=package)
    revoke_token(token, by=account)
    messages.success(request, f"The token of {token.account.username} is revoked.")
    return redirect("package", name=package.name)
