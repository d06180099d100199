"""What starts a build, where a person should know more of it than its name (trust rules, "Expectations" 5)."""

from __future__ import annotations

from packaging.utils import canonicalize_name
from packaging.version import Version

from verification.build_types import inputs_source
from verification.build_types.claims import STRANGERS_TRIGGERS
from verification.build_types.interface import FactSource
from verification.expectation import Recipe
from verification.parameters import Rule

CLAIM = "build_trigger"

UNRECORDED_INPUTS = "workflow_dispatch: inputs are not recorded"

_STRANGERS = "somebody without write access to the repository can start it"

_VERSION = Version("1")


def notes(recipe: Recipe) -> tuple[str, ...]:
    """Return what to know of the triggers that a recipe accepts, the dangerous ones first; one without a rule tells nothing."""
    rule = recipe.claims.get(CLAIM)
    return notes_of_rule(rule, recorded=records_inputs(recipe)) if rule is not None else ()


def records_inputs(recipe: Recipe) -> bool:
    """Say whether the provenance that a recipe takes tells the inputs of a run (trust rules, "Evidence" 5)."""
    return all(inputs_source(uri, recipe.signer.issuer) is not FactSource.ABSENT for uri in recipe.build_types)


def notes_of_rule(rule: Rule, *, recorded: bool) -> tuple[str, ...]:
    """Return what to know of the triggers that a rule on ``build_trigger`` accepts. ``recorded``: inputs are ruled on."""
    strangers = (f"{trigger}: {_STRANGERS}" for trigger in sorted(STRANGERS_TRIGGERS) if _accepts(rule, trigger))
    unrecorded = not recorded and _accepts(rule, "workflow_dispatch")
    return (*strangers, *((UNRECORDED_INPUTS,) if unrecorded else ()))


def _accepts(rule: Rule, trigger: str) -> bool:
    # A template of the package's name is one that some package of just that name would pass by.
    return rule.accepts(trigger, name=canonicalize_name(trigger), version=_VERSION)
