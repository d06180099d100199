"""Changes to JSON that byte mutations rarely reach: whole values, and what is wrapped in base64 within them."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

ChangeBytes = Callable[[bytes], bytes]

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**53, -(2**53), 10**30, 1.5, 1e300),
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "\u202e",
        "é",
        "/",
        "//",
        "@",
        "@refs/",
        "*",
        "**",
        "{version}",
        "~",
        "%",
        "%2F",
        "0",
        "-",
    ),
    *("1.0", "v1.0", "refs/tags/v1.0", "unknown", "push", "self-hosted", "a" * 40, "0" * 40, "9" * 5000, "x" * 3000),
    *("2026-03-01T12:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
    *("https://github.com/example/widget", "git+https://github.com/example/widget@refs/tags/v1.0", "https://["),
    *("widget-1.0.tar.gz", "widget-1.0-py3-none-any.whl"),
    *([], {}, [[]], {"": {}}, [None], {"a": 1}, [{}]),
)

KEYS = ("", "uri", "digest", "sha1", "gitCommit", "name", "id", "equals", "any", "optional", "a/b", "é", "\0", "keyid")

Spot = tuple[Any, Any]
"""A container and the key or index of one value in it."""


def changed_json(data: bytes, random: Random, change_bytes: ChangeBytes) -> bytes:
    """Return JSON with one to three changes; what is not JSON is changed as bytes."""
    try:
        whole = [json.loads(data)]
    except (ValueError, RecursionError):
        return change_bytes(data)
    for _ in range(random.randint(1, 3)):
        spots = list(_spots(whole))
        if not spots:
            break
        _change(random.choice(spots), spots, random, change_bytes)
    text = json.dumps(whole[0], ensure_ascii=random.random() < 0.9) if whole else ""
    return text.encode("utf-8", "surrogatepass")


def _spots(value: Any, depth: int = 0) -> Iterator[Spot]:
    if depth > 60:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield value, key
        yield from _spots(member, depth + 1)


def _change(spot: Spot, spots: list[Spot], random: Random, change_bytes: ChangeBytes) -> None:
    holder, key = spot
    if isinstance(holder[key], str) and random.random() < 0.6:
        holder[key] = _changed_text(holder[key], random, change_bytes)
        return
    match random.randrange(6):
        case 0:
            holder[key] = copy.deepcopy(random.choice(ODD))
        case 1:
            del holder[key]
        case 2:
            other, at = random.choice(spots)
            holder[key] = copy.deepcopy(other[at])
        case 3:
            depth = random.choice((1, 2, 10, 31, 33, 40))
            for _ in range(depth):
                holder[key] = random.choice(([holder[key]], {random.choice(KEYS): holder[key]}))
        case 4 if isinstance(holder, dict):
            holder[random.choice(KEYS)] = holder.pop(key)
        case _:
            _add(holder, key, random)


def _add(holder: Any, key: Any, random: Random) -> None:
    value = copy.deepcopy(holder[key] if random.random() < 0.5 else random.choice(ODD))
    if isinstance(holder, dict):
        holder[random.choice(KEYS)] = value
    else:
        holder[key:key] = [value] * random.choice((1, 1, 2, 17, 300))


def _changed_text(text: str, random: Random, change_bytes: ChangeBytes) -> str:
    try:
        inner = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        inner = b""
    if len(inner) > 20 and random.random() < 0.9:
        inside = changed_json(inner, random, change_bytes) if inner[:1] in (b"{", b"[") else change_bytes(inner)
        return base64.b64encode(inside).decode()
    match random.randrange(4):
        case 0:
            odd = random.choice([odd for odd in ODD if isinstance(odd, str)])
            at = random.randint(0, len(text))
            return text[:at] + odd + text[at:]
        case 1:
            return text.swapcase() if random.random() < 0.5 else text * random.choice((2, 3, 50))
        case 2 if text:
            at = random.randrange(len(text))
            return text[:at] + text[at + random.randint(1, 5) :]
        case _:
            return change_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def changed_bytes(data: bytes, random: Random) -> bytes:
    """Return bytes with one of them changed, taken out or put in: what a fuzzer's own mutations are, without a fuzzer."""
    at = random.randint(0, len(data))
    match random.randrange(3):
        case 0:
            return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + random.randint(1, 8) :]
        case _:
            return data[:at] + random.randbytes(random.randint(1, 8)) + data[at:]
