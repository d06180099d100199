"""What honest projects do that a pinned expectation refuses, each told by a reason of its own.

Trust rules, "Honest flows that would be refused". A move is told only where it explains every difference from the recipe:
with the one old value in the place of the new one, each rule that failed would hold. Whatever else differs, the differences
are told as what they are. Nothing is let in by this: only the reason of one failed check changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName
from packaging.version import Version

from verification import pointer
from verification.canonical import JsonValue
from verification.expectation import REF_POINTERS, REPOSITORY_POINTERS, Recipe
from verification.parameters import Equals, Glob, Rule
from verification.provenance import Provenance
from verification.reasons import Reason, Step
from verification.template import MAX_LENGTH, Template
from verification.verdict import Check, Outcome, failed
from verification.workflow_identity import parse_configuration

_REPOSITORY = ("source_repository_uri", *REPOSITORY_POINTERS)
_PATH = ("/workflow/path", "/buildConfigSource/path", "build_config_uri")
_REF = ("source_repository_ref", *REF_POINTERS)
_BUILDER = ("builder.id", "identity", "build_signer_uri")
MAX_DIFFERENCES = 24
"""Most failed checks that one move is looked for in: it touches a handful, and hostile evidence can bring thousands."""

_ID, _OWNER_ID = "source_repository_id", "source_repository_owner_id"


@dataclass(frozen=True, slots=True)
class _Miss:
    """One rule that failed over a text: its check, the rules of which one would do, and what came."""

    check: Check
    rules: tuple[Rule, ...]
    came: str


@dataclass(frozen=True, slots=True)
class _Moves:
    """All that differs from one recipe, and for which file."""

    misses: tuple[_Miss, ...]
    passed: frozenset[str]
    name: NormalizedName
    version: Version

    def tell(self, *, release_known: bool) -> tuple[Reason, Check] | None:
        """Return the reason of the move that explains all misses, and the check to tell it at."""
        return self._of_repository() or self._of_workflow(release_known) or self._of_ref() or self._of_builder()

    def _of_repository(self) -> tuple[Reason, Check] | None:
        if _ID not in self.passed:
            return None
        owner = self._at([_OWNER_ID])
        others = [miss for miss in self.misses if miss is not owner]
        renamed = self._at(_REPOSITORY)
        if others and (renamed is None or not self._explained(others, self._as_before(renamed))):
            return None
        told = owner or renamed
        return (Reason.REPOSITORY_TRANSFERRED if owner else Reason.REPOSITORY_RENAMED, told.check) if told else None

    def _as_before(self, renamed: _Miss) -> Callable[[str], str]:
        was, now = self._wanted(renamed), renamed.came
        owner = now.rpartition("/")[0]
        return lambda text: was.rpartition("/")[0] if text == owner else text.replace(now, was)

    def _of_workflow(self, release_known: bool) -> tuple[Reason, Check] | None:
        moved = self._at(_PATH)
        if moved is None or not self._same_repository():
            return None
        was, now = _path(self._wanted(moved)), _path(moved.came)
        if not self._explained(self.misses, lambda text: text.replace(now, was)):
            return None
        return (Reason.RELEASE_OF_TWO_WORKFLOWS if release_known else Reason.WORKFLOW_MOVED, moved.check)

    def _of_ref(self) -> tuple[Reason, Check] | None:
        moved = self._at(_REF)
        if moved is None or not self._same_repository():
            return None
        # The tag of another version is no move: an old build under a new version is what a template is there to refuse.
        pinned = isinstance(moved.rules[0].operator, Equals)
        if not pinned and not moved.came.startswith("refs/heads/"):
            return None
        was, now = self._wanted(moved), moved.came
        if not self._explained(self.misses, lambda text: text.replace(now, was)):
            return None
        return Reason.REF_MOVED, moved.check

    def _of_builder(self) -> tuple[Reason, Check] | None:
        if not self.misses or not all(miss.check.where in _BUILDER and _is_other_ref(miss) for miss in self.misses):
            return None
        return Reason.BUILDER_REF_MOVED, self.misses[0].check

    def _same_repository(self) -> bool:
        return not self.passed.isdisjoint((_ID, *_REPOSITORY))

    def _at(self, places: Sequence[str]) -> _Miss | None:
        return next((miss for place in places for miss in self.misses if miss.check.where == place), None)

    def _explained(self, misses: Sequence[_Miss], before: Callable[[str], str]) -> bool:
        return all(
            any(rule.accepts(before(miss.came), name=self.name, version=self.version) for rule in miss.rules)
            for miss in misses
        )

    def _wanted(self, miss: _Miss) -> str:
        """Return a text that the first rule accepts for this file, or its pattern where many would do."""
        text = _text_of(miss.rules[0])
        return text.replace("{version}", str(self.version)).replace("{name}", self.name)


def tell_move(
    recipe: Recipe,
    provenance: Provenance,
    checks: tuple[Check, ...],
    *,
    name: NormalizedName,
    version: Version,
    release_known: bool,
) -> tuple[Check, ...]:
    """Return the checks of sound provenance against a recipe, the one that shows an honest move with the move's reason.

    ``release_known``: other files of this release are there already, from the same repository and commit.
    """
    failures = [check for check in checks if check.outcome is Outcome.FAILED]
    if not 0 < len(failures) <= MAX_DIFFERENCES:
        return checks
    parameters = {pointer.to_text(pointer.parse(text)): rule for text, rule in recipe.external_parameters.items()}
    misses = [_miss(check, recipe, parameters, provenance) for check in failures]
    told = [miss for miss in misses if miss is not None]
    if len(told) < len(failures):
        return checks
    bound = {**parameters, **recipe.claims}
    passed = frozenset(
        check.where for check in checks if check.outcome is Outcome.PASSED and _is_bound(bound.get(check.where))
    )
    move = _Moves(tuple(told), passed, name, version).tell(release_known=release_known)
    if move is None:
        return checks
    reason, at = move
    told_so = failed(at.step, reason, at.expected, at.actual, where=at.where)
    return tuple(told_so if check is at else check for check in checks)


def _miss(check: Check, recipe: Recipe, parameters: Mapping[str, Rule], provenance: Provenance) -> _Miss | None:
    """Return a failed check with its rules, or None where no other text could have made it pass."""
    rules, came = _ruled(check, recipe, parameters, provenance)
    # No template or glob takes a longer text; and replacing within one that a sender chose has to stay cheap.
    fits = isinstance(came, str) and 0 < len(came) <= MAX_LENGTH
    return _Miss(check, rules, str(came)) if rules and fits else None


def _ruled(
    check: Check, recipe: Recipe, parameters: Mapping[str, Rule], provenance: Provenance
) -> tuple[tuple[Rule, ...], JsonValue]:
    match check.step:
        case Step.BUILDER:
            return recipe.builder_ids, provenance.builder_id
        case Step.SIGNER if check.where == "identity" and recipe.signer.identity is not None:
            return (recipe.signer.identity,), provenance.signer.identity
        case Step.CLAIMS if check.where in recipe.claims:
            return (recipe.claims[check.where],), provenance.signer.claims.get(check.where)
        case Step.PARAMETERS if check.where in parameters:
            return (parameters[check.where],), _parameter(check.where, provenance)
        case _:
            return (), None


def _parameter(where: str, provenance: Provenance) -> JsonValue:
    try:
        return pointer.resolve(provenance.external_parameters, pointer.parse(where))
    except pointer.PointsNowhere:
        return None


def _is_bound(rule: Rule | None) -> bool:
    return rule is not None and not rule.optional and not rule.is_open


def _is_other_ref(miss: _Miss) -> bool:
    """Say whether a workflow that some rule names came, at another ref."""
    came = parse_configuration(miss.came)
    wanted = [parse_configuration(_text_of(rule)) for rule in miss.rules]
    return came is not None and any(
        each is not None and (each.repository, each.path) == (came.repository, came.path) for each in wanted
    )


def _path(text: str) -> str:
    workflow = parse_configuration(text)
    return workflow.path if workflow else text


def _text_of(rule: Rule) -> str:
    """Return the text that the rule is about; none where it names no one text."""
    match rule.operator:
        case Equals(str() as value):
            return value
        case Template(text) | Glob(text):
            return text
        case _:
            return ""
