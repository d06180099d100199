"""Where the values of JSON stand in its text, so that a part can be kept exactly as it was sent.

Only for text that :func:`verification.canonical.parse_evidence` has read: it is well-formed here, and of bounded depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# Numbers stay text: Python refuses to convert integers of some thousand digits, and nobody asks for them here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)

_BETWEEN = re.compile(r"[ \t\n\r,:]*")


def members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the key and the value's position of each member of the object that stands at ``start``."""
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        yield key, position
        position = _skip(text, end_of(text, position))


def elements(text: str, start: int) -> Iterator[int]:
    """Yield the position of each element of the list that stands at ``start``."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        yield position
        position = _skip(text, end_of(text, position))


def end_of(text: str, start: int) -> int:
    """Return the position after the value that stands at ``start``."""
    _, end = _DECODER.raw_decode(text, start)
    return end


def first(text: str) -> int:
    """Return the position of the only value of a whole text."""
    return _skip(text, 0)


def _skip(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    return found.end() if found else position
