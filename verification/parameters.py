"""Rules over values, and what they say of a build's external parameters.

Trust rules, Expectations 2 and 3. A rule has exactly one operator; every rule must hold and every leaf must be covered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from verification import pointer, template
from verification.canonical import InexactNumber, JsonValue, canonical
from verification.pointer import Pointer
from verification.reasons import Reason, Step
from verification.template import Template
from verification.verdict import MAX_TOLD, Check, decide, failed, passed

MAX_SHOWN = 300
"""Longest value told in a check. It goes into a terminal's line and is stored for ever, and its sender chose it."""

MAX_CHOICES = 200
"""Most values of one ``one_of``: a person must read them all, and two such rules are compared value by value."""

ABSENT = "absent"
"""What a check tells of a value that is not there; a string's quotation marks tell it from the text "absent"."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where (a JSON pointer), and a sentence that says what."""

    where: str
    sentence: str


class DocumentInvalid(ValueError):
    """A document breaks its rules. ``problems`` has everything that is wrong, so that it can be mended in one go."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Take all the problems found, at least one."""
        super().__init__("; ".join(f"{problem.where or 'the document'}: {problem.sentence}" for problem in problems))
        self.problems = problems


MAX_UNCOVERED = 100
"""Most values without a rule that are told one by one; how many more there are is told as well. Nobody reads further."""


@dataclass(frozen=True, slots=True)
class Equals:
    """Exactly this JSON value."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one of these JSON values."""

    values: tuple[JsonValue, ...]


@dataclass(frozen=True, slots=True)
class Glob:
    """Text in which each ``*`` is one or more characters other than ``/``; nothing else is special."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value at all."""


Operator = Equals | OneOf | Template | Glob | Anything


@dataclass(frozen=True, slots=True)
class Rule:
    """What one value must be. ``optional`` says that it may also be missing; ``in_words`` is what :meth:`describe` returns."""

    operator: Operator
    optional: bool = False
    in_words: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the rule in words once: every verification tells them."""
        object.__setattr__(self, "in_words", self._phrase() + (", or is absent" if self.optional else ""))

    def accepts(self, value: JsonValue, *, name: NormalizedName, version: Version) -> bool:
        """Say whether the value is what this rule wants, for this package and version.

        JSON types are strict: ``True`` is not ``1`` and ``1`` is not ``"1"``. Templates and globs take text alone.
        """
        match self.operator:
            case Equals(expected):
                return strictly_equal(expected, value)
            case OneOf(values):
                return any(strictly_equal(expected, value) for expected in values)
            case Template() as pattern:
                return type(value) is str and pattern.matches(value, name=name, version=version)
            case Glob(pattern):
                return type(value) is str and template.glob_matches(pattern, value)
            case Anything():
                return True

    def describe(self) -> str:
        """Return one plain ASCII phrase, as in "it equals …", for pages, checks and differences."""
        return self.in_words

    @property
    def is_open(self) -> bool:
        """Say whether the rule binds nothing: ``any``, or a glob without one literal character other than ``/``."""
        match self.operator:
            case Anything():
                return True
            case Glob(pattern):
                return not pattern.strip("*/")
            case _:
                return False

    @property
    def takes_text_only(self) -> bool:
        """Say whether nothing but text can meet the rule."""
        match self.operator:
            case Equals(value):
                return type(value) is str
            case OneOf(values):
                return all(type(value) is str for value in values)
            case Template() | Glob():
                return True
            case Anything():
                return False

    def _phrase(self) -> str:
        match self.operator:
            case Equals(value):
                return f"equals {shown(value)}"
            case OneOf(values):
                return f"is one of {', '.join(shown(value) for value in values)}"
            case Template(text):
                return f"matches {escaped(text)}"
            case Glob(pattern):
                return f"matches {escaped(pattern)}, where * is anything but /"
            case Anything():
                return "is anything"


def parse_rule(value: JsonValue, path: str) -> Rule:
    """Return the rule that the value spells; ``path`` is the JSON pointer at which it stands.

    Trust rules, Expectations 2. Raises DocumentInvalid with every problem of this rule.
    """
    if not isinstance(value, dict):
        raise DocumentInvalid((Problem(path, "A rule is an object with one operator."),))
    found = [key for key in value if key in _OPERATORS]
    problems = [
        Problem(path + pointer.to_text((key,)), "A rule has no such key.")
        for key in value
        if key not in _OPERATORS and key != "optional"
    ]
    if len(found) != 1:
        problems.append(Problem(path, f"A rule has exactly one of {', '.join(_OPERATORS)}."))
    if value.get("optional", True) is not True:
        problems.append(Problem(f"{path}/optional", "optional is true, or left out."))
    operators = list(_read_operators(value, found, path, problems))
    if problems:
        raise DocumentInvalid(tuple(problems))
    return Rule(operators[0], optional="optional" in value)


PointedRules = Mapping[Pointer, tuple[str, Rule]]
"""Rules by the pointers of the values that they cover, each with its pointer's text."""


def by_pointer(rules: Mapping[str, Rule]) -> PointedRules:
    """Return rules under their pointers, whose texts they are under. Raises NotAPointer."""
    return {pointer.parse(text): (text, rule) for text, rule in rules.items()}


def check_parameters(
    rules: PointedRules, parameters: JsonValue, *, name: NormalizedName, version: Version
) -> tuple[Check, ...]:
    """Return one check for each rule and for each uncovered leaf.

    Trust rules, Expectations 2: a rule covers the whole value below its pointer; a missing pointer refuses unless the
    rule is optional; a leaf that no rule covers refuses, so an empty set of rules lets nothing through.
    """
    ruled = [_check_rule(at, where, rule, parameters, name, version) for at, (where, rule) in rules.items()]
    return (*ruled, *_check_coverage(rules.keys(), parameters))


def subsumes(wider: Rule, narrower: Rule) -> bool:
    """Say whether the wider rule surely accepts all that the narrower accepts, for every name and version.

    Sound but not complete: True is a proof, False may only mean that none was found. So a difference between two
    documents may call a harmless change weakening, and never the other way round.
    """
    if narrower.optional and not wider.optional:
        return False
    values = _only_values(narrower.operator)
    if values is not None:
        return all(_surely_accepts(wider.operator, value) for value in values)
    return _surely_covers(wider.operator, narrower.operator)


def strictly_equal(a: JsonValue, b: JsonValue) -> bool:
    """Say whether two JSON values are the same, types included; an InexactNumber is the same as nothing."""
    if type(a) is not type(b) or isinstance(a, InexactNumber):
        return False
    if isinstance(a, str):
        return a == b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(strictly_equal(item, b[key]) for key, item in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(strictly_equal(x, y) for x, y in zip(a, b, strict=True))
    return a == b


def shown(value: JsonValue) -> str:
    """Return a value as compact canonical JSON in ASCII, cut to MAX_SHOWN characters (Trust rules, Expectations 2)."""
    if type(value) is str and len(value) <= MAX_SHOWN - 2 and _is_plain(value):
        return f'"{value}"'
    if isinstance(value, InexactNumber):
        return cut(escaped(value[: MAX_SHOWN + 1]))
    # Canonical JSON has escaped what is special in JSON itself, so a backslash must not be doubled here.
    beginning, _ = _beginning(value, MAX_SHOWN + 1)
    # Of one text alone, json writes what RFC 8785 does.
    one_text = isinstance(beginning, str)
    text = json.dumps(beginning, ensure_ascii=False) if one_text else canonical(beginning).decode("utf-8")
    return cut(text.encode("ascii", "backslashreplace").decode("ascii").replace("\x7f", "\\x7f"))


def _is_plain(text: str) -> bool:
    """Say whether JSON writes the text as it is: most are so."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def escaped(text: str) -> str:
    """Return text with all but printable ASCII as backslash escapes: look-alikes and reordering marks show."""
    return text.encode("unicode_escape").decode("ascii")


def _beginning(value: JsonValue, room: int) -> tuple[JsonValue, int]:
    """Return as much of a value as fills ``room`` characters, and what room is left: its sender chose how large it is."""
    match value:
        case str():
            return value[: max(room, 0)], room - len(value)
        case list():
            items: list[JsonValue] = []
            for item in value:
                if room <= 0:
                    break
                part, room = _beginning(item, room - 1)
                items.append(part)
            return items, room
        case dict():
            members: dict[str, JsonValue] = {}
            # In the order in which it will be written, unless there are more than will be.
            for key in sorted(value) if len(value) <= room else value:
                if room <= 0:
                    break
                members[key[:room]], room = _beginning(value[key], room - 1 - len(key))
            return members, room
        case _:
            return value, room - 1


def cut(text: str) -> str:
    """Return text of at most MAX_SHOWN characters; dots stand for what is left out."""
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def _read_operators(
    value: dict[str, JsonValue], keys: list[str], path: str, problems: list[Problem]
) -> Iterator[Operator]:
    for key in keys:
        try:
            yield _operator(key, value[key])
        except ValueError as error:
            problems.append(Problem(f"{path}/{key}", f"{str(error)[:1].upper()}{str(error)[1:]}."))


def _operator(key: str, value: JsonValue) -> Operator:
    match key, value:
        case "equals", _:
            return Equals(value)
        case "one_of", list() if 0 < len(value) <= MAX_CHOICES:
            return OneOf(tuple(value))
        case "template", str():
            return template.compile(value)
        case "glob", str() if 0 < len(value) <= template.MAX_LENGTH and "**" not in value:
            return Glob(value)
        case "any", True:
            return Anything()
        case _:
            raise ValueError(f"{key} is {_OPERATORS[key]}")


_OPERATORS = {
    "equals": "a JSON value",
    "one_of": f"a list of 1 to {MAX_CHOICES} JSON values",
    "template": "text with {version} or {name} in it",
    "glob": f"text of 1 to {template.MAX_LENGTH} characters; * never crosses a /, and ** means nothing more",
    "any": "only ever true",
}


def _check_rule(
    at: Pointer, where: str, rule: Rule, parameters: JsonValue, name: NormalizedName, version: Version
) -> Check:
    expected = rule.describe()
    try:
        value = pointer.resolve(parameters, at)
    except pointer.PointsNowhere:
        if rule.optional:
            return passed(Step.PARAMETERS, expected, ABSENT, where=where)
        return failed(Step.PARAMETERS, Reason.PARAMETER_MISSING, expected, ABSENT, where=where)
    holds = rule.accepts(value, name=name, version=version)
    return decide(Step.PARAMETERS, Reason.PARAMETER_UNEXPECTED, expected, shown(value), holds=holds, where=where)


def _check_coverage(ruled: Set[Pointer], parameters: JsonValue) -> Iterator[Check]:
    try:
        leaves = pointer.leaves(parameters)
    except pointer.TooManyLeaves as error:
        expected = f"at most {pointer.MAX_LEAVES} values"
        yield failed(Step.PARAMETERS, Reason.PARAMETER_UNCOVERED, expected, str(error))
        return
    # A rule covers what is at its pointer and below: whole tokens count, so that /a does not cover /ab.
    uncovered = [leaf for leaf in leaves if leaf[0] not in ruled and not _is_below(ruled, leaf[0])]
    expected = "a rule that covers it"
    for at, value in uncovered[:MAX_UNCOVERED]:
        where = pointer.abridged(at, MAX_TOLD)
        yield failed(Step.PARAMETERS, Reason.PARAMETER_UNCOVERED, expected, shown(value), where=where)
    if more := uncovered[MAX_UNCOVERED:]:
        yield failed(Step.PARAMETERS, Reason.PARAMETER_UNCOVERED, expected, f"{len(more)} more values without a rule")


def _is_below(ruled: Set[Pointer], at: Pointer) -> bool:
    return any(at[:length] in ruled for length in range(len(at)))


def _surely_accepts(operator: Operator, value: JsonValue) -> bool:
    match operator:
        case Equals(expected):
            return strictly_equal(expected, value)
        case OneOf(values):
            return any(strictly_equal(expected, value) for expected in values)
        case Template(text, _, placeholders):
            # What a placeholder matches depends on the release; only a template without one is the same for all.
            return not placeholders and type(value) is str and value == text
        case Glob(pattern):
            return type(value) is str and template.glob_matches(pattern, value)
        case Anything():
            return True


def _only_values(operator: Operator) -> tuple[JsonValue, ...] | None:
    """Return the values that alone can meet the operator, or None where they cannot be listed."""
    match operator:
        case Equals(value):
            return (value,)
        case OneOf(values):
            return values
        case Template(text, _, ()):
            return (text,)
        case Glob(pattern) if "*" not in pattern:
            return (pattern,)
        case _:
            return None


def _surely_covers(wider: Operator, narrower: Operator) -> bool:
    match wider, narrower:
        case Anything(), _:
            return True
        case Template(), Template():
            return wider == narrower
        case Glob(pattern), Template(_, literals):
            return template.glob_covers(pattern, literals)
        case Glob(pattern), Glob(other):
            return template.glob_covers(pattern, tuple(other.split("*")))
        case _:
            return False
