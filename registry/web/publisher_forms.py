"""The forms of trusted publishers: one that adds, with a field a pin and no JSON, and one that removes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations import queries, trusted
from expectations.documents import Publisher, Publishers
from expectations.documents.publishers import in_order, problems_of_publisher
from expectations.proposing import PLAIN, ProposingForm, ReasonField
from expectations.publishers.kinds import PINS, PublisherKind
from expectations.publishers.matching import title
from expectations.trusted import Trusted
from registry.models import Package
from verification.canonical import JsonValue, parse_strict
from verification.parameters import escaped

FREE_CLAIMS = "claims"


class PublisherListForm(ProposingForm):
    """A form whose document is the list in force with something added or taken away.

    What is left to its kinds cannot be abstract, as in :class:`ProposingForm`.
    """

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        """Be about this package's publishers."""
        super().__init__(*args, **kwargs)
        self._package = package

    def about(self) -> Trusted:
        """The publishers."""
        return trusted.publishers_of(self._package)

    def content(self) -> JsonValue:
        """Return the list as it should be."""
        return parse_strict(self.changed(queries.publishers(self._package)).canonical)

    def changed(self, now: Publishers) -> Publishers:
        """Return what should take the place of the list in force. (A form cannot be abstract: see its base.)"""
        raise NotImplementedError


class AddPublisherForm(PublisherListForm):
    """A publisher of one issuer, pin by pin. Of another kind of provider, any claims, one a line."""

    def __init__(self, *args: Any, issuer: str, kind: PublisherKind, **kwargs: Any) -> None:
        """Ask for what publishers of this kind are pinned by."""
        super().__init__(*args, **kwargs)
        self._issuer, self._kind = issuer, kind
        for pin in PINS[kind]:
            self.fields[pin.name] = forms.CharField(
                label=pin.label,
                required=pin.required,
                max_length=400,
                widget=forms.TextInput(PLAIN),
                help_text=pin.help,
            )
        if kind is PublisherKind.OTHER:
            self.fields[FREE_CLAIMS] = forms.CharField(
                label="Claims of its tokens",
                max_length=10_000,
                widget=forms.Textarea({**PLAIN, "rows": 5}),
                help_text="One a line, as <code>name = value</code>. A token has to have each with exactly this value.",
            )
        self.fields["reason"] = ReasonField()

    def clean(self) -> dict[str, Any]:
        """Hold every pin against what it has to look like."""
        cleaned = super().clean() or {}
        if not self.errors:
            self._refuse_problems()
        return cleaned

    def _refuse_problems(self) -> None:
        for problem in problems_of_publisher(self._publisher().members()):
            name = problem.where.rpartition("/claims/")[2]
            told = f"What it has to be: {problem.sentence.removeprefix('is ')}."
            if name in self.fields:
                self.add_error(name, told)
            else:
                self.add_error(
                    FREE_CLAIMS if FREE_CLAIMS in self.fields else None, f"{escaped(name)}: {problem.sentence}."
                )

    def _publisher(self) -> Publisher:
        pins = {pin.name: self.cleaned_data[pin.name].strip() for pin in PINS[self._kind]}
        return Publisher(
            self._kind, self._issuer, {name: value for name, value in pins.items() if value} | self._free_claims()
        )

    def _free_claims(self) -> dict[str, str]:
        lines = [line for line in self.cleaned_data.get(FREE_CLAIMS, "").splitlines() if line.strip()]
        found = {}
        for line in lines:
            name, equals, value = (part.strip() for part in line.partition("="))
            if not equals or name in found:
                raise ValidationError({FREE_CLAIMS: "Write each claim once, on a line of its own, as name = value."})
            found[name] = value
        return found

    def changed(self, now: Publishers) -> Publishers:
        """Return the list with this publisher."""
        return in_order([*now.listed, self._publisher()])


class RemovePublisherForm(PublisherListForm):
    """One of the publishers in force, which shall be one no longer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer those that are listed."""
        super().__init__(*args, **kwargs)
        listed = queries.publishers(self._package).listed
        self.fields["publisher"] = forms.ChoiceField(
            label="Which one",
            widget=forms.RadioSelect,
            choices=[(publisher.digest, escaped(title(publisher))) for publisher in listed],
        )
        self.fields["reason"] = ReasonField()

    def changed(self, now: Publishers) -> Publishers:
        """Return the list without the chosen one."""
        return in_order([one for one in now.listed if one.digest != self.cleaned_data["publisher"]])
