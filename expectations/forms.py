"""The forms of change control."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations.actions import problems_of, read_expectation
from expectations.models import Proposal, Voice
from expectations.refusal import ChangeRefused
from verification.expectation_document import MAX_BYTES
from verification.webauthn import MAX_BYTES as MAX_ANSWER

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}
JSON_TEXT = {"class": "code", "spellcheck": "false", "autocapitalize": "off"}


class DocumentField(forms.CharField):
    """An expectation document as text; its value is that text. All its problems are told at once."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        super().__init__(max_length=2 * MAX_BYTES, widget=forms.Textarea({**JSON_TEXT, "rows": rows}), **options)

    def clean(self, value: Any) -> str:
        """Return the text of a valid document. Raises ValidationError with every problem of it."""
        text: str = super().clean(value)
        if text:
            try:
                read_expectation(text.encode())
            except ChangeRefused as refused:
                raise ValidationError(_problems(refused), code=refused.reason.value) from refused
        return text


def _problems(refused: ChangeRefused) -> list[str]:
    return [f"{problem.where or 'The document'}: {problem.sentence}" for problem in problems_of(refused)]


class ReasonForm(forms.Form):
    """Why something is proposed."""

    reason = forms.CharField(
        label="Reason",
        max_length=Proposal._meta.get_field("reason").max_length,
        widget=forms.Textarea({"rows": 3}),
        help_text="For those who decide: what changed, and where they can see it.",
    )


class ProposalForm(ReasonForm):
    """A whole new document, and why."""

    field_order = ("document", "reason")

    document = DocumentField(
        rows=24,
        label="The whole document, as it should be",
        help_text="JSON. Only what it says matters; its spacing and the order of its keys do not.",
    )


class DecisionForm(forms.Form):
    """One person's voice on the digest that was shown, with an authenticator's code or a security key's assertion."""

    voice = forms.ChoiceField(choices=Voice.choices, widget=forms.HiddenInput)
    digest = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    code = forms.CharField(
        label="Authenticator code",
        required=False,
        max_length=20,
        widget=forms.TextInput(CODE),
        help_text="The current one. It works once.",
    )
    assertion = forms.CharField(required=False, max_length=MAX_ANSWER, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one factor."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned["code"]) == bool(cleaned["assertion"]):
            self.add_error("code", "Enter your authenticator's code, or use your security key.")
        return cleaned

    def for_voice(self) -> Voice:
        """Return the voice of a valid form."""
        return Voice(self.cleaned_data["voice"])
