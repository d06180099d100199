"""Signing in by a second factor, and changing factors: allauth's views, with an audit leaf in each change's own transaction.

What a change asks for (the password, and a factor that stands already) stands in :mod:`registry.factor_forms`.
"""

from __future__ import annotations

import json
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.internal.flows import delete_and_cleanup
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import auto_generate_recovery_codes
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.generic.edit import FormView

from expectations import audit
from expectations.second_factor import has_second_factor, webauthn
from registry.factor_forms import AddKeyForm, RemoveKeyForm
from registry.models import Account


def record_change(event: str, account: Account) -> None:
    """Tell the audit log of a change that this account has made to its own factors."""
    audit.record(event, account=str(account.pk), person=str(account.person_id))


def _has(account: Any, kind: Authenticator.Type) -> bool:
    return bool(Authenticator.objects.filter(user=account, type=kind).exists())


def asking(request: HttpRequest, account: Account | None) -> dict[str, Any]:
    """Return what ``webauthn/button.html`` needs to ask for a key of the account, or (None) for any passkey."""
    return {
        "get_options": json.dumps(webauthn.ask(request.session, account)),
        "here": webauthn.works_here(request),
        "address": webauthn.address_where_it_works(request),
    }


class AskingForProof:
    """A view of a :class:`registry.factor_forms.ProofForm`: its page may ask for a security key."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a fresh challenge, where the account has a key to answer it."""
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # of the view beside it
        if found["form"].asks_key:
            found |= asking(self.request, found["form"].account)
        return found


class SecondStep(AuthenticateView):  # type: ignore[misc]  # allauth is untyped
    """The second step of signing in, by a code or a key."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what each of the account's factors needs."""
        account = self.stage.login.user
        has_codes = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.WEBAUTHN).exists()
        found: dict[str, Any] = super().get_context_data(**kwargs)
        found |= {"takes_code": has_codes, "takes_key": bool(webauthn.keys_of(account))}
        return found | (asking(self.request, account) if found["takes_key"] else {})


class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Signs in by a passkey alone, which is both factors in one: it was unlocked by PIN or biometrics."""

    template_name = "mfa/webauthn/sign_in.html"

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Show the page; allauth's would hand the options to a script."""
        response: HttpResponse = self.render_to_response(self.get_context_data())
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the page again, with what was wrong."""
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=400)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a fresh challenge."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return found | asking(self.request, None)


class AddAuthenticator(AskingForProof, ActivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Adds the account's one authenticator, then shows the recovery codes that came with it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Store the authenticator. The form has used up the code by then, in a transaction of its own."""
        response: HttpResponse = super().form_valid(form)
        record_change("factor-added", form.account)
        return response

    def get_success_url(self) -> str:
        """Return where the recovery codes are shown, or the account where there are older ones."""
        return reverse("mfa_view_recovery_codes" if self.did_generate_recovery_codes else "account")


class RemoveAuthenticator(AskingForProof, DeactivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Removes the authenticator, and with the last factor the recovery codes."""

    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back to the account where there is no authenticator, or none any more."""
        if request.user.is_authenticated and not _has(request.user, Authenticator.Type.TOTP):
            messages.info(request, "There is no authenticator on your account.")
            return redirect("account")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

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
        record_change("factor-removed", form.account)
        return response


class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """Shows new recovery codes once, then how many are left."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the codes; where the account has none, say so, and how to come by some."""
        if not _has(request.user, Authenticator.Type.RECOVERY_CODES):
            told = {"has_second_factor": has_second_factor(cast("Account", request.user))}
            return render(request, "mfa/recovery_codes/none.html", told)
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response


class MakeRecoveryCodes(AskingForProof, GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """Makes recovery codes, in the place of those that there were."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; to somebody without a second factor, who can have no codes, what to add first."""
        if not has_second_factor(cast("Account", request.user)):
            return redirect("mfa_view_recovery_codes")
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Make the new codes."""
        response: HttpResponse = super().form_valid(form)
        record_change("recovery-codes-made", form.account)
        return response


class OfAccount(AskingForProof, LoginRequiredMixin, FormView):  # type: ignore[type-arg]  # of whichever form allauth has
    """A change of the signed-in account's own."""

    def get_success_url(self) -> str:
        """Go back to the account's page."""
        return reverse("account")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the account."""
        return {**super().get_form_kwargs(), "user": self.request.user}

    def _tell(self, template: str, account: Account) -> None:
        """Send the account's owner a mail, once the change is committed."""
        transaction.on_commit(lambda: get_adapter().send_notification_mail(template, account))


class AddSecurityKey(OfAccount):
    """Adds a security key or passkey."""

    form_class = AddKeyForm
    template_name = "mfa/webauthn/add_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the options by which a browser makes a key."""
        found = super().get_context_data(**kwargs)
        account = found["form"].account
        return found | {
            "create_options": json.dumps(webauthn.ask_for_new(self.request.session, account)),
            "here": webauthn.works_here(self.request),
            "address": webauthn.address_where_it_works(self.request),
        }

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Store the key, tell the account's owner, and show the recovery codes where these are the first."""
        account = form.account
        webauthn.add_key(account, form.new_key, name=form.cleaned_data["name"])
        codes = auto_generate_recovery_codes(self.request)
        record_change("factor-added", account)
        self._tell("mfa/email/webauthn_added", account)
        return redirect("account" if codes is None else "mfa_view_recovery_codes")


class RemoveSecurityKey(OfAccount):
    """Removes a security key of the account, and with the last factor the recovery codes."""

    form_class = RemoveKeyForm
    template_name = "mfa/webauthn/remove_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the key."""
        return super().get_context_data(**kwargs) | {"key": self._key()}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Delete the key, and tell the account's owner."""
        delete_and_cleanup(self.request, self._key())
        record_change("factor-removed", form.account)
        self._tell("mfa/email/webauthn_removed", form.account)
        return super().form_valid(form)

    def _key(self) -> Authenticator:
        return get_object_or_404(
            Authenticator, pk=self.kwargs["pk"], user=self.request.user, type=Authenticator.Type.WEBAUTHN
        )
