"""Who holds a role, for a page, and the form that gives, changes or takes one by user name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from expectations import queries
from expectations.documents import Members
from expectations.models import Role
from expectations.names import persons_named
from expectations.proposing import PLAIN, ProposingForm, ReasonField
from verification.canonical import JsonValue, parse_strict

if TYPE_CHECKING:
    from registry.models import Account, Package


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody who holds a role: ``waits_until`` is from when they decide, ``active`` whether they can act at all."""

    name: str
    role: str
    waits_until: datetime | None
    active: bool


def member_rows(members: Members, package: Package | None) -> list[MemberRow]:
    """Return who holds a role of a package (None: of the registry), by name."""
    named = persons_named(members.roles)
    able = queries.stewards() if package is None else queries.maintainers(package)
    rows = [
        MemberRow(named(person), role.label, queries.waits_until(package, person), person in able)
        for person, role in members.roles.items()
    ]
    return sorted(rows, key=lambda row: row.name)


class MemberForm(ProposingForm):
    """Somebody by user name, and the role that they shall have; empty for none."""

    username = forms.CharField(label="User name", max_length=64, widget=forms.TextInput(PLAIN))
    role = forms.ChoiceField(label="What changes", required=False)
    reason = ReasonField()

    field_order = ["username", "role", "reason"]

    def clean_username(self) -> Account:
        """Return the account of this name. Raises ValidationError for a name that is no person's."""
        username = self.cleaned_data["username"].strip()
        account: Account | None = get_user_model().objects.filter(username=username).first()
        if account is None or account.person_id is None:
            raise ValidationError("There is no person with this user name. Robots hold no role.")
        return account

    def content(self) -> JsonValue:
        """Return the list in force with this person's role changed."""
        version = queries.in_force(self.about())
        assert version is not None, "a founded package and a bootstrapped registry have their people"
        members = queries.read(version)
        assert isinstance(members, Members)
        person, role = self.cleaned_data["username"].person_id, self.cleaned_data["role"]
        others = {other: kept for other, kept in members.roles.items() if other != person}
        return parse_strict(Members(others | ({person: Role(role)} if role else {})).canonical)
