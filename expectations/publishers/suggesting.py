"""What to enter for a publisher of a package whose expectation names the workflow already: a start, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.publishers.kinds import PublisherKind
from verification.build_types.claims import GITHUB_ISSUER
from verification.expectation import Expectation, Recipe
from verification.parameters import Equals, Rule

_GITHUB = "https://github.com/"
_WORKFLOWS = ".github/workflows/"


def suggested(kind: PublisherKind, issuer: str, expectation: Expectation | None) -> dict[str, str]:
    """Return pins of a publisher as the first recipe of the same issuer has them; nothing where none says so exactly."""
    if expectation is None or kind is not PublisherKind.GITHUB:
        return {}
    recipes = (recipe for recipe in expectation.recipes if recipe.signer.issuer == issuer == GITHUB_ISSUER)
    return next((dict(_pins(recipe)) for recipe in recipes), {})


def _pins(recipe: Recipe) -> Iterator[tuple[str, str]]:
    found = {
        "repository": _below(_GITHUB, recipe.external_parameters.get("/workflow/repository")),
        "repository_id": _below("", recipe.claims.get("source_repository_id")),
        "repository_owner_id": _below("", recipe.claims.get("source_repository_owner_id")),
        "workflow": _below(_WORKFLOWS, recipe.external_parameters.get("/workflow/path")),
    }
    yield from ((name, value) for name, value in found.items() if value)


def _below(beginning: str, rule: Rule | None) -> str:
    match rule.operator if rule is not None else None:
        case Equals(str() as value) if value.startswith(beginning):
            return value[len(beginning) :]
    return ""
