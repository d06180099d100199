"""One line of a downloaded audit log: a leaf with its number and hash, and the texts that it names by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from verification.canonical import JsonRefused, JsonValue, parse_evidence

MAX_LINE = 4 * 1024 * 1024
"""Longest line that is read, in characters: roots of trust are the longest text that a leaf names."""


class LineUnreadable(ValueError):
    """The line is not of the form that :func:`Line.written` writes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A leaf as the log holds it. ``shows`` has, by name, the texts whose SHA-256 it names.

    They are ``assertion`` (decisions and closings by key), ``preimage`` (proposals), ``document`` (first versions and
    closings), and ``roots`` and ``policy`` (the bootstrap).
    """

    index: int
    leaf: str
    leaf_hash: str
    shows: Mapping[str, str]

    def written(self) -> str:
        """Return the line as JSON, without a line break."""
        members = {"index": self.index, "leaf": self.leaf, "leaf_hash": self.leaf_hash, "shows": dict(self.shows)}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def parse_line(text: str) -> Line:
    """Return the line. Raises LineUnreadable."""
    if len(text) > MAX_LINE:
        raise LineUnreadable("longer than any line of a log")
    try:
        members = parse_evidence(text)
    except JsonRefused as error:
        raise LineUnreadable(str(error)) from error
    if isinstance(members, dict):
        index, leaf, leaf_hash = (members.get(name) for name in ("index", "leaf", "leaf_hash"))
        if type(index) is int and isinstance(leaf, str) and isinstance(leaf_hash, str):
            return Line(index, leaf, leaf_hash, _texts(members.get("shows", {})))
    raise LineUnreadable("index, leaf or leaf_hash is missing")


def _texts(value: JsonValue) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise LineUnreadable("shows is not an object")
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    if len(texts) != len(value):
        raise LineUnreadable("shows has something that is no text")
    return texts
