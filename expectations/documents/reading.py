"""Reading small documents strictly: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from verification.canonical import JsonValue, parse_strict
from verification.parameters import DocumentInvalid, Problem

Rule = tuple[Callable[[JsonValue], bool], str]
"""Whether a member's value will do, and the sentence for one that will not."""


def read_members(
    content: bytes | str | JsonValue, rules: Mapping[str, Rule], *, optional: Collection[str] = ()
) -> dict[str, JsonValue]:
    """Return the members of a document that has exactly these, each as its rule wants it.

    ``content`` is JSON text, or its value; the ``optional`` members may be left out. Raises DocumentInvalid with
    everything that is wrong.
    """
    document = _parsed(content)
    problems = [Problem(f"/{name}", "is unknown here") for name in sorted(document.keys() - rules.keys())]
    for name, (holds, wanted) in rules.items():
        if name not in document:
            if name in optional:
                continue
            problems.append(Problem(f"/{name}", "is missing"))
        elif not holds(document[name]):
            problems.append(Problem(f"/{name}", wanted))
    if problems:
        raise DocumentInvalid(tuple(problems))
    return document


def _parsed(content: bytes | str | JsonValue) -> dict[str, JsonValue]:
    try:
        document = parse_strict(content) if isinstance(content, bytes | str) else content
    except ValueError as error:
        raise DocumentInvalid((Problem("", str(error)),)) from error
    if not isinstance(document, dict):
        raise DocumentInvalid((Problem("", "is not a JSON object"),))
    return document


def is_schema_1(value: object) -> bool:
    """Say whether a value is the number 1, which True is not."""
    return type(value) is int and value == 1


SCHEMA: Rule = (is_schema_1, "is 1")
