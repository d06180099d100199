"""Documents after small changes anywhere in them: what is nearly right finds what two readers read differently."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from verification.canonical import JsonValue

_SCALARS: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, 4, -1, 65, "", " ", "*", "**", "/", "/**", "a/**", "a:b", "a b:c", ":", "~"),
    *("/~2", "x" * 64, "x" * 65, "x" * 2049, "é", "1.0", "===1", ">=1+local", "final", "own-identity", "v{x}"),
    *("2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "a" * 40, "A" * 40, "a" * 64),
]
_PARTS: list[Any] = [
    *([], {}, [""], ["a"], ["a", "a"], [1], [["a"]], {"": 1}, {"a": {}}, {"equals": None}, {"any": True}),
    *({"any": False}, {"equals": "x"}, {"equals": 1, "any": True}, {"glob": "*"}, {"glob": "**"}, {"one_of": []}),
    *({"one_of": ["a", 1]}, {"template": "{version}"}, {"equals": "x", "optional": True}, {"key": "operator"}),
    *({"keys": ["operator"]}, {"keys": []}, {"key": "operator", "keys": ["operator"]}, {"runs": ["1"]}, {"pem": ""}),
]
_VALUES: st.SearchStrategy[JsonValue] = st.sampled_from(_SCALARS + _PARTS)
_KEYS = st.sampled_from(
    [
        *("schema", "name", "denied", "valid_from", "distrusted_from", "optional", "any", "key", "keys", "identity"),
        *("versions", "stages", "release", "pae", "keyid", "runs", "commits", "identity_ref", "issuer", "maximum_age"),
        *("", "a", "/c", "c/", "/~", "/a/b", "x" * 65),
    ]
)


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any]) -> JsonValue:
    """Return the document after one or two changes, each somewhere in it, but not within a trusted root."""
    made: JsonValue = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        made = _changed(draw, made)
    return made


def _changed(draw: st.DrawFn, value: JsonValue) -> JsonValue:
    if not draw(st.integers(0, 29)):
        return draw(_VALUES)
    match value:
        case dict() if value:
            return _changed_object(draw, value)
        case list() if value:
            return _changed_list(draw, value)
        case _:
            return draw(_VALUES)


def _changed_object(draw: st.DrawFn, value: dict[str, JsonValue]) -> JsonValue:
    key = draw(st.sampled_from(sorted(value)))
    match draw(st.sampled_from(["below"] * 7 + ["drop", "add", "rename"])):
        case "below":
            return {**value, key: value[key] if key == "trusted_root" else _changed(draw, value[key])}
        case "drop":
            return {name: item for name, item in value.items() if name != key}
        case "add":
            return {**value, draw(_KEYS): draw(_VALUES)}
        case _:
            return {draw(_KEYS) if name == key else name: item for name, item in value.items()}


def _changed_list(draw: st.DrawFn, value: list[JsonValue]) -> JsonValue:
    at = draw(st.integers(0, len(value) - 1))
    match draw(st.sampled_from(["below"] * 7 + ["drop", "again", "more"])):
        case "below":
            return [*value[:at], _changed(draw, value[at]), *value[at + 1 :]]
        case "drop":
            return [*value[:at], *value[at + 1 :]]
        case "again":
            return [*value, value[at]]
        case _:
            return [*value, draw(_VALUES)]
