"""The page of the identity providers whose tokens the registry believes."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.documents import Issuers
from expectations.documents.issuers import MAX_LENGTH, WANTED, is_issuer
from expectations.pages import tell_document, timeline
from expectations.proposing import PLAIN, ProposingForm, ReasonField, base_of, may_propose, take
from expectations.publishers.kinds import PublisherKind
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from verification.canonical import JsonValue, parse_strict

_CHOICES = [*((kind.value, f"is believed, as {kind.words}") for kind in PublisherKind), ("", "is believed no longer")]


class IssuerForm(ProposingForm):
    """An issuer that is believed as some kind, or no longer."""

    issuer = forms.CharField(
        label="Issuer",
        max_length=MAX_LENGTH,
        widget=forms.TextInput({**PLAIN, "inputmode": "url"}),
        help_text="Letter by letter as its tokens name it, such as https://gitlab.example.com.",
    )
    kind = forms.ChoiceField(
        label="What changes",
        choices=_CHOICES,
        required=False,
        help_text="The kind says how tokens are read. Self-managed GitLab is GitLab; a forge of another make is another one.",
    )
    reason = ReasonField()

    field_order = ["issuer", "kind", "reason"]

    def clean_issuer(self) -> str:
        """Return the issuer. Raises ValidationError for a text that can be none."""
        issuer: str = self.cleaned_data["issuer"].strip()
        if not is_issuer(issuer):
            raise ValidationError(f"This {WANTED}.")
        return issuer

    def about(self) -> Trusted:
        """The issuers."""
        return trusted.issuers()

    def content(self) -> JsonValue:
        """Return the list in force with this issuer's kind changed."""
        issuer, kind = self.cleaned_data["issuer"], self.cleaned_data["kind"]
        others = {name: kept for name, kept in queries.issuers().kinds.items() if name != issuer}
        return parse_strict(Issuers(others | ({issuer: PublisherKind(kind)} if kind else {})).canonical)


@require_http_methods(["GET", "HEAD", "POST"])
def issuers(request: HttpRequest) -> HttpResponse:
    """Show the identity providers and their history, and to stewards the form that proposes another list."""
    return (
        _propose(request)
        if request.method == "POST"
        else _page(request, IssuerForm(initial=base_of(trusted.issuers())))
    )


@login_required
def _propose(request: HttpRequest) -> HttpResponse:
    form = IssuerForm(request.POST)
    return take(request, form, None, lambda refused, status: _page(request, form, refused, status))


def _page(
    request: HttpRequest, form: IssuerForm, refused: ChangeRefused | None = None, status: int = 200
) -> HttpResponse:
    listed = queries.issuers()
    context = {
        "version": queries.in_force(trusted.issuers()),
        "issuers": [(issuer, kind.words) for issuer, kind in sorted(listed.kinds.items())],
        "telling": tell_document(listed),
        "timeline": timeline(trusted.issuers()),
        "proposals": queries.open_proposals(trusted.issuers()),
        "form": form,
        "refused": refused,
        **may_propose(request, None),
    }
    return render(request, "expectations/issuers.html", context, status=status)
