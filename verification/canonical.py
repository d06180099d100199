"""Strict JSON in, canonical JSON (RFC 8785) out, and the SHA-256 that names a document.

Trust rules, "Expectations" 1: no floats, no integer beyond 2^53-1, no lone surrogates, no duplicate keys.
What a library would silently repair (the last of two equal keys wins, NaN) is refused here, because two readers
that repair differently see two different documents under one signature.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import rfc8785

JsonValue = None | bool | int | str | list["JsonValue"] | dict[str, "JsonValue"]
"""What JSON spells. Patterns over it take a text by ``str() as text``: for ``str(text)`` Python looks each time for places
that ``str`` may have named (``__match_args__``), which takes five times as long (0.5 us), and a verification takes eighty so."""

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader takes for the same number (RFC 8785, section 3.2.2.3)."""

MAX_DEPTH = 32
"""Deepest nesting taken. Real provenance has at most 12 levels; unbounded depth exhausts the stack of any reader."""

MAX_MARKS = 30_000
"""Most commas and opening brackets in one text of evidence. Each can begin a value, and a value of two bytes takes a hundred
once it is read: 4 MiB of ``[],`` fill 200 MB. A statement of a thousand subjects has six thousand."""


_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
"""The beginning of every escape that spells a surrogate (RFC 8259, section 7), and of some that spell a pair."""


class InexactNumber(str):
    """A number in evidence that not every reader takes for the same: kept as its digits, equal to no rule's value."""

    __slots__ = ()


class JsonRefused(ValueError):
    """The bytes are not the strict JSON that is asked for; the message says what and where."""


def parse_strict(data: bytes | str) -> JsonValue:
    """Return the value of strict JSON without floats, as our own documents are written.

    Raises JsonRefused for anything that two readers could read differently, and for NUL characters.
    """
    value = _parse(data, _STRICT)
    _refuse_nul(value)
    return value


def parse_evidence(data: bytes | str) -> JsonValue:
    """Return the value of JSON that others have written: as :func:`parse_strict`, but with any number in it.

    Statements may hold fractions and huge numbers (RFC 8785's limits bind only our documents); they come out as
    :class:`InexactNumber`, which can be shown but which no rule's value equals. Raises JsonRefused, also for more values
    than any evidence needs.
    """
    if len(data) > MAX_MARKS:
        _refuse_marks(data)
    return _parse(data, _EVIDENCE)


def canonical(value: JsonValue) -> bytes:
    """Return the RFC 8785 form of a value (UTF-8). Raises JsonRefused for what has none."""
    try:
        # rfc8785 takes four times as long over a verdict, and json writes plain values just as it does.
        return _PLAIN.encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise JsonRefused(f"has no canonical form: {error}") from error


_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def _is_plain(value: JsonValue) -> bool:
    """Say whether a value has nothing in it that json writes otherwise than RFC 8785, or that has no such form.

    json sorts keys by code points and RFC 8785 by UTF-16, which is the same for ASCII; numbers are the same where whole
    and exact (sections 3.2.2.3 and 3.2.3). Texts are escaped alike (3.2.2.2).
    """
    waiting = [value]
    for item in waiting:
        match item:
            case str() | bool() | None:
                pass
            case dict():
                for key in item:
                    if not (isinstance(key, str) and key.isascii()):
                        return False
                waiting.extend(item.values())
            case list():
                waiting.extend(item)
            case int() if abs(item) <= MAX_SAFE_INTEGER:
                pass
            case _:
                return False
    return True


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 lower-case hex digits: the name of a document."""
    return hashlib.sha256(data).hexdigest()


def _parse(data: bytes | str, decoder: json.JSONDecoder) -> JsonValue:
    try:
        if isinstance(data, bytes):
            text = data.decode("utf-8")
        else:
            text = data
            text.encode("utf-8")
        value: JsonValue = decoder.decode(text)
    except RecursionError as error:
        raise JsonRefused("is nested too deeply") from error
    except UnicodeError as error:
        raise JsonRefused("is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise JsonRefused(f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    # What has no more brackets than levels are taken cannot be nested deeper.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(value)
    # Text that is UTF-8 holds no surrogate; the value has one only where an escape has spelled it.
    if _SURROGATE_ESCAPE.search(text):
        _refuse_surrogates(value)
    return value


def _refuse_marks(data: bytes | str) -> None:
    text = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    marks = text.count(b",") + text.count(b"[") + text.count(b"{")
    if marks > MAX_MARKS:
        raise JsonRefused(f"has {marks} commas and brackets, and {MAX_MARKS} are taken")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise JsonRefused(f"has the key {max(counted, key=counted.__getitem__)[:100]!r} twice in one object")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise JsonRefused(f"has the number {text[:40]}; only whole numbers up to 2^53-1 are taken")


def _refuse_constant(text: str) -> NoReturn:
    raise JsonRefused(f"has {text}, which is not JSON")


def _refuse_depth(value: JsonValue) -> None:
    """Go down level by level, in the containers that hold something: there are few, whatever else there is."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for outer in level for item in _items(outer) if item and isinstance(item, (dict, list))]
        if not level:
            return
    raise JsonRefused(f"is nested more than {MAX_DEPTH} deep")


def _items(value: JsonValue) -> Iterable[JsonValue]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _refuse_surrogates(value: JsonValue) -> None:
    match value:
        case str():
            _refuse_surrogates_in(value)
        case list():
            for item in value:
                _refuse_surrogates(item)
        case dict():
            for key, item in value.items():
                _refuse_surrogates_in(key)
                _refuse_surrogates(item)
        case _:
            pass


def _refuse_nul(value: JsonValue) -> None:
    """PostgreSQL's jsonb, by which the database reads our documents, has no way to hold a NUL."""
    match value:
        case str() if "\0" in value:
            raise JsonRefused("has a NUL character")
        case list():
            for item in value:
                _refuse_nul(item)
        case dict():
            for key, item in value.items():
                _refuse_nul(key)
                _refuse_nul(item)
        case _:
            pass


def _refuse_surrogates_in(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise JsonRefused("has a lone surrogate") from error


def _decoder(number: Callable[[str], Any]) -> json.JSONDecoder:
    def whole(text: str) -> Any:
        return int(text) if len(text) <= 17 and abs(int(text)) <= MAX_SAFE_INTEGER else number(text)

    return json.JSONDecoder(
        object_pairs_hook=_without_duplicates, parse_float=number, parse_constant=_refuse_constant, parse_int=whole
    )


_STRICT = _decoder(_refuse_number)
_EVIDENCE = _decoder(InexactNumber)
