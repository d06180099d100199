"""What a person should know of an expectation that is valid and still promises less than it may seem to."""

from __future__ import annotations

from collections.abc import Iterator

from expectations import triggers
from verification.expectation import PUBLISH_ATTESTATION, ChangeControl, Expectation, Recipe
from verification.parameters import Equals, escaped, shown

REF = "/workflow/ref"


def cautions(expectation: Expectation) -> tuple[str, ...]:
    """Return one sentence for each such thing, naming the recipe that it is about."""
    found = [f"{escaped(recipe.name)}: {told}." for recipe in expectation.recipes for told in _of_recipe(recipe)]
    if expectation.change_control is ChangeControl.IMMUTABLE:
        found.append("This expectation is immutable: no approval can ever change it.")
    return tuple(found)


def _of_recipe(recipe: Recipe) -> Iterator[str]:
    yield from triggers.notes(recipe)
    if PUBLISH_ATTESTATION in recipe.build_types:
        yield "a publish attestation shows who published a file, not how it was built"
    if recipe.signer.sigstore is not None and "source_repository_id" not in recipe.claims:
        yield "bound by name only: a renamed and re-registered repository could take it over"
    ref = recipe.external_parameters.get(REF)
    if ref is not None and isinstance(ref.operator, Equals) and str(ref.operator.value).startswith("refs/tags/"):
        yield f"only the tag {shown(ref.operator.value)} is expected, so the next version's would be refused"
