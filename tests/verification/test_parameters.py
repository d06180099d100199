"""Rules over parameters (Trust rules, Expectations 2): one operator, strict types, and no leaf uncovered."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from verification import pointer
from verification.canonical import InexactNumber, JsonValue, canonical, parse_evidence
from verification.parameters import (
    MAX_CHOICES,
    MAX_SHOWN,
    Anything,
    DocumentInvalid,
    Equals,
    Glob,
    OneOf,
    Rule,
    by_pointer,
    check_parameters,
    parse_rule,
    shown,
    strictly_equal,
    subsumes,
)
from verification.reasons import Reason, Step
from verification.template import compile as compile_template
from verification.verdict import Check, Outcome

NAME = canonicalize_name("widget")
VERSION = Version("1.0")

SCALARS: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "0", "1"])
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)

# Texts, patterns and templates out of few pieces, so that rules often meet.
PIECES = ["a", "/", "v", "1.0", "widget"]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
GLOBS = st.lists(st.sampled_from([*PIECES, "*"]), min_size=1, max_size=4).map("".join)
TEMPLATES = st.builds("{}{}{}".format, TEXTS, st.sampled_from(["", "{version}", "{name}"]), TEXTS)
LEAF_VALUES: st.SearchStrategy[JsonValue] = TEXTS | SCALARS
OPERATORS = st.one_of(
    st.builds(Equals, LEAF_VALUES),
    st.builds(OneOf, st.lists(LEAF_VALUES, min_size=1, max_size=3).map(tuple)),
    st.builds(compile_template, TEMPLATES),
    st.builds(Glob, GLOBS),
    st.builds(Anything),
)
RULES = st.builds(Rule, OPERATORS, st.booleans())


def accepts(rule: Rule, value: JsonValue) -> bool:
    return rule.accepts(value, name=NAME, version=VERSION)


def rule(**members: JsonValue) -> Rule:
    return parse_rule(dict(members), "/rule")


def check(rules: dict[str, Rule], parameters: JsonValue) -> tuple[Check, ...]:
    return check_parameters(by_pointer(rules), parameters, name=NAME, version=VERSION)


def told(checks: tuple[Check, ...]) -> list[tuple[str, Reason | None]]:
    return [(each.where, each.reason) for each in checks]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (True, 1),
        (False, 0),
        (1, "1"),
        (None, False),
        (0, ""),
        ([], {}),
        ([1], [True]),
        ({"a": 0}, {"a": False}),
        ("", None),
    ],
)
def test_types_are_strict(a: JsonValue, b: JsonValue) -> None:
    """Expectations 1: ``True`` is not ``1``, ``1`` is not ``"1"``, however deep inside a value."""
    assert not accepts(Rule(Equals(a)), b)
    assert not accepts(Rule(Equals(b)), a)
    assert not accepts(Rule(OneOf((a,))), b)


@given(VALUES, VALUES)
def test_equal_means_the_same_json(a: JsonValue, b: JsonValue) -> None:
    """Two values are equal exactly when their canonical JSON is, which no mixture of types can make so."""
    assert strictly_equal(a, b) == (shown(a) == shown(b))
    assert strictly_equal(a, a)


@pytest.mark.parametrize("text", ["1.5", "1e3", "9007199254740993"])
def test_an_inexact_number_equals_nothing(text: str) -> None:
    """Expectations 1: what two readers may read as different numbers meets no rule but ``any``."""
    came = parse_evidence(text)
    assert isinstance(came, InexactNumber)
    for each in (rule(equals=text), rule(one_of=[text]), rule(glob="*"), rule(template=text), Rule(Equals(came))):
        assert not accepts(each, came)
        assert not accepts(Rule(Equals({"a": [text]})), {"a": [came]})
    assert accepts(rule(any=True), came)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "/rule"),
        ("x", "/rule"),
        ([], "/rule"),
        ({}, "/rule"),
        ({"optional": True}, "/rule"),
        ({"equals": 1, "any": True}, "/rule"),
        ({"equals": 1, "regex": ".*"}, "/rule/regex"),
        ({"equals": 1, "a/b": 1}, "/rule/a~1b"),
        ({"equals": 1, "optional": False}, "/rule/optional"),
        ({"equals": 1, "optional": 1}, "/rule/optional"),
        ({"any": 1}, "/rule/any"),
        ({"any": False}, "/rule/any"),
        ({"any": "true"}, "/rule/any"),
        ({"one_of": []}, "/rule/one_of"),
        ({"one_of": "ab"}, "/rule/one_of"),
        ({"one_of": list(range(MAX_CHOICES + 1))}, "/rule/one_of"),
        ({"glob": ""}, "/rule/glob"),
        ({"glob": 1}, "/rule/glob"),
        ({"glob": "*" * 2049}, "/rule/glob"),
        ({"template": "{ref}"}, "/rule/template"),
        ({"template": ["v{version}"]}, "/rule/template"),
    ],
)
def test_what_is_no_rule_is_refused(value: JsonValue, where: str) -> None:
    """Expectations 2: a rule has exactly one operator, and nothing beside it but ``optional``."""
    with pytest.raises(DocumentInvalid) as caught:
        parse_rule(value, "/rule")
    assert where in [problem.where for problem in caught.value.problems]


def test_all_problems_of_a_rule_are_told_at_once() -> None:
    """A person mends a rule in one go."""
    with pytest.raises(DocumentInvalid) as caught:
        parse_rule({"glob": "", "any": 0, "optional": 0, "x": 0}, "")
    assert {problem.where for problem in caught.value.problems} == {"", "/glob", "/any", "/optional", "/x"}


@pytest.mark.parametrize(
    ("each", "phrase"),
    [
        (rule(equals="x"), 'equals "x"'),
        (rule(equals={"b": [1, True], "a": None}), 'equals {"a":null,"b":[1,true]}'),
        (rule(one_of=["a", "b"]), 'is one of "a", "b"'),
        (rule(template="refs/tags/v{version}"), "matches refs/tags/v{version}"),
        (rule(glob="a/*"), "matches a/*, where * is anything but /"),
        (rule(any=True), "is anything"),
        (rule(equals="x", optional=True), 'equals "x", or is absent'),
        (rule(equals="r\u0435lease"), 'equals "r\\u0435lease"'),
        (rule(glob="\u202e*"), "matches \\u202e*, where * is anything but /"),
    ],
)
def test_rules_are_told_in_plain_words(each: Rule, phrase: str) -> None:
    """Expectations 2: non-ASCII values are shown escaped, so that whoever agrees sees a look-alike."""
    assert each.describe() == phrase


@given(VALUES | st.text(max_size=400))
def test_what_is_shown_is_short_printable_ascii(value: JsonValue) -> None:
    """A sender's value goes into terminals and pages: no control characters, no reordering marks, no flood."""
    text = shown(value)
    assert len(text) <= MAX_SHOWN
    assert text.isascii()
    assert text.isprintable()


def test_every_rule_must_hold_and_every_leaf_be_covered() -> None:
    """Expectations 2, each way to fail beside one that passes, with its place."""
    rules = {"/workflow": rule(any=True), "/workflow/ref": rule(equals="main"), "/gone": rule(any=True)}
    parameters: JsonValue = {"workflow": {"ref": "dev", "path": "x"}, "inputs": {"a": 1, "b": {}}}
    assert told(check(rules, parameters)) == [
        ("/workflow", None),
        ("/workflow/ref", Reason.PARAMETER_UNEXPECTED),
        ("/gone", Reason.PARAMETER_MISSING),
        ("/inputs/a", Reason.PARAMETER_UNCOVERED),
        ("/inputs/b", Reason.PARAMETER_UNCOVERED),
    ]


def test_a_check_tells_what_was_expected_and_what_came() -> None:
    """A refusal that its sender can act on."""
    (only,) = check({"/ref": rule(template="v{version}")}, {"ref": "v2"})
    assert only == Check(
        Step.PARAMETERS,
        Outcome.FAILED,
        "matches v{version}",
        '"v2"',
        Reason.PARAMETER_UNEXPECTED,
        "/ref",
    )


def test_an_optional_rule_lets_its_value_be_missing_but_not_different() -> None:
    """Expectations 2: a missing pointer refuses unless its rule says ``optional``."""
    rules = {"/a": rule(any=True), "/b": rule(equals=1, optional=True)}
    assert told(check(rules, {"a": 1})) == [("/a", None), ("/b", None)]
    assert told(check(rules, {"a": 1, "b": 2})) == [("/a", None), ("/b", Reason.PARAMETER_UNEXPECTED)]


@pytest.mark.parametrize("parameters", [None, {}, [], "", 0, {"a": 1}])
def test_no_rules_let_nothing_through(parameters: JsonValue) -> None:
    """An empty policy refuses: even no parameters at all are a leaf that nobody covered."""
    assert {each.reason for each in check({}, parameters)} == {Reason.PARAMETER_UNCOVERED}


def test_a_rule_covers_whole_tokens() -> None:
    """A rule on /work says nothing of /workflow."""
    assert ("/workflow", Reason.PARAMETER_UNCOVERED) in told(
        check({"/work": rule(any=True)}, {"work": 1, "workflow": 1})
    )


def test_a_flood_of_leaves_is_one_refusal() -> None:
    """A sender cannot make a verdict of a million lines, not even under a rule that takes anything."""
    flood: JsonValue = {"a": [0] * (pointer.MAX_LEAVES + 1)}
    assert told(check({"/a": rule(any=True)}, flood)) == [("/a", None), ("", Reason.PARAMETER_UNCOVERED)]


def test_covering_goes_by_whole_tokens() -> None:
    """A rule on /work does not cover /workflow."""
    found = check({"/work": rule(any=True)}, {"work": {"flow": 1}, "workflow": 1})
    assert told(found) == [("/work", None), ("/workflow", Reason.PARAMETER_UNCOVERED)]


@given(VALUES)
def test_what_is_shown_of_a_value_is_its_beginning(value: JsonValue) -> None:
    """Only as much is written as is shown; what is not cut is the canonical JSON whole."""
    whole = canonical([value] * 60).decode()
    assert shown([value] * 60) == (whole if len(whole) <= MAX_SHOWN else whole[: MAX_SHOWN - 3] + "...")


POINTERS = st.lists(st.sampled_from(["a", "b", "0"]), max_size=2).map(tuple).map(pointer.to_text)


@given(st.dictionaries(POINTERS, RULES, max_size=3), VALUES)
def test_every_leaf_is_covered_or_reported(rules: dict[str, Rule], parameters: JsonValue) -> None:
    """Expectations 2: every leaf must be covered. No value of a build goes unseen."""
    reported = {each.where for each in check(rules, parameters) if each.reason is Reason.PARAMETER_UNCOVERED}
    for at, _ in pointer.leaves(parameters):
        covered = any(pointer.covers(pointer.parse(text), at) for text in rules)
        assert covered != (pointer.to_text(at) in reported)


@given(RULES, RULES, LEAF_VALUES | VALUES)
@example(Rule(Glob("v*")), Rule(compile_template("v{version}")), "v1.0")
@example(Rule(Glob("*")), Rule(Glob("**")), "aa")
def test_narrowing_a_rule_never_lets_more_in(wider: Rule, narrower: Rule, value: JsonValue) -> None:
    """Narrowing what a rule allows never turns a refusal into an acceptance."""
    if not subsumes(wider, narrower):
        return
    assert not accepts(narrower, value) or accepts(wider, value)
    for parameters in ({"a": value}, {"b": value}):
        before, after = check({"/a": wider}, parameters), check({"/a": narrower}, parameters)
        assert not _passes(after) or _passes(before)


def _passes(checks: tuple[Check, ...]) -> bool:
    return all(each.outcome is Outcome.PASSED for each in checks)


@given(RULES)
def test_a_rule_subsumes_itself_and_any_subsumes_all(each: Rule) -> None:
    """An unchanged rule is never shown as weakening; ``any`` (optional) is the widest of all."""
    assert subsumes(each, each)
    assert subsumes(Rule(Anything(), optional=True), each)


@pytest.mark.parametrize(
    ("wider", "narrower", "expected"),
    [
        (rule(one_of=["a", "b"]), rule(equals="a"), True),
        (rule(equals="a"), rule(one_of=["a", "b"]), False),
        (rule(glob="refs/tags/*"), rule(template="refs/tags/v{version}"), True),
        (rule(glob="refs/tags/v*"), rule(glob="refs/tags/*"), False),
        (rule(glob="refs/*/*"), rule(glob="refs/tags/*"), True),
        (rule(glob="*"), rule(glob="*/*"), False),
        (rule(glob="*"), rule(any=True), False),
        (rule(template="v{version}"), rule(equals="v1.0"), False),
        (rule(template="v{version}"), rule(glob="v*"), False),
        (rule(template="{version}"), rule(template="{name}"), False),
        (rule(equals=1), rule(equals=True), False),
        (rule(equals="a"), rule(equals="a", optional=True), False),
        (rule(equals="a", optional=True), rule(equals="a"), True),
        (rule(equals="a"), rule(template="a"), True),
        (rule(template="a"), rule(glob="a"), True),
        (rule(glob="\ud800"), rule(glob="*"), False),
    ],
)
def test_weakening_is_told_from_tightening(wider: Rule, narrower: Rule, expected: bool) -> None:
    """What a difference between two documents shows as weakening."""
    assert subsumes(wider, narrower) is expected


@pytest.mark.parametrize(
    ("each", "expected"),
    [(rule(any=True), True), (rule(glob="*/*/*"), True), (rule(glob="https://*"), False), (rule(equals=[]), False)],
)
def test_a_glob_of_stars_binds_no_more_than_any(each: Rule, expected: bool) -> None:
    """Where ``any`` is not allowed (Expectations 4), another spelling of it is not either."""
    assert each.is_open is expected


def test_two_stars_in_a_row_are_refused() -> None:
    """Expectations 2: ``*`` never crosses a ``/``; ``**`` would look as if it did, and promise what no build can meet."""
    with pytest.raises(DocumentInvalid):
        parse_rule({"glob": "refs/**"}, "")
