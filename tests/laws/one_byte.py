"""Evidence with one byte changed: of what its base64 carries, or of its JSON as it travels."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CARRIES_BYTES = frozenset(
    {
        *("payload", "sig", "statement", "signature", "certificate", "rawBytes", "keyId", "hashes", "rootHash"),
        *("signedEntryTimestamp", "canonicalizedBody", "signedTimestamp"),
    }
)
"""The members of evidence whose texts are base64; of every other text its own bytes are changed."""


@dataclass(frozen=True)
class Place:
    """A text within evidence: the keys that lead to it, and the bytes that it carries."""

    path: tuple[str | int, ...]
    content: bytes
    encoded: bool

    @property
    def name(self) -> str:
        """Where it is, for a failure to tell."""
        return "/".join(map(str, self.path))


def places(field: bytes) -> list[Place]:
    """Return every text of the evidence in a field, empty ones left out."""
    return [place for place in _places(json.loads(field), ()) if place.content]


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[Place]:
    match value:
        case dict():
            for key, member in value.items():
                yield from _places(member, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _places(item, (*path, index))
        case str():
            encoded = any(key in CARRIES_BYTES for key in path[-2:])
            content = base64.b64decode(value.replace("-", "+").replace("_", "/")) if encoded else value.encode()
            yield Place(path, content, encoded)


def with_byte(field: bytes, place: Place, at: int, mask: int) -> bytes:
    """Return the field with one byte of a text changed by an exclusive or; ``mask`` is 1 to 255."""
    content = bytearray(place.content)
    content[at] ^= mask
    value = json.loads(field)
    holder = value
    for key in place.path[:-1]:
        holder = holder[key]
    holder[place.path[-1]] = _written(bytes(content), place, holder[place.path[-1]])
    return json.dumps(value).encode()


def _written(content: bytes, place: Place, before: str) -> str:
    if not place.encoded:
        return content.decode("utf-8", "replace")
    url_safe = "-" in before or "_" in before
    return (base64.urlsafe_b64encode if url_safe else base64.b64encode)(content).decode()


def raw_byte(field: bytes, at: int, mask: int) -> bytes:
    """Return the field with one byte of its JSON changed."""
    changed = bytearray(copy.copy(field))
    changed[at] ^= mask
    return bytes(changed)
