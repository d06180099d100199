"""Persons and their accounts, for stewards: found by user name; linked, split, deactivated and reset by proposal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from expectations import queries, trusted
from expectations.differences import current_accounts
from expectations.documents import PersonAccounts
from expectations.pages import timeline
from expectations.proposing import PLAIN, ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from expectations.trusted import Trusted
from registry.models import Account, Person
from registry.queries import packages_of
from registry.web.account import for_account
from verification.canonical import JsonValue, parse_strict
from verification.reasons import Reason

LINK, SPLIT, DEACTIVATE, REACTIVATE, RESET = "link", "split", "deactivate", "reactivate", "reset"

WHAT = [
    (LINK, "the account named below belongs to this person too"),
    (SPLIT, "the account named below belongs to somebody else"),
    (RESET, "take every second factor off, so that a new one can be added"),
    (DEACTIVATE, "deactivate this person"),
    (REACTIVATE, "activate this person again"),
]

FOUND = 20
"""Most accounts that a search shows."""


class PersonForm(ProposingForm):
    """One thing that changes about a person."""

    what = forms.ChoiceField(label="What changes", choices=WHAT, widget=forms.RadioSelect)
    username = forms.CharField(
        label="User name of the account to link or split",
        max_length=64,
        required=False,
        widget=forms.TextInput(PLAIN),
        help_text="Leave it empty for the others.",
    )
    reason = ReasonField()

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        """Be about this person."""
        super().__init__(*args, **kwargs)
        self._person = person

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError unless the account is there where one is needed, and fits what is to be done with it."""
        values = super().clean() or self.cleaned_data
        if values.get("what") in (LINK, SPLIT):
            account = Account.objects.filter(username=values.get("username", ""), kind=Account.Kind.PERSON).first()
            if account is None:
                raise ValidationError({"username": "There is no person's account with this user name."})
            if values["what"] == SPLIT and account.person_id != self._person.pk:
                raise ValidationError({"username": "This account is not this person's."})
            values["account"] = account.pk
        return values

    def about(self) -> Trusted:
        """The person's accounts."""
        return trusted.accounts_of(self._person)

    def content(self) -> JsonValue:
        """Return the person's accounts as they stand, with the one change."""
        return parse_strict(self._changed(_standing(self._person)).canonical)

    def _changed(self, now: PersonAccounts) -> PersonAccounts:
        match self.cleaned_data["what"]:
            case "link":
                return replace(now, accounts=tuple(sorted({*now.accounts, self.cleaned_data["account"]})))
            case "split":
                return replace(now, accounts=tuple(a for a in now.accounts if a != self.cleaned_data["account"]))
            case "reset":
                return replace(now, factors_reset=now.factors_reset + 1)
            case what:
                return replace(now, active=what == REACTIVATE)


def _standing(person: Person) -> PersonAccounts:
    """Return the accounts as they are, and the resets as they were counted."""
    version = queries.in_force(trusted.accounts_of(person))
    document = queries.read(version) if version else None
    resets = document.factors_reset if isinstance(document, PersonAccounts) else 0
    return replace(current_accounts(person.pk), factors_reset=resets)


@require_safe
@never_cache
@for_account
def find(request: HttpRequest, account: Account) -> HttpResponse:
    """Find accounts by a part of their user name."""
    if account.person_id not in queries.stewards():
        return refusal_page(request, ChangeRefused(Reason.NOT_A_STEWARD))
    query = request.GET.get("q", "").replace("\0", "").strip()[:64]
    accounts = Account.objects.filter(kind=Account.Kind.PERSON, username__icontains=query).order_by("username")
    context = {"query": query, "accounts": accounts[:FOUND] if query else []}
    return render(request, "registry/persons.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_account
def person(request: HttpRequest, account: Account, person_id: UUID) -> HttpResponse:
    """Show a person's accounts and roles to stewards, with the form that proposes a change; others are refused."""
    if account.person_id not in queries.stewards():
        return refusal_page(request, ChangeRefused(Reason.NOT_A_STEWARD))
    found = get_object_or_404(Person, pk=person_id)
    if request.method == "POST":
        form = PersonForm(request.POST, person=found)
        return take(request, form, None, lambda refused, status: _page(request, found, form, refused, status))
    return _page(request, found, PersonForm(person=found, initial=base_of(trusted.accounts_of(found))))


def _page(
    request: HttpRequest, found: Person, form: PersonForm, refused: ChangeRefused | None = None, status: int = 200
) -> HttpResponse:
    about = trusted.accounts_of(found)
    context = {
        "person": found,
        "accounts": found.accounts.order_by("username"),
        "packages": packages_of(found.pk),
        "is_steward": found.pk in queries.members(None),
        "timeline": timeline(about),
        "proposals": queries.open_proposals(about),
        "form": form,
        "refused": refused,
        **may_propose(request, None),
    }
    return render(request, "registry/person.html", context, status=status)
