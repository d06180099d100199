"""The page of one's own account: second factor, packages, API tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from expectations.second_factor import has_second_factor, webauthn
from registry.invitations import may_invite
from registry.models import Account, Package, Token
from registry.queries import packages_of
from registry.tokens import create_token, revoke_token
from registry.web.uploading import upload_url

P = ParamSpec("P")


def for_account(view: Callable[Concatenate[HttpRequest, Account, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the signed-in account to the view; send everybody else to sign in."""

    @login_required
    @wraps(view)
    def with_account(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        assert isinstance(request.user, Account)
        return view(request, request.user, *args, **kwargs)

    return with_account


def scopes() -> list[tuple[str, str]]:
    """Return what a new token may be for; reading needs none where the registry is public."""
    return [(scope.value, scope.label) for scope in Token.Scope if settings.PRIVATE or scope is not Token.Scope.READ]


class TokenForm(forms.Form):
    """What a new token is for and how long it lasts."""

    scope = forms.ChoiceField(
        label="What it may do",
        choices=scopes,
        initial=Token.Scope.UPLOAD,
        required=False,
        help_text="One of them, so that a stolen upload token cannot ask for its own files to be let in. None decides.",
    )
    name = forms.CharField(max_length=100, help_text="For yourself, to tell it from others: where it will be used.")
    package = forms.ModelChoiceField(
        queryset=Package.objects.none(),
        required=False,
        empty_label="All my packages",
        help_text="Best is a single one.",
    )
    days = forms.IntegerField(label="Days until it expires", min_value=1, max_value=365, initial=90)

    def clean_scope(self) -> str:
        """Return what was chosen; uploading, where nothing was."""
        return self.cleaned_data["scope"] or Token.Scope.UPLOAD.value

    def clean(self) -> dict[str, Any]:
        """Refuse a token that would read one package: who reads a private registry reads all of it."""
        values = super().clean() or self.cleaned_data
        if values.get("scope") == Token.Scope.READ and values.get("package"):
            self.add_error("package", "A token that reads is for the whole registry. Leave this as it was.")
        return values

    def __init__(self, *args: Any, packages: QuerySet[Package], **kwargs: Any) -> None:
        """Offer these packages to choose from."""
        super().__init__(*args, **kwargs)
        field = self.fields["package"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = packages


@require_GET
@never_cache
@for_account
def show(request: HttpRequest, account: Account) -> HttpResponse:
    """Show the account's page."""
    return _page(request, account, TokenForm(packages=packages_of(account.person_id)))


@require_POST
@never_cache
@for_account
def make_token(request: HttpRequest, account: Account) -> HttpResponse:
    """Make a token and show its secret, this once; it is never stored, not even in the session."""
    if not has_second_factor(account):
        messages.error(request, "An API token needs a second factor on your account first.")
        return redirect("account")
    form = TokenForm(request.POST, packages=packages_of(account.person_id))
    if not form.is_valid():
        return _page(request, account, form, status=400)
    token, secret = create_token(account, **form.cleaned_data)
    shown = {"token": token, "secret": secret, "upload_url": upload_url()}
    return render(request, "registry/token_created.html", shown)


@require_POST
@for_account
def end_token(request: HttpRequest, account: Account, token_id: UUID) -> HttpResponse:
    """Revoke one of the account's own tokens."""
    token = get_object_or_404(Token, pk=token_id, account=account)
    revoke_token(token, by=account)
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("account")


def _page(request: HttpRequest, account: Account, form: TokenForm, *, status: int = 200) -> HttpResponse:
    context = {
        "has_second_factor": has_second_factor(account),
        "authenticator": Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists(),
        "keys": Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN).order_by("pk"),
        "may_invite": may_invite(account),
        "keys_work_here": webauthn.works_here(request),
        "keys_address": webauthn.address_where_it_works(request, reverse("account")),
        "packages": packages_of(account.person_id),
        "tokens": account.tokens.filter(revoked_at=None).select_related("package"),
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "registry/account.html", context, status=status)
