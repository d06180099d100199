"""What a new expectation would change, and which of it weakens the old one.

Every part of a recipe must hold, so each is compared by itself. Where it cannot be proved that a part accepts nothing
new, it is told as accepting something: harmless changes may stand out, and no weakening is ever told as tightening.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from expectations import triggers
from expectations.cautions import UNSIGNED
from expectations.differences.change import Change, Effect, effect_of
from verification import pointer
from verification.expectation import ChangeControl, Expectation, Recipe, SignerRule, Stage
from verification.expectation_words import in_words
from verification.parameters import Anything, Rule, escaped, shown, subsumes

NOTHING = "no rule"
"""What is told of a part that one of the two documents does not speak of."""

_ANYTHING_OR_NOTHING = Rule(Anything(), optional=True)
"""What the absence of a rule on a claim or on the signer's identity says."""


def difference(old: Expectation, new: Expectation) -> tuple[Change, ...]:
    """Return everything in which the new expectation differs from the old, recipe by recipe (matched by name)."""
    return (*_change_control(old.change_control, new.change_control), *_recipes(old.recipes, new.recipes))


def _change_control(old: ChangeControl, new: ChangeControl) -> Iterator[Change]:
    if new is old:
        return
    if new is ChangeControl.IMMUTABLE:
        note = "for ever: after this, no approval can change the expectation again"
        yield Change("change control", old.value, new.value, Effect.TIGHTENS, note)
    else:
        yield Change("change control", old.value, new.value, Effect.WEAKENS)


def _recipes(old: tuple[Recipe, ...], new: tuple[Recipe, ...]) -> Iterator[Change]:
    before = {recipe.name: recipe for recipe in old}
    after = {recipe.name: recipe for recipe in new}
    for name in (*before, *(name for name in after if name not in before)):
        where = f"recipe {escaped(name)}"
        if name not in after:
            yield Change(where, in_words(before[name]), "removed", Effect.TIGHTENS)
        elif name not in before:
            yield Change(where, "no such recipe", in_words(after[name]), Effect.WEAKENS, _note(after[name]))
        else:
            yield from _recipe(f"{escaped(name)}: ", before[name], after[name])


def _note(recipe: Recipe) -> str:
    return UNSIGNED if recipe.signer.unsigned else "; ".join(triggers.notes(recipe))


def _recipe(prefix: str, old: Recipe, new: Recipe) -> Iterator[Change]:
    yield from _versions(f"{prefix}versions", old.versions, new.versions)
    yield from _stages(f"{prefix}stages", old.stages, new.stages)
    yield from _level(f"{prefix}minimum level", old.minimum_level, new.minimum_level)
    yield from _builders(f"{prefix}builder", old.builder_ids, new.builder_ids)
    yield from _choices(f"{prefix}build type", old.build_types, new.build_types)
    yield from _signer(prefix, old.signer, new.signer)
    yield from _claims(prefix, old, new)
    yield from _parameters(prefix, old.external_parameters, new.external_parameters)
    yield from _demands(f"{prefix}also required", old.also_require, new.also_require)


def _versions(where: str, old: SpecifierSet | None, new: SpecifierSet | None) -> Iterator[Change]:
    if old != new:
        effect = effect_of(lets_in=not _versions_within(new, old), shuts_out=not _versions_within(old, new))
        yield Change(where, str(old or "all"), str(new or "all"), effect)


def _versions_within(narrower: SpecifierSet | None, wider: SpecifierSet | None) -> bool:
    """Say whether each version of the one is surely of the other: every bound of the wider follows from some bound."""
    if wider is None:
        return True
    return narrower is not None and all(any(_follows(bound, given) for given in narrower) for bound in wider)


def _follows(bound: Specifier, given: Specifier) -> bool:
    if bound == given:
        return True
    try:
        limit, at = Version(bound.version), Version(given.version)
    except InvalidVersion:  # a wildcard
        return False
    match bound.operator, given.operator:
        case ">=", ">=":
            return at >= limit
        case "<", "<":
            # PEP 440: < leaves out the pre-releases of its own bound, unless the bound is one.
            return at <= limit and not at.is_prerelease
        case _:
            return False


def _stages(where: str, old: frozenset[Stage] | None, new: frozenset[Stage] | None) -> Iterator[Change]:
    before, after = (frozenset(Stage) if stages is None else stages for stages in (old, new))
    if old != new:
        effect = effect_of(lets_in=not after <= before, shuts_out=not before <= after)
        yield Change(where, _listed(before), _listed(after), effect)


def _level(where: str, old: int, new: int) -> Iterator[Change]:
    if old != new:
        yield Change(where, str(old), str(new), Effect.TIGHTENS if new > old else Effect.WEAKENS)


def _builders(where: str, old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[Change]:
    lets_in = not all(any(subsumes(wider, rule) for wider in old) for rule in new)
    shuts_out = not all(any(subsumes(wider, rule) for wider in new) for rule in old)
    if lets_in or shuts_out or old != new:
        before, after = (", or ".join(rule.describe() for rule in rules) for rules in (old, new))
        yield Change(where, before, after, effect_of(lets_in=lets_in, shuts_out=shuts_out))


def _choices(where: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    if old != new:
        effect = effect_of(lets_in=not set(new) <= set(old), shuts_out=not set(old) <= set(new))
        yield Change(where, _listed(old), _listed(new), effect)


def _demands(where: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    if old != new:
        effect = effect_of(lets_in=not set(old) <= set(new), shuts_out=not set(new) <= set(old))
        yield Change(where, _listed(old), _listed(new), effect)


def _signer(prefix: str, old: SignerRule, new: SignerRule) -> Iterator[Change]:
    before, after = ((rule.sigstore, rule.issuer, rule.key, rule.unsigned) for rule in (old, new))
    if before != after:
        note = UNSIGNED if new.unsigned else ""
        yield Change(f"{prefix}signer", _signer_in_words(old), _signer_in_words(new), Effect.REPLACES, note)
    yield from _rule(f"{prefix}signer identity", old.identity, new.identity)


def _signer_in_words(rule: SignerRule) -> str:
    if rule.unsigned:
        return "nobody: unsigned"
    if rule.key is not None:
        return f"key {shown(rule.key)}"
    return f"{shown(rule.issuer)} by Sigstore instance {shown(rule.sigstore)}"


def _claims(prefix: str, old: Recipe, new: Recipe) -> Iterator[Change]:
    for claim in (*old.claims, *(claim for claim in new.claims if claim not in old.claims)):
        for change in _rule(f"{prefix}claim {escaped(claim)}", old.claims.get(claim), new.claims.get(claim)):
            note = _new_triggers(old, new) if claim == triggers.CLAIM else ""
            yield Change(change.where, change.before, change.after, change.effect, note)


def _new_triggers(old: Recipe, new: Recipe) -> str:
    known, now = (
        triggers.notes_of_rule(
            recipe.claims.get(triggers.CLAIM, _ANYTHING_OR_NOTHING), recorded=triggers.records_inputs(recipe)
        )
        for recipe in (old, new)
    )
    return "; ".join(note for note in now if note not in known)


def _rule(where: str, old: Rule | None, new: Rule | None) -> Iterator[Change]:
    """Compare two rules on one value; without a rule, anything goes, and nothing too."""
    before, after = old or _ANYTHING_OR_NOTHING, new or _ANYTHING_OR_NOTHING
    lets_in, shuts_out = not subsumes(before, after), not subsumes(after, before)
    if lets_in or shuts_out or old != new:
        yield Change(where, _told(old), _told(new), effect_of(lets_in=lets_in, shuts_out=shuts_out))


def _parameters(prefix: str, old: Mapping[str, Rule], new: Mapping[str, Rule]) -> Iterator[Change]:
    for text in (*old, *(text for text in new if text not in old)):
        where = f"{prefix}parameter {escaped(text) or '(the whole)'}"
        if text in old and text in new:
            yield from _rule(where, old[text], new[text])
        elif text in old:
            yield Change(where, _told(old[text]), NOTHING, _effect_of_removal(text, old[text], new))
        else:
            yield Change(where, NOTHING, _told(new[text]), _effect_of_addition(text, new[text], old))


def _effect_of_removal(text: str, removed: Rule, left: Mapping[str, Rule]) -> Effect:
    """A removed rule demands nothing any more; and what only it covered is refused wherever it is still sent."""
    at = pointer.parse(text)
    others = [pointer.parse(other) for other in left]
    covered = any(pointer.covers(other, at) for other in others)
    partly = any(pointer.covers(at, other) for other in others)
    return effect_of(lets_in=covered or partly or not removed.optional, shuts_out=not covered)


def _effect_of_addition(text: str, added: Rule, known: Mapping[str, Rule]) -> Effect:
    """An added rule lets in a parameter that no rule covered before, and demands it unless it is optional."""
    at = pointer.parse(text)
    covered = any(pointer.covers(pointer.parse(other), at) for other in known)
    demands = not subsumes(added, _ANYTHING_OR_NOTHING) if covered else not added.optional
    return effect_of(lets_in=not covered, shuts_out=demands)


def _told(rule: Rule | None) -> str:
    return NOTHING if rule is None else rule.describe()


def _listed(items: Collection[str]) -> str:
    return ", ".join(escaped(item) for item in sorted(items)) or "nothing"
