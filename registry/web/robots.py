"""Ending what a robot may do. It only closes, so one maintainer is enough."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from expectations import queries
from expectations.addresses import for_package
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from registry.models import Account, Package, Token
from registry.tokens import revoke_token
from verification.reasons import Reason


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
