"""JSON pointers (RFC 6901): where in a document something stands."""

from __future__ import annotations

from verification.canonical import JsonValue

Pointer = tuple[str, ...]
"""A parsed pointer: its reference tokens, unescaped. ``()`` is the whole document."""

MAX_LEAVES = 1_000
"""Most leaves looked at in one value. Real external parameters have at most some fifty; each leaf can become a line
of the verdict, and a verdict of a million lines would be stored for ever."""

MAX_INDEX_DIGITS = 9
"""Longest array index read. No list that fits an upload is longer, and converting long digits costs quadratic time."""


class NotAPointer(ValueError):
    """The text is not an RFC 6901 pointer."""


class PointsNowhere(LookupError):
    """The pointer is well-formed, but the value has nothing there."""


class TooManyLeaves(ValueError):
    """The value has more leaves than :data:`MAX_LEAVES`."""


def parse(text: str) -> Pointer:
    """Return the tokens of a pointer in RFC 6901's string form (section 3). Raises NotAPointer."""
    if not text:
        return ()
    if not text.startswith("/"):
        raise NotAPointer("a JSON pointer is empty or begins with /")
    return tuple(_unescape(token) for token in text[1:].split("/"))


def to_text(pointer: Pointer) -> str:
    """Return the string form: the one text that :func:`parse` takes for this pointer."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in pointer)


def abridged(pointer: Pointer, length: int) -> str:
    """Return at most ``length`` characters of the string form: its tokens may be somebody else's, and endless."""
    return to_text(tuple(token[:length] for token in pointer[:length]))[:length]


def resolve(value: JsonValue, pointer: Pointer) -> JsonValue:
    """Return what stands at the pointer (RFC 6901, section 4). Raises PointsNowhere."""
    for token in pointer:
        value = _step(value, token)
    return value


def covers(above: Pointer, below: Pointer) -> bool:
    """Say whether ``below`` is at ``above`` or somewhere under it. Whole tokens count: /a does not cover /ab."""
    return below[: len(above)] == above


def leaves(value: JsonValue) -> tuple[tuple[Pointer, JsonValue], ...]:
    """Return every leaf with its pointer, in document order: the scalars, and empty objects and lists.

    Empty ones count because they say something too, and a walk that passed them over would leave them to no rule.
    Raises TooManyLeaves.
    """
    found: list[tuple[Pointer, JsonValue]] = []
    _gather(value, (), found)
    return tuple(found)


def _unescape(token: str) -> str:
    # "~" is only ever the first half of ~0 or ~1; anything else would be one more spelling of the same pointer.
    if any(not part.startswith(("0", "1")) for part in token.split("~")[1:]):
        raise NotAPointer("in a JSON pointer, ~ is followed by 0 or 1")
    return token.replace("~1", "/").replace("~0", "~")


def _step(value: JsonValue, token: str) -> JsonValue:
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and _is_index(token) and int(token) < len(value):
        return value[int(token)]
    raise PointsNowhere(token)


def _is_index(token: str) -> bool:
    digits = token.isascii() and token.isdigit() and len(token) <= MAX_INDEX_DIGITS
    return digits and (len(token) == 1 or not token.startswith("0"))


def _gather(value: JsonValue, at: Pointer, found: list[tuple[Pointer, JsonValue]]) -> None:
    match value:
        case dict() if value:
            for key, item in value.items():
                _gather(item, (*at, key), found)
        case list() if value:
            for index, item in enumerate(value):
                _gather(item, (*at, str(index)), found)
        case _ if len(found) < MAX_LEAVES:
            found.append((at, value))
        case _:
            raise TooManyLeaves(f"more than {MAX_LEAVES} values")
