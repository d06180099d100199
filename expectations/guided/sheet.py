"""All the forms of one page: who may change it later, and a form for each recipe, added, taken away and sent together.

Each recipe has a number that it keeps while the page goes to and fro. A hidden field ``recipe`` says for each which way of
building it asks about; its own fields begin with ``r`` and the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from expectations.guided.answers import Expected
from expectations.guided.forms import FORMS, ChangeControlForm, initial_of
from expectations.guided.problems import place
from expectations.guided.recipe_form import Known, RecipeForm
from expectations.guided.ways import Way
from verification.expectation_document import MAX_RECIPES
from verification.parameters import Problem


@dataclass(frozen=True, slots=True)
class Numbered:
    """A recipe's form under its number, with the word that says both in a hidden field."""

    number: int
    form: RecipeForm

    @property
    def word(self) -> str:
        """What the hidden field holds."""
        return f"{self.number}:{self.form.way.value}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The forms of a page, either as they were sent or as they are first shown."""

    change_control: ChangeControlForm
    recipes: tuple[Numbered, ...]
    known: Known

    @classmethod
    def asking(cls, expected: Expected, known: Known) -> Sheet:
        """Return the forms that ask again what was answered."""
        recipes = tuple(
            Numbered(number, _form(number, recipe.way, known, initial=initial_of(recipe)))
            for number, recipe in enumerate(expected.recipes)
        )
        return cls(ChangeControlForm(initial={"change_control": expected.change_control}), recipes, known)

    @classmethod
    def sent(cls, data: QueryDict, known: Known) -> Sheet:
        """Return the forms as a browser sent them. What names no form of a page that was handed out is passed over."""
        recipes = tuple(
            Numbered(number, _form(number, way, known, data=data)) for number, way in _words(data.getlist("recipe"))
        )
        return cls(ChangeControlForm(data), recipes, known)

    @property
    def several(self) -> bool:
        """Whether there is more than one recipe, so that one can be taken away."""
        return len(self.recipes) > 1

    def is_valid(self) -> bool:
        """Say whether every form is, having looked at all of them, so that each tells its errors."""
        looked_at = [form.is_valid() for form in self._forms()]
        return all(looked_at) and bool(self.recipes)

    def expected(self) -> Expected:
        """Return the answers of valid forms."""
        control: str = self.change_control.cleaned_data["change_control"]
        return Expected(control, tuple(each.form.answers() for each in self.recipes))

    def tell(self, problems: Sequence[Problem]) -> tuple[str, ...]:
        """Tell problems of the document at the fields that they come from; return those that are of no form."""
        expected, rest = self.expected(), []
        for problem in problems:
            placed = place(problem, expected)
            form: BaseForm = self.change_control if placed.recipe is None else self.recipes[placed.recipe].form
            if placed.field in form.fields:
                form.add_error(placed.field, placed.sentence)
            elif placed.recipe is not None:
                form.add_error(None, placed.sentence)
            else:
                rest.append(placed.sentence)
        return tuple(rest)

    def again(self) -> Sheet:
        """Return the same values to go on with, not yet looked at."""
        control = ChangeControlForm(initial=_values(self.change_control))
        recipes = tuple(
            Numbered(each.number, _form(each.number, each.form.way, self.known, initial=_values(each.form)))
            for each in self.recipes
        )
        return Sheet(control, recipes, self.known)

    def without(self, number: int) -> Sheet:
        """Return the values without one recipe; the last one stays."""
        left = tuple(each for each in self.recipes if each.number != number)
        return replace(self, recipes=left or self.recipes).again()

    def with_another(self, way: Way) -> Sheet:
        """Return the values with a recipe more, as far as a document has room for it."""
        if len(self.recipes) >= MAX_RECIPES:
            return self.again()
        number = max((each.number for each in self.recipes), default=-1) + 1
        name = f"recipe-{number + 1}" if self.recipes else "release"
        another = Numbered(number, _form(number, way, self.known, initial={"name": name}))
        again = self.again()
        return replace(again, recipes=(*again.recipes, another))

    def hidden(self) -> SafeString:
        """Return every value as hidden fields, for a step in which nothing is asked."""
        words = format_html_join(
            "", '<input type="hidden" name="recipe" value="{}">', ((each.word,) for each in self.recipes)
        )
        fields = (field.as_hidden(attrs={"id": False}) for form in self._forms() for field in form)
        return words + format_html_join("", "{}", ((field,) for field in fields))

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield each problem as an element's id, the field's label and a sentence, for a list above the forms."""
        for each in self.recipes:
            for sentence in each.form.non_field_errors():
                yield f"recipe-{each.number}", "", str(sentence)
            for field, sentence in each.form.problems():
                yield field.auto_id, str(field.label), sentence

    def _forms(self) -> Iterator[Any]:
        yield self.change_control
        yield from (each.form for each in self.recipes)


def _form(number: int, way: Way, known: Known, **options: Any) -> RecipeForm:
    return FORMS[way](prefix=f"r{number}", way=way, known=known, **options)


def _values(form: BaseForm) -> dict[str, Any]:
    return {field.name: field.value() for field in form}


def _words(words: Sequence[str]) -> Iterator[tuple[int, Way]]:
    seen: set[int] = set()
    for word in words[:MAX_RECIPES]:
        number, _, way = word.partition(":")
        known = number.isascii() and number.isdigit() and len(number) <= 3 and way in list(Way)
        if known and int(number) not in seen:
            seen.add(int(number))
            yield int(number), Way(way)
