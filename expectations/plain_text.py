"""Somebody's own words as others read them: whatever would hide in them, or turn the words around it, is made visible."""

from __future__ import annotations

LINES = "\n\t"
"""What may stand in words of several lines."""


def plain(words: str) -> str:
    """Return the words with plain spaces for every other kind of space, none around them, and escapes for what does not show.

    What does not show is what :meth:`str.isprintable` says of: control characters, marks that turn the direction of what
    follows, and characters without width.
    """
    return "".join(_visible(character) for character in words.replace("\r\n", "\n").strip())


def _visible(character: str) -> str:
    if character.isprintable() or character in LINES:
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode()
