"""The page of the roots of trust."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from expectations import queries, trusted
from expectations.forms import JSON_TEXT
from expectations.pages import indented, tell_document, timeline
from expectations.proposing import ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from verification.canonical import JsonValue, parse_strict
from verification.parameters import DocumentInvalid, escaped
from verification.root_of_trust import parse_roots

MAX_CHARACTERS = 2 * 1024 * 1024
"""Longest text taken in the editor. A Sigstore instance's trusted root has some ten KiB."""


class RootsForm(ProposingForm):
    """The whole document, as it should be."""

    document = forms.CharField(
        label="The whole document, as it should be",
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea({**JSON_TEXT, "rows": 24}),
        help_text="JSON. The proposal's page shows what would change, entry by entry.",
    )
    reason = ReasonField()

    def clean_document(self) -> JsonValue:
        """Return the value of a valid document. Raises ValidationError with every problem of it."""
        text: str = self.cleaned_data["document"]
        try:
            parse_roots(text.encode())
        except DocumentInvalid as error:
            told = [f"{problem.where or 'The document'}: {problem.sentence}" for problem in error.problems]
            raise ValidationError(told) from error
        return parse_strict(text)

    def about(self) -> Trusted:
        """The roots."""
        return trusted.roots()

    def content(self) -> JsonValue:
        """Return the document as written."""
        content: JsonValue = self.cleaned_data["document"]
        return content


@dataclass(frozen=True, slots=True)
class BuilderRow:
    """A builder as the page lists it. ``overdue``: it should have been looked at again by now."""

    name: str
    signer: str
    level: int
    level_document: str
    review_by: date
    distrusted_from: str
    overdue: bool


@require_http_methods(["GET", "HEAD", "POST"])
def roots(request: HttpRequest) -> HttpResponse:
    """Show the roots in force with their review dates and history, and to stewards the editor that proposes others."""
    if request.method == "POST":
        return _propose(request)
    document = indented(queries.active_roots_version().document)
    return _page(request, RootsForm(initial={"document": document, **base_of(trusted.roots())}))


@login_required
def _propose(request: HttpRequest) -> HttpResponse:
    form = RootsForm(request.POST)
    return take(request, form, None, lambda refused, status: _page(request, form, refused, status))


def _page(
    request: HttpRequest, form: RootsForm, refused: ChangeRefused | None = None, status: int = 200
) -> HttpResponse:
    version = queries.active_roots_version()
    document: dict[str, Any] = json.loads(version.document)
    context = {
        "version": version,
        "telling": tell_document(queries.read(version)),
        "builders": [_row(entry, timezone.now().date()) for entry in document["builders"]],
        "instances": [
            f"{name} (no public log)" if entry.get("transparency") == "none" else name
            for name, entry in sorted(document["sigstore"].items())
        ],
        "keys": sorted(document["keys"]),
        "timeline": timeline(trusted.roots()),
        "proposals": queries.open_proposals(trusted.roots()),
        "form": form,
        "refused": refused,
        **may_propose(request, None),
    }
    return render(request, "expectations/roots.html", context, status=status)


def _row(entry: dict[str, Any], today: date) -> BuilderRow:
    review_by = date.fromisoformat(entry["review_by"])
    return BuilderRow(
        escaped(entry["name"]),
        "; ".join(f"{escaped(name)} {_told(value)}" for name, value in entry["signer"].items()),
        entry["level"],
        entry["level_document"],
        review_by,
        entry.get("distrusted_from", ""),
        review_by < today,
    )


def _told(value: object) -> str:
    return ", ".join(escaped(str(each)) for each in value) if isinstance(value, list) else escaped(str(value))
