"""The fields that several ways of building ask for, in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from expectations.guided import answers as answered
from expectations.guided.answers import RefKind
from expectations.guided.parameter_lines import LineInvalid, read_lines, write_lines

PLAIN = {"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}
CODE = {**PLAIN, "class": "code"}

_REF_KINDS = {
    RefKind.TAGS: "a tag that spells the version (best: no build of one version passes for another)",
    RefKind.BRANCH: "a branch (builds of different versions cannot be told apart)",
    RefKind.TAG: "one single tag (the next version's would be refused)",
}

LEVELS = [(1, "1: provenance exists"), (2, "2: made and signed by the build service"), (3, "3: by a hardened builder")]


class Text(forms.RegexField):
    """One line of a certain shape; ``before`` and ``after`` are what people paste along with it, and are taken off."""

    def __init__(
        self, shape: re.Pattern[str], *, wrong: str, before: Sequence[str] = (), after: str = "", **options: Any
    ):
        self._shape, self._before, self._after = shape, before, after
        # Django searches, and a search takes less than the whole text.
        super().__init__(
            re.compile(f"^(?:{shape.pattern})\\Z", re.ASCII),
            widget=forms.TextInput(PLAIN),
            max_length=2000,
            error_messages={"invalid": wrong, "required": wrong},
            **options,
        )

    def to_python(self, value: Any) -> str:
        """Return the text without what was pasted around it."""
        text = str(super().to_python(value) or "")
        for before in self._before:
            text = text.removeprefix(before)
        return text.removesuffix("/").removesuffix(self._after) if self._after else text


def ref_kind_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        coerce=RefKind,
        choices=[(kind.value, told) for kind, told in _REF_KINDS.items()],
        widget=forms.RadioSelect,
        initial=RefKind.TAGS.value,
        label="What releases are built from",
    )


def ref_field() -> Text:
    return Text(
        answered.REF,
        wrong="Letters, digits and . _ / + @ # - only, without refs/tags/ or refs/heads/.",
        required=False,
        empty_value="",
        initial="v",
        before=("refs/tags/", "refs/heads/"),
        label="Text before the version in the tag, or name of the branch or tag",
        help_text=(
            "For tags such as v1.2.3: <code>v</code>. For 1.2.3: leave it empty. For widget-v1.2.3: "
            "<code>widget-v</code>. For a branch: its name, such as <code>main</code>."
        ),
    )


def sigstore_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Sigstore instance", help_text="The one whose certificates count. Public projects use the public one."
    )


def parameters_field() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea({**CODE, "rows": 3}),
        label="Further build parameters",
        help_text=(
            'One a line, such as <code>/inputs/kind = "wheel"</code> or <code>/inputs/note = anything</code>. '
            "A parameter that is named nowhere is refused."
        ),
    )


def clean_parameters(text: str, asked: str) -> str:
    try:
        rules = read_lines(text)
    except LineInvalid as error:
        raise ValidationError(str(error)) from error
    if strange := next((where for where in rules if where == asked or where.startswith(f"{asked}/")), None):
        raise ValidationError(f"{strange} is asked for above.")
    lines = write_lines(rules)
    if lines is None:
        raise ValidationError("A pointer here has printable ASCII characters only, and no space around it.")
    return lines
