"""Making an account: by an invitation, whose link has shown the address, or, where that is open, by anybody."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.core.exceptions import ValidationError

from registry.models import Account

NAME = {"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}
NEW_PASSWORD = {"autocomplete": "new-password"}


class InvitedForm(forms.Form):
    """Name and password of an account; the address is the invitation's."""

    username = forms.SlugField(
        max_length=Account._meta.get_field("username").max_length,
        widget=forms.TextInput(NAME),
        help_text="Letters, digits, hyphens and underscores. It is never changed, and never used again.",
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(NEW_PASSWORD),
        help_text="At least 12 characters.",
    )
    again = forms.CharField(label="Password, once more", strip=False, widget=forms.PasswordInput(NEW_PASSWORD))

    def clean(self) -> dict[str, Any]:
        """Compare the two passwords."""
        cleaned = super().clean() or {}
        if not self.errors and cleaned["password"] != cleaned["again"]:
            raise ValidationError("The two passwords are not the same.")
        return cleaned


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth is untyped
    """allauth's form; the user name is one that an account can have."""

    username = forms.SlugField(max_length=Account._meta.get_field("username").max_length, widget=forms.TextInput(NAME))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Call the address what other pages call it."""
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        del self.fields["email"].widget.attrs["placeholder"]


class InvitationForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(label="Their e-mail address")
