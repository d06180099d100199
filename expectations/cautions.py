"""What a person should know of an expectation that is valid and still promises less than it may seem to."""

from __future__ import annotations

from collections.abc import Iterator

from expectations import triggers
from verification.expectation import PUBLISH_ATTESTATION, REF_POINTERS, ChangeControl, Expectation, Recipe
from verification.parameters import Equals, Rule, escaped, shown

UNSIGNED = "unsigned: nobody vouches for how the file was built, and whoever may upload can write the statement"

_BARE_TAGS = frozenset({"/build/tag", "/substitutions/TAG_NAME"})
"""Where Buildkite and Cloud Build tell a tag without ``refs/tags/``."""

_ARCHIVE = "/generation"
"""Where Cloud Build tells which generation of an archive it built."""

_REFS = frozenset({*REF_POINTERS, *_BARE_TAGS, "source_repository_ref"})
"""Where build types tell the ref of the package's own source."""


def cautions(expectation: Expectation) -> tuple[str, ...]:
    """Return one sentence for each such thing, naming the recipe that it is about."""
    found = [f"{escaped(recipe.name)}: {told}." for recipe in expectation.recipes for told in _of_recipe(recipe)]
    if expectation.change_control is ChangeControl.IMMUTABLE:
        found.append("This expectation is immutable: no approval can ever change it.")
    return tuple(found)


def _of_recipe(recipe: Recipe) -> Iterator[str]:
    if recipe.signer.unsigned:
        yield UNSIGNED
    yield from triggers.notes(recipe)
    if PUBLISH_ATTESTATION in recipe.build_types:
        yield "a publish attestation shows who published a file, not how it was built"
    # Keys certify no numeric ids at all: what a repository is called is all that such a recipe can hold on to.
    if "source_repository_id" not in recipe.claims:
        yield "bound by name only: a renamed and re-registered repository could take it over"
    if tag := _pinned_tag(recipe):
        yield f"only the tag {shown(tag)} is expected, so the next version's would be refused"
    archive = recipe.external_parameters.get(_ARCHIVE)
    if archive is not None and isinstance(archive.operator, Equals):
        yield "built from one archive and not from a repository, so the next version's would be refused"


def _pinned_tag(recipe: Recipe) -> str | None:
    """Return the tag that is expected as it is, or None where none is, or where it is told by a template."""
    ruled = {**recipe.external_parameters, **recipe.claims}
    tags = (_tag(place, ruled[place]) for place in sorted(_REFS & ruled.keys()))
    return next((tag for tag in tags if tag), None)


def _tag(place: str, rule: Rule) -> str | None:
    match rule.operator:
        case Equals(str() as value) if value.startswith("refs/tags/") or place in _BARE_TAGS:
            return value
        case _:
            return None
