"""The forms of packages."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations.forms import DocumentField
from expectations.refusal import ChangeRefused
from registry import names
from registry.models import Account

MAX_MAINTAINERS = 50


class MaintainersField(forms.CharField):
    """User names, separated by commas or spaces; its value is the accounts of these persons."""

    def clean(self, value: Any) -> Any:
        """Return the accounts. Raises ValidationError naming every user name that is no person's."""
        usernames = {word for word in re.split(r"[,\s]+", super().clean(value)) if word}
        if len(usernames) > MAX_MAINTAINERS:
            raise ValidationError(f"At most {MAX_MAINTAINERS} founding maintainers.")
        accounts = list(Account.objects.filter(username__in=usernames, kind=Account.Kind.PERSON, is_active=True))
        unknown = usernames - {account.username for account in accounts}
        if unknown:
            raise ValidationError([f"There is no person with the user name {name[:64]}." for name in sorted(unknown)])
        return accounts


class NewPackageForm(forms.Form):
    """A new name, who maintains it, and perhaps its first expectation."""

    name = forms.CharField(max_length=names.MAX_LENGTH, help_text="As it stands in pyproject.toml. It is never reused.")
    maintainers = MaintainersField(
        label="Further maintainers",
        required=False,
        max_length=4000,
        widget=forms.TextInput({"autocapitalize": "off", "spellcheck": "false"}),
        help_text="User names, separated by commas or spaces. You are one already.",
    )
    expectation = DocumentField(
        rows=8,
        label="First expectation",
        required=False,
        help_text="JSON, which nobody has to write: left empty, the provenance of the first upload is pinned.",
    )

    def clean_name(self) -> str:
        """Refuse what is no name, next to the field. Whether it may be one is decided when it is created."""
        name: str = self.cleaned_data["name"]
        try:
            names.normalise(name)
        except ChangeRefused as refused:
            raise ValidationError(str(refused), code=refused.reason.value) from refused
        return name


class RobotForm(forms.Form):
    """The user name of a new robot."""

    username = forms.CharField(
        label="User name of a new robot",
        max_length=64,
        widget=forms.TextInput({"autocapitalize": "off", "spellcheck": "false"}),
        help_text="Lower-case letters, digits and single hyphens, such as widget-release.",
    )
