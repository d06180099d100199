"""Reading our own documents strictly: everything that is wrong with one is told at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from verification import pointer
from verification.canonical import JsonRefused, JsonValue, canonical, parse_strict
from verification.parameters import DocumentInvalid, Problem

MAX_ITEMS = 200
"""Most items in any list, unless its document says otherwise: a person has to read them all."""

MAX_NAME = 64
"""Longest name of a recipe or of an entry of the roots: it stands in one line of a page."""

MAX_TEXT = 2_048
"""Longest issuer, URI or specifier; the same as templates and globs take."""

_Read = TypeVar("_Read")
_Word = TypeVar("_Word", bound=StrEnum)


def read_strictly(data: bytes | JsonValue, *, max_bytes: int) -> tuple[JsonValue, bytes]:
    """Return a document's value and its canonical bytes; bytes need not be canonical, but must be strict JSON.

    Raises DocumentInvalid.
    """
    try:
        if isinstance(data, bytes):
            named = canonical(parse_strict(_capped(data, max_bytes)))
        else:
            named = _capped(canonical(data), max_bytes)
        # Read from the very bytes that the digest names: a value from a laxer reader of JSON is held to the same rules,
        # and the order of a verdict's checks depends on nothing else.
        return parse_strict(named), named
    except JsonRefused as error:
        raise DocumentInvalid((Problem("", f"The document {error}."),)) from error
    except RecursionError as error:
        raise DocumentInvalid((Problem("", "The document is nested too deeply."),)) from error


def _capped(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise JsonRefused(f"has more than {max_bytes} bytes")
    return data


class DocumentReader:
    """Reads the parts of a document and gathers what is wrong with them.

    Each method takes a value and its place, and returns what it says or, having noted a problem, something harmless.
    """

    reserved: frozenset[str] = frozenset()
    """Keys that the schema keeps for later."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _object(
        self, value: JsonValue, where: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, JsonValue]:
        if not isinstance(value, dict):
            self._problem(where, f"This is an object with the keys {', '.join(required)}.")
            return {}
        for key in required:
            if key not in value:
                self._problem(where, f"The key {key} is missing.")
        for key in value:
            if key not in (*required, *optional):
                unsupported = key in self.reserved
                sentence = f"{key} is not yet supported." if unsupported else "There is no such key here."
                self._problem(where + pointer.to_text((key,)), sentence)
        return value

    def _at(
        self,
        found: Mapping[str, JsonValue],
        key: str,
        where: str,
        read: Callable[[JsonValue, str], _Read],
        default: _Read,
    ) -> _Read:
        return read(found[key], f"{where}/{key}") if key in found else default

    def _list(self, value: JsonValue, where: str) -> list[JsonValue]:
        if isinstance(value, list) and 0 < len(value) <= MAX_ITEMS:
            return value
        self._problem(where, f"This is a list of 1 to {MAX_ITEMS} items.")
        return []

    def _distinct_list(self, value: JsonValue, where: str) -> list[JsonValue]:
        items = self._list(value, where)
        for index, item in enumerate(items):
            if item in items[:index]:
                self._problem(f"{where}/{index}", "This stands in the list already.")
        return items

    def _text(self, value: JsonValue, where: str) -> str:
        if isinstance(value, str) and 0 < len(value) <= MAX_TEXT:
            return value
        self._problem(where, f"This is text of 1 to {MAX_TEXT} characters.")
        return ""

    def _name(self, value: JsonValue, where: str) -> str:
        text = self._text(value, where)
        if len(text) > MAX_NAME or not text.isprintable() or text != text.strip():
            self._problem(where, f"A name has at most {MAX_NAME} printable characters, and no space around it.")
        return text

    def _level(self, value: JsonValue, where: str) -> int:
        if type(value) is int and 1 <= value <= 3:
            return value
        self._problem(where, "A SLSA build level is 1, 2 or 3.")
        return 1

    def _uri(self, value: JsonValue, where: str) -> str:
        text = self._text(value, where)
        if text and (":" not in text or not text.isascii() or not text.isprintable() or " " in text):
            self._problem(where, "This is not a URI.")
        return text

    def _word(self, words: type[_Word], value: JsonValue, where: str) -> _Word | None:
        if isinstance(value, str) and value in list(words):
            return words(value)
        self._problem(where, f"This is one of {', '.join(words)}.")
        return None

    def _problem(self, where: str, sentence: str) -> None:
        self.problems.append(Problem(where, sentence))
