"""The forms of the lever: what one person closes alone, by an authenticator code or a security key."""

from __future__ import annotations

from typing import Any

from django import forms

from expectations.documents import PackageState, Status
from expectations.documents.status import MAX_NOTE
from expectations.forms import CODE
from verification.webauthn import MAX_BYTES

CLOSED = [
    (PackageState.FROZEN, "freeze: it takes no uploads; its files stay on offer"),
    (PackageState.QUARANTINED, "quarantine: it takes no uploads, and nothing of it is offered"),
]


class NoteField(forms.CharField):
    """The public note beside a state."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=MAX_NOTE,
            widget=forms.TextInput,
            help_text="Everybody reads it, on the page and in the index.",
        )


class _Wanted(forms.Form):
    """What is to be done."""

    def status(self) -> Status:
        """Return the state and note of a valid form."""
        return Status(PackageState(self.cleaned_data["state"]), self.cleaned_data["note"].strip())


class ClosingForm(_Wanted):
    """What is to be done, and a code. A key is asked on a page of its own, over exactly what was chosen here."""

    state = forms.ChoiceField(label="Close it", choices=CLOSED, initial=PackageState.FROZEN, widget=forms.RadioSelect)
    note = NoteField()
    code = forms.CharField(
        label="Authenticator code",
        max_length=20,
        widget=forms.TextInput(CODE),
        help_text="The current one. It works once.",
    )

    def __init__(self, *args: Any, by_code: bool = True, **kwargs: Any) -> None:
        """Ask for a code, or only for what is to be done."""
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})
        if not by_code:
            del self.fields["code"]

    def leave_out(self, state: PackageState) -> None:
        """Offer only what closes more than the state that holds."""
        choice = self.fields["state"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(closed, words) for closed, words in CLOSED if closed is not state]
        choice.initial = choice.choices[0][0]


class KeyForm(_Wanted):
    """What was chosen, the number of the version that would come of it, and the key's answer."""

    state = forms.ChoiceField(choices=CLOSED, widget=forms.HiddenInput)
    note = forms.CharField(required=False, max_length=MAX_NOTE, widget=forms.HiddenInput)
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    assertion = forms.CharField(max_length=MAX_BYTES, widget=forms.HiddenInput)
