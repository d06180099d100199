"""Changing one's e-mail address: allauth's view, bent to ask for password and factor."""

from __future__ import annotations

from typing import Any

from allauth.account.views import EmailView
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse

from registry.web.second_factor import AskingForProof


class ChangeAddress(AskingForProof, LoginRequiredMixin, EmailView):  # type: ignore[misc]  # allauth is untyped
    """Takes a new address, which counts once it is confirmed; then the old one is told."""

    def post(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Take the form alone: allauth's other buttons (remove, make primary) would ask for nothing."""
        form = self.get_form()
        response: HttpResponse = self.form_valid(form) if form.is_valid() else self.form_invalid(form)
        return response
