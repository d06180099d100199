"""Changing one's password: allauth's page, for accounts that have one."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class ChangePassword(PasswordChangeView):  # type: ignore[misc]  # allauth is untyped
    """Asks for the old password. An account without one gets its first by the operator's link, never by a session alone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back to the account where there is no password to change; allauth would ask for a first one."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            messages.info(
                request, "Your account has no password yet. The registry's operator has a link that sets one."
            )
            return redirect("account")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response
