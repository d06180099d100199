"""RFC 6901, and the walk that lets no leaf go unnoticed (Trust rules, Expectations 2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import pointer
from verification.canonical import JsonValue

TOKENS = st.lists(st.text(alphabet="ab/~01", max_size=4), max_size=5).map(tuple)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3),
    max_leaves=12,
)

RFC_DOCUMENT: JsonValue = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", RFC_DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_rfc_6901(text: str, expected: JsonValue) -> None:
    """RFC 6901, section 5."""
    assert pointer.resolve(RFC_DOCUMENT, pointer.parse(text)) == expected


@pytest.mark.parametrize("text", ["foo", "#/foo", "/a~", "/a~2", "/~~0", "/a~ 1"])
def test_what_is_no_pointer_is_refused(text: str) -> None:
    """RFC 6901, section 3: ~ stands only in ~0 and ~1; a lenient reader would give one place two names."""
    with pytest.raises(pointer.NotAPointer):
        pointer.parse(text)


@pytest.mark.parametrize("token", ["00", "01", "-", "-1", "+1", "1_0", " 0", "2", "\u00b2", "\u0660", "1" * 5000])
def test_a_list_is_indexed_by_plain_numbers_alone(token: str) -> None:
    """RFC 6901, section 4: no leading zeros; "-" is the place after the last, where nothing is."""
    with pytest.raises(pointer.PointsNowhere):
        pointer.resolve(["a", "b"], (token,))


@pytest.mark.parametrize("value", ["text", 5, None, True])
def test_nothing_is_under_a_scalar(value: JsonValue) -> None:
    """The characters of a text are not its children."""
    with pytest.raises(pointer.PointsNowhere):
        pointer.resolve(value, ("0",))


@given(TOKENS)
def test_text_and_tokens_are_one_to_one(tokens: pointer.Pointer) -> None:
    """A place has one spelling, so the keys of a set of rules are distinct places."""
    assert pointer.parse(pointer.to_text(tokens)) == tokens


@given(VALUES)
def test_every_leaf_stands_where_it_says(value: JsonValue) -> None:
    """Each leaf is found again at its pointer, no two have the same, and none has anything under it."""
    found = pointer.leaves(value)
    assert len({at for at, _ in found}) == len(found)
    for at, leaf in found:
        assert pointer.resolve(value, at) is leaf
        assert leaf in ([], {}) or not isinstance(leaf, (list, dict))


@given(VALUES)
def test_the_leaves_are_the_whole_value(value: JsonValue) -> None:
    """Nothing of a value is outside its leaves: with their pointers they say it all."""
    count = sum(1 for _ in pointer.leaves(value))
    assert count == _count(value)


def _count(value: JsonValue) -> int:
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return sum(map(_count, children)) if children else 1


def test_empty_objects_and_lists_are_leaves() -> None:
    """An empty ``inputs`` says something; a walk that skipped it would let it by uncovered."""
    assert pointer.leaves({"a": {}, "b": [[], 1]}) == ((("a",), {}), (("b", "0"), []), (("b", "1"), 1))


def test_leaves_are_capped() -> None:
    """A sender cannot make a verdict of a million lines."""
    at_most: list[JsonValue] = [0] * pointer.MAX_LEAVES
    assert len(pointer.leaves(at_most)) == pointer.MAX_LEAVES
    with pytest.raises(pointer.TooManyLeaves):
        pointer.leaves([*at_most, 0])


@given(st.lists(st.text(max_size=6), max_size=4).map(tuple), st.integers(1, 12))
def test_a_place_is_cut_and_not_another(pointed: pointer.Pointer, length: int) -> None:
    """What is told of a place is the beginning of its pointer, however long the sender's keys are."""
    assert pointer.abridged(pointed, length) == pointer.to_text(pointed)[:length]


def test_covering_goes_by_whole_tokens() -> None:
    """/work does not cover /workflow."""
    assert pointer.covers(("work",), ("work", "flow"))
    assert pointer.covers((), ("work",))
    assert not pointer.covers(("work",), ("workflow",))
    assert not pointer.covers(("work", "flow"), ("work",))
