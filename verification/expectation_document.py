"""Reading the expectation document, schema 1: everything that is wrong with it, each with its place.

Trust rules, Expectations 1 to 8. Documents are kept for ever and shown to people who must agree to each word; so what
is not written down in the rules is refused, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from packaging.specifiers import SpecifierSet

from verification import pointer
from verification.canonical import JsonValue, sha256_hex
from verification.document_reader import MAX_ITEMS, DocumentReader, read_strictly
from verification.expectation import (
    CLAIM_NAMES,
    SOURCE_CLAIMS,
    ChangeControl,
    Expectation,
    Recipe,
    RequiredPins,
    SignerRule,
    Stage,
)
from verification.parameters import Anything, DocumentInvalid, Equals, OneOf, Rule, parse_rule

SCHEMA = 1

MAX_BYTES = 64 * 1024
"""Largest document. A real one has one to four KiB, and two people must read all of it before they agree."""

MAX_RECIPES = 32
"""Most recipes. Each is matched against each of up to 16 attestations of an upload."""

MAX_RULES = MAX_ITEMS
"""Most rules in one recipe. Each rule becomes a line of the verdict for every attestation."""

MAX_RULES_IN_ALL = 1_000
"""Most rules in all recipes, each choice of a ``one_of`` counted: each is held against each of up to 16 attestations."""

PinsOf = Callable[[str, str | None], RequiredPins | None]
"""Gives the required pins of a build type by its URI and the recipe's issuer, or None for one that is unknown."""

_RECIPE_KEYS = ("name", "minimum_level", "builder_ids", "build_types", "signer", "claims", "external_parameters")
_OPTIONAL_RECIPE_KEYS = ("versions", "stages", "also_require")

_NEVER_OPEN = SOURCE_CLAIMS | {"issuer"}

_UNREADABLE = Rule(Equals(None))
"""Stands for a rule that could not be read, so that only its own problem is told, not that a pin is missing too.
No expectation comes of a document with a problem; and this rule would accept no text."""


def parse_expectation(data: bytes | JsonValue, *, required_pins: PinsOf) -> Expectation:
    """Return the expectation that the document spells; bytes need not be canonical, but must be strict JSON.

    Raises DocumentInvalid with all problems found.
    """
    value, canonical_bytes = read_strictly(data, max_bytes=MAX_BYTES)
    reader = _Reader(required_pins)
    change_control, recipes = reader.document(value)
    if reader.problems:
        raise DocumentInvalid(tuple(reader.problems))
    return Expectation(change_control, recipes, canonical_bytes, sha256_hex(canonical_bytes))


class _Reader(DocumentReader):
    """Reads the parts of an expectation."""

    reserved = frozenset({"release", "maximum_age"})
    """Trust rules, Expectations 8."""

    def __init__(self, required_pins: PinsOf) -> None:
        super().__init__()
        self._required_pins = required_pins

    def document(self, value: JsonValue) -> tuple[ChangeControl, tuple[Recipe, ...]]:
        found = self._object(value, "", ("schema", "change_control", "recipes"))
        self._at(found, "schema", "", self._schema, None)
        change_control = self._at(found, "change_control", "", self._change_control, ChangeControl.TWO_PERSON)
        return change_control, self._at(found, "recipes", "", self._recipes, ())

    def _schema(self, value: JsonValue, where: str) -> None:
        if type(value) is not int or value != SCHEMA:
            self._problem(where, f"The schema is {SCHEMA}.")

    def _change_control(self, value: JsonValue, where: str) -> ChangeControl:
        return self._word(ChangeControl, value, where) or ChangeControl.TWO_PERSON

    def _recipes(self, value: JsonValue, where: str) -> tuple[Recipe, ...]:
        items = self._list(value, where)
        if len(items) > MAX_RECIPES:
            self._problem(where, f"There are at most {MAX_RECIPES} recipes.")
            return ()
        recipes = tuple(self._recipe(item, f"{where}/{index}") for index, item in enumerate(items))
        if sum(map(_weight, recipes)) > MAX_RULES_IN_ALL:
            self._problem(where, f"There are at most {MAX_RULES_IN_ALL} rules and choices in all recipes together.")
        names = [recipe.name for recipe in recipes]
        for index, name in enumerate(names):
            if name and name in names[:index]:
                self._problem(f"{where}/{index}/name", "Another recipe has this name already.")
        return recipes

    def _recipe(self, value: JsonValue, where: str) -> Recipe:
        found = self._object(value, where, _RECIPE_KEYS, _OPTIONAL_RECIPE_KEYS)
        recipe = Recipe(
            name=self._at(found, "name", where, self._name, ""),
            versions=self._at(found, "versions", where, self._versions, None),
            stages=self._at(found, "stages", where, self._stages, None),
            minimum_level=self._at(found, "minimum_level", where, self._level, 1),
            builder_ids=self._at(found, "builder_ids", where, self._builder_ids, ()),
            build_types=self._at(found, "build_types", where, self._uris, ()),
            signer=self._at(found, "signer", where, self._signer, SignerRule(None, None, None, None)),
            claims=self._at(found, "claims", where, self._claims, {}),
            external_parameters=self._at(found, "external_parameters", where, self._parameters, {}),
            also_require=self._at(found, "also_require", where, self._uris, ()),
        )
        if len(recipe.builder_ids) + len(recipe.claims) + len(recipe.external_parameters) > MAX_RULES:
            self._problem(where, f"A recipe has at most {MAX_RULES} rules.")
        self._check_pins(recipe, where)
        if recipe.signer.unsigned:
            self._check_unsigned(recipe, where)
        return recipe

    def _versions(self, value: JsonValue, where: str) -> SpecifierSet | None:
        text = self._text(value, where)
        if "===" in text or "+" in text:
            # Both compare text rather than versions, and would tell equal versions apart.
            self._problem(where, "Versions are specified without === and without local parts.")
            return None
        specifiers = _specifiers(text)
        if not specifiers:
            self._problem(where, "This is not a PEP 440 version specifier.")
        return specifiers

    def _stages(self, value: JsonValue, where: str) -> frozenset[Stage]:
        items = self._distinct_list(value, where)
        words = [self._word(Stage, item, f"{where}/{index}") for index, item in enumerate(items)]
        return frozenset(word for word in words if word is not None)

    def _builder_ids(self, value: JsonValue, where: str) -> tuple[Rule, ...]:
        items = self._list(value, where)
        return tuple(self._identity(item, f"{where}/{index}") for index, item in enumerate(items))

    def _identity(self, value: JsonValue, where: str) -> Rule:
        rule = self._rule(value, where)
        if rule is not _UNREADABLE and (rule.optional or rule.is_open or not rule.takes_text_only):
            self._problem(
                where, "A builder or signer is never just anything: its rule binds text, and is not optional."
            )
        return rule

    def _uris(self, value: JsonValue, where: str) -> tuple[str, ...]:
        items = self._distinct_list(value, where)
        return tuple(self._uri(item, f"{where}/{index}") for index, item in enumerate(items))

    def _signer(self, value: JsonValue, where: str) -> SignerRule:
        if isinstance(value, dict) and "unsigned" in value:
            return self._unsigned(value, where)
        by_key = isinstance(value, dict) and "key" in value
        found = self._object(value, where, ("key",) if by_key else ("sigstore", "issuer"), ("identity",))
        return SignerRule(
            sigstore=self._at(found, "sigstore", where, self._text, None),
            issuer=self._at(found, "issuer", where, self._text, None),
            key=self._at(found, "key", where, self._text, None),
            identity=self._at(found, "identity", where, self._identity, None),
        )

    def _unsigned(self, value: dict[str, JsonValue], where: str) -> SignerRule:
        if value != {"unsigned": True} or value["unsigned"] is not True:
            self._problem(where, 'Unsigned evidence is asked for by {"unsigned": true} and nothing else.')
        return SignerRule(None, None, None, None, unsigned=True)

    def _claims(self, value: JsonValue, where: str) -> dict[str, Rule]:
        rules = self._rules(value, where)
        for claim, rule in rules.items():
            place = where + pointer.to_text((claim,))
            if claim not in CLAIM_NAMES:
                self._problem(place, "No certificate has a claim of this name.")
            if rule.is_open and claim in _NEVER_OPEN:
                self._problem(place, "The source and the issuer are never just anything.")
            if rule is not _UNREADABLE and not (rule.takes_text_only or isinstance(rule.operator, Anything)):
                self._problem(place, "Every claim is text, numeric ids too.")
        return rules

    def _parameters(self, value: JsonValue, where: str) -> dict[str, Rule]:
        rules = self._rules(value, where)
        if isinstance(value, dict) and not rules:
            self._problem(where, "Without a rule no build would be let in.")
        for text in rules:
            try:
                pointer.parse(text)
            except pointer.NotAPointer as error:
                self._problem(where + pointer.to_text((text,)), f"This is no pointer: {error}.")
        if "" in rules and rules[""].is_open:
            self._problem(f"{where}/", "The parameters as a whole are never just anything.")
        return rules

    def _rules(self, value: JsonValue, where: str) -> dict[str, Rule]:
        if not isinstance(value, dict):
            self._problem(where, "This is an object of rules.")
            return {}
        return {key: self._rule(item, where + pointer.to_text((key,))) for key, item in value.items()}

    def _rule(self, value: JsonValue, where: str) -> Rule:
        try:
            return parse_rule(value, where)
        except DocumentInvalid as error:
            self.problems.extend(error.problems)
            return _UNREADABLE

    def _check_pins(self, recipe: Recipe, where: str) -> None:
        found = [self._required_pins(build_type, recipe.signer.issuer) for build_type in recipe.build_types]
        known = [pins for pins in found if pins is not None]
        for claim in sorted({claim for pins in known for claim in pins.claims}):
            if not _binds(recipe.claims.get(claim)):
                self._problem(f"{where}/claims", f"The build type needs a rule on {claim}, neither any nor optional.")
        for needed in sorted({text for pins in known for text in pins.parameters}):
            if not _is_bound(needed, recipe.external_parameters):
                sentence = f"The build type needs a rule on {needed}, neither any nor optional."
                self._problem(f"{where}/external_parameters", sentence)
        # Where no claim is pinned, a certificate could be anybody's: npm's builder id is the same for everybody.
        by_identity = any(pins.signer_identity or not pins.claims for pins in known)
        if by_identity and recipe.signer.sigstore and recipe.signer.identity is None:
            self._problem(f"{where}/signer", "The build type needs a rule on the signer's identity.")
        if len(known) < len(found):
            self._check_pins_of_unknown(recipe, where)

    def _check_unsigned(self, recipe: Recipe, where: str) -> None:
        # Trust rules, Levels: unsigned evidence is level 1 and nothing more, and stands alone.
        if recipe.minimum_level != 1:
            self._problem(f"{where}/minimum_level", "Unsigned evidence is of level 1, which the recipe has to say.")
        if recipe.also_require:
            self._problem(f"{where}/also_require", "Unsigned evidence comes alone, so nothing more can be required.")
        if recipe.claims:
            self._problem(f"{where}/claims", "Unsigned evidence has no certificate, so there are no claims to rule on.")

    def _check_pins_of_unknown(self, recipe: Recipe, where: str) -> None:
        # Nobody can say what such a builder lets its users choose, so who signs and something of the build are bound.
        if recipe.signer.sigstore is not None and recipe.signer.identity is None:
            self._problem(
                f"{where}/signer", "For a build type that is not known here, the signer's identity has a rule."
            )
        if not any(_binds(rule) for rule in recipe.external_parameters.values()):
            sentence = "For a build type that is not known here, some parameter has a rule neither any nor optional."
            self._problem(f"{where}/external_parameters", sentence)


def _specifiers(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except ValueError:
        return None


def _weight(recipe: Recipe) -> int:
    rules = (*recipe.builder_ids, *recipe.claims.values(), *recipe.external_parameters.values())
    return sum(len(rule.operator.values) if isinstance(rule.operator, OneOf) else 1 for rule in rules)


def _binds(rule: Rule | None) -> bool:
    return rule is not None and not rule.optional and not rule.is_open


def _is_bound(needed: str, rules: Mapping[str, Rule]) -> bool:
    """Say whether a binding rule stands at the pointer or above it; above, it binds the whole value below."""
    at = pointer.to_text(pointer.parse(needed))
    return any(_binds(rule) and (at == text or at.startswith(text + "/")) for text, rule in rules.items())
