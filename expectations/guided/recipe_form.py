"""What every form of a recipe has, and how it becomes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField

from expectations.guided import answers as answered
from expectations.guided.answers import Recipe, RefKind
from expectations.guided.fields import LEVELS, PLAIN, Text
from expectations.guided.ways import Way
from verification.document_reader import MAX_NAME
from verification.expectation import Stage

_STAGES = {
    Stage.FINAL: "final releases, such as 1.0",
    Stage.PRE: "pre-releases, such as 1.0rc1",
    Stage.POST: "post-releases, such as 1.0.post1",
    Stage.DEV: "development releases, such as 1.0.dev1",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The names that the roots of trust know signers by, and which of the instances have no public log."""

    instances: tuple[str, ...]
    keys: tuple[str, ...]
    unlogged: frozenset[str]

    def told(self, name: str) -> str:
        """Return a name as a form offers it."""
        return f"{name} (no public log)" if name in self.unlogged else name


class RecipeForm(forms.Form):
    """What is asked of every recipe. ``more`` names the fields that most people leave as they are."""

    ANSWERS: ClassVar[type[answered.Answers]]
    MORE: ClassVar[tuple[str, ...]] = ("name", "versions", "stages", "publish_too", "sigstore")

    name = Text(
        answered.NAME,
        wrong=f"A name has 1 to {MAX_NAME} characters: letters, digits, signs, no accents.",
        label="Name of this recipe",
        help_text="To tell recipes apart in differences and verdicts.",
    )
    minimum_level = forms.TypedChoiceField(coerce=int, choices=LEVELS, label="SLSA build level, at least", initial=2)
    versions = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(PLAIN),
        label="For which versions",
        help_text="A PEP 440 specifier, such as >=2. Empty for all versions.",
    )
    stages = forms.MultipleChoiceField(
        required=False,
        choices=[(stage.value, told) for stage, told in _STAGES.items()],
        widget=forms.CheckboxSelectMultiple,
        label="For which kinds of releases",
        help_text="Tick none for all kinds.",
    )
    publish_too = forms.BooleanField(
        required=False,
        label="Demand a publish attestation as well",
        help_text="Of the same repository and commit, sent along with the provenance.",
    )

    def __init__(self, *args: Any, way: Way, known: Known, **options: Any) -> None:
        """Ask about one way of building; signers are chosen among the known ones."""
        super().__init__(*args, **options)
        self.way = way
        self.known = known
        for name, choices in (("sigstore", known.instances), ("key", known.keys)):
            if isinstance(field := self.fields.get(name), forms.ChoiceField):
                field.choices = [(choice, known.told(choice)) for choice in choices]

    @property
    def main_fields(self) -> list[BoundField]:
        """The fields that everybody has to look at."""
        return [field for field in self.visible_fields() if field.name not in self.MORE]

    @property
    def more_fields(self) -> list[BoundField]:
        """The fields that most people leave as they are."""
        return [field for field in self.visible_fields() if field.name in self.MORE]

    @property
    def more_is_open(self) -> bool:
        """Whether something is the matter with one of those."""
        return self.is_bound and any(field.errors for field in self.more_fields)

    def answers(self) -> Recipe:
        """Return what a valid form answers."""
        wanted = {field.name for field in fields(self.ANSWERS)} - {"way"}
        values = {name: _frozen(value) for name, value in self.cleaned_data.items() if name in wanted}
        return self.ANSWERS(way=self.way, **values)

    def problems(self) -> Iterator[tuple[BoundField, str]]:
        """Yield each problem with its field."""
        for field in self.visible_fields():
            for error in field.errors:
                yield field, str(error)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class WithRefForm(RecipeForm):
    def clean_ref_kind(self) -> RefKind:
        """Return the kind."""
        return RefKind(self.cleaned_data["ref_kind"])

    def clean(self) -> dict[str, Any]:
        """Refuse a branch or a single tag without a name."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        kind = found.get("ref_kind")
        if kind in (RefKind.BRANCH, RefKind.TAG) and found.get("ref") == "":
            self.add_error("ref", f"Say which {kind.value}.")
        return found
