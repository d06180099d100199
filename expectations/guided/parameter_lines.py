"""Further build parameters as lines of text, ``/pointer = value``: the value is JSON, or the word ``anything``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from verification import pointer
from verification.canonical import JsonRefused, JsonValue, parse_strict

ANYTHING = "anything"
SEPARATOR = " = "

Rules = Mapping[str, JsonValue]


class LineInvalid(ValueError):
    """A line that says no rule; the message says which and why."""


def write_lines(rules: Rules) -> str | None:
    """Return rules by pointer as lines, sorted, or None where one says more than a line can."""
    lines = []
    for where, rule in sorted(rules.items()):
        if not (where.isascii() and where.isprintable()) or SEPARATOR in where or where != where.strip() or not where:
            return None
        match rule:
            case {"equals": value, **rest} if not rest:
                # In ASCII, so that look-alikes show and no line ends within a value.
                lines.append(f"{where}{SEPARATOR}{json.dumps(value)}")
            case {"any": True, **rest} if not rest:
                lines.append(f"{where}{SEPARATOR}{ANYTHING}")
            case _:
                return None
    return "\n".join(lines)


def read_lines(text: str) -> dict[str, JsonValue]:
    """Return the rules that the lines say; empty lines say nothing. Raises LineInvalid."""
    rules: dict[str, JsonValue] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            where, rule = _read_line(line.strip(), number)
            if where in rules:
                raise LineInvalid(f"Line {number}: another line is about {where} already.")
            rules[where] = rule
    return rules


def _read_line(line: str, number: int) -> tuple[str, JsonValue]:
    where, separator, value = line.partition(SEPARATOR)
    if not separator:
        raise LineInvalid(f'Line {number}: write a pointer, “ = ” and a value, such as /inputs/kind = "wheel".')
    try:
        pointer.parse(where)
        return where, {"any": True} if value.strip() == ANYTHING else {"equals": parse_strict(value)}
    except pointer.NotAPointer as error:
        raise LineInvalid(f"Line {number}: this is no pointer: {error}.") from error
    except (JsonRefused, RecursionError) as error:
        raise LineInvalid(f'Line {number}: the value is neither JSON (text stands in "…") nor “{ANYTHING}”.') from error
