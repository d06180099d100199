"""Strict JSON: what two readers could read differently is refused, wherever in the document it stands."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from verification.canonical import MAX_DEPTH, MAX_SAFE_INTEGER, InexactNumber, JsonRefused, canonical, parse_evidence


def nested(levels: int, inner: str, form: str) -> str:
    """Return JSON with the inner value that many containers deep."""
    for _ in range(levels):
        inner = form % inner
    return inner


@pytest.mark.parametrize("form", ["[%s]", '{"a":%s}', '[1,{},"x",%s]', '{"b":[],"a":%s}'])
def test_depth_is_counted_in_containers(form: str) -> None:
    """Threat: bombs of depth. What stands 32 containers deep is taken, whatever stands beside the way down."""
    assert parse_evidence(nested(MAX_DEPTH, "1", form))
    assert parse_evidence(nested(MAX_DEPTH, "[]", form))
    for inner in ("1", "[]", '"x"'):
        with pytest.raises(JsonRefused, match="nested"):
            parse_evidence(nested(MAX_DEPTH + 1, inner, form))


@pytest.mark.parametrize("escape", ["\\ud800", "\\uDFFF", "\\uDc00\\ud800", "x\\udBFFx"])
def test_a_lone_surrogate_is_refused_wherever_it_stands(escape: str) -> None:
    """Expectations 1: a text without UTF-8 would be another one for every reader."""
    for text in (f'"{escape}"', f'[[{{"a":["{escape}"]}}]]', f'{{"a":{{"{escape}":1}}}}'):
        with pytest.raises(JsonRefused, match="lone surrogate"):
            parse_evidence(text)


def test_escapes_that_are_sound_are_taken() -> None:
    """A pair is one character, and a backslash that is itself escaped begins no escape."""
    assert parse_evidence('["\\ud83d\\ude00", "\\\\ud800", "\\u00e9"]') == ["\N{GRINNING FACE}", "\\ud800", "\u00e9"]


def test_a_key_that_stands_twice_is_named() -> None:
    """Threat: duplicate keys, also where one of them is spelled with an escape."""
    with pytest.raises(JsonRefused, match="'b' twice"):
        parse_evidence('{"a":1,"b":{"b":1},"\\u0062":2,"c":3}')


TEXTS = st.text(st.characters(codec="utf-8")) | st.text('\x00\x1f"\\/\b\f\n\r\t\x7f\x80\u2028\ue000\uffff\U00010000z')
NUMBERS = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | TEXTS.map(InexactNumber),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
@example({"\U00010000": 1, "\uffff": 2, "z": {"\x7f": MAX_SAFE_INTEGER, '"\x00\u2028': -MAX_SAFE_INTEGER}})
def test_what_is_written_the_quick_way_is_the_canonical_form(value: object) -> None:
    """RFC 8785: a document has one form, whichever of two writers wrote it."""
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # the strategy's values have no type


@pytest.mark.parametrize(
    "value", [MAX_SAFE_INTEGER + 1, -MAX_SAFE_INTEGER - 1, float("nan"), "\ud800", {1: 2}, {"a": [{"\ud800": 1}]}]
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """RFC 8785, section 3.2.2: no number that readers round, no text without UTF-8, no key that is not a text."""
    with pytest.raises(JsonRefused, match="no canonical form"):
        canonical([value])  # type: ignore[list-item]  # what is no JSON is the point
