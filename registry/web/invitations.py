"""Pages of invitations: sending them, and following one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from expectations.refusal import ChangeRefused
from registry import invitations as inviting
from registry.models import Account
from registry.sign_up_forms import InvitationForm, InvitedForm
from registry.web.account import for_account


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_account
def invitations(request: HttpRequest, account: Account) -> HttpResponse:
    """Show whom one has invited, and invite."""
    if not inviting.may_invite(account):
        raise Http404
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            inviting.invite(form.cleaned_data["email"], by=account)
        except (ChangeRefused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, "The invitation is on its way. Its link works once.")
            return redirect("invitations")
    sent = account.invitations.select_related("account")
    context = {"form": form, "sent": sent, "now": timezone.now(), "days": inviting.DAYS}
    return render(request, "registry/invitations.html", context, status=400 if form.errors else 200)


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Make an account by the link of an invitation."""
    found = inviting.find(secret)
    if found is None:
        return render(request, "registry/invitation_gone.html", status=404)
    form = InvitedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            inviting.accept(found, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "Your account is made. Sign in, and add a second factor.")
            return redirect("account_login")
    context = {"form": form, "invitation": found}
    return render(request, "registry/invitation.html", context, status=400 if form.errors else 200)
