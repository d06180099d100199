"""Adding and removing authenticators: allauth's views, with an audit leaf in each change's own transaction.

What a change asks for (password and code) stands in the forms of :mod:`registry.accounts`.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy

from expectations import audit
from registry.models import Account


def _record(event: str, account: Account) -> None:
    audit.record(event, account=str(account.pk), person=str(account.person_id))


class AddAuthenticator(ActivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Adds the account's one authenticator, then shows the recovery codes that came with it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Store the authenticator. The form has used up the code by then, in a transaction of its own."""
        response: HttpResponse = super().form_valid(form)
        _record("factor-added", self.request.user)
        return response

    def get_success_url(self) -> str:
        """Return where the recovery codes are shown, or the account where there are older ones."""
        return reverse("mfa_view_recovery_codes" if self.did_generate_recovery_codes else "account")


class RemoveAuthenticator(DeactivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Removes the authenticator and with it the recovery codes."""

    success_url = reverse_lazy("account")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the form's arguments. allauth binds its empty form at once; ours has fields to fill in first."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if self.request.method != "POST":
            del kwargs["data"]
        return kwargs

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Delete the authenticator."""
        response: HttpResponse = super().form_valid(form)
        _record("factor-removed", self.request.user)
        return response


class MakeRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """Replaces the recovery codes."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Make the new codes."""
        response: HttpResponse = super().form_valid(form)
        _record("recovery-codes-made", self.request.user)
        return response
