"""Where the values of JSON stand in its text, so that a part can be kept exactly as it was sent.

Only for text that :func:`verification.canonical.parse_evidence` has read: it is well-formed here, and of bounded depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# Numbers stay text: Python refuses to convert integers of some thousand digits, and nobody asks for them here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)

_WHITE = b" \t\n\r"

_BETWEEN = re.compile(r"[ \t\n\r,:]*")


def members(text: str, start: int) -> Iterator[tuple[str, slice]]:
    """Yield the key and the value's place of each member of the object that begins at ``start``."""
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        place = _place(text, _skip(text, position))
        yield key, place
        position = _skip(text, place.stop)


def elements(text: str, start: int) -> Iterator[slice]:
    """Yield the place of each element of the list that begins at ``start``."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        place = _place(text, position)
        yield place
        position = _skip(text, place.stop)


def only_element(data: bytes) -> bytes:
    """Return the only element of a list that is a whole text, without reading it again."""
    return data.strip(_WHITE)[1:-1].strip(_WHITE)


def _place(text: str, start: int) -> slice:
    _, end = _DECODER.raw_decode(text, start)
    return slice(start, end)


def first(text: str) -> int:
    """Return the position of the only value of a whole text."""
    return _skip(text, 0)


def _skip(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    return found.end() if found else position
