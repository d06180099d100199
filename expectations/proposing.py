"""Forms that propose: each makes one document, and the page comes back with what is wrong, or leads to the proposal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from expectations import actions, origin, queries
from expectations.models import Proposal
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.rights import proposers, refuse_unless_may_propose, why_not_propose
from expectations.trusted import Trusted
from verification.canonical import JsonValue
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package

PLAIN = {"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}
"""For user names and the like."""


class ReasonField(forms.CharField):
    """The proposer's reason, which everybody who decides reads."""

    def __init__(self) -> None:
        super().__init__(
            max_length=Proposal._meta.get_field("reason").max_length,
            widget=forms.Textarea({"rows": 3}),
            help_text="For those who decide: why, and where they can see it.",
        )


class ProposingForm(forms.Form):
    """A form whose valid values make one document about ``about()``.

    ``base`` is the digest that was in force when the page was made, so that nobody overwrites what they have not seen.
    Django's forms have a metaclass of their own, so nothing here can be abstract.
    """

    base = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def about(self) -> Trusted:
        """Return what the document is about."""
        raise NotImplementedError

    def content(self) -> JsonValue:
        """Return the document of a valid form. Raises ChangeRefused where there can be none."""
        raise NotImplementedError


def base_of(about: Trusted) -> dict[str, str]:
    """Return the initial value of ``base``: the digest in force, empty where nothing is yet."""
    version = queries.in_force(about)
    return {"base": version.digest if version else ""}


def propose_by(request: HttpRequest, form: ProposingForm) -> Proposal:
    """Propose what a valid form says. Raises ChangeRefused: PROPOSAL_STALE, and what :func:`actions.propose` raises."""
    about = form.about()
    if base_of(about)["base"] != form.cleaned_data["base"]:
        raise ChangeRefused(Reason.PROPOSAL_STALE)
    return actions.propose(
        about,
        content=form.content(),
        reason=form.cleaned_data["reason"],
        by=cast("Account", request.user),
        origin=origin.of_request(request),
    )


Again = Callable[[ChangeRefused | None, int], HttpResponse]
"""Renders the page again around a form that made no proposal: with the refusal, if one came, and an HTTP status."""


def take(request: HttpRequest, form: ProposingForm, package: Package | None, again: Again) -> HttpResponse:
    """Take a form that proposes about a package (None: the registry), and lead to the proposal, or show the page again."""
    try:
        refuse_unless_may_propose(cast("Account", request.user), package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    if not form.is_valid():
        return again(None, 400)
    try:
        proposal = propose_by(request, form)
    except ChangeRefused as refused:
        return again(refused, status_of(refused.reason))
    return redirect("proposal", proposal_id=proposal.pk)


def may_propose(request: HttpRequest, package: Package | None) -> dict[str, object]:
    """Return for a page whether its viewer may propose, and the sentence that says why not to who nearly may."""
    if not request.user.is_authenticated:
        return {"may_propose": False}
    reason = why_not_propose(request.user, package)
    nearly = reason is Reason.SECOND_FACTOR_MISSING
    return {"may_propose": reason is None, "factor_missing": nearly}


def reads_reasons(request: HttpRequest, package: Package | None) -> bool:
    """Return whether a page may tell its viewer why roles were given and taken: those whose business it is."""
    return getattr(request.user, "person_id", None) in proposers(package)
