"""Patterns over text, without regular expressions: templates such as ``refs/tags/v{version}``, and globs.

Trust rules, Expectations 2 and 3. A template says "the tag of this very version": a build of tag v1.0 is no proof for
2.0. A glob says no more than which part of a text may be anything.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import StrEnum

from packaging.utils import NormalizedName
from packaging.version import Version

MAX_LENGTH = 2_048
"""Longest template or glob, and longest text held against one. Refs and URIs that real builders write have a few
hundred characters; the work grows with length, so a sender must not choose it."""

MAX_SPELLING = 256
"""Longest spelling of one version. Longer ones only pad with zeros, and cost quadratic time to read."""

_TAGS = "refs/tags/"

_SEPARATORS = ("-", "_", ".")

_IN_VERSIONS = frozenset(string.ascii_letters + string.digits + "-_.!+")

_STAND_IN = "\ud800"
"""A lone surrogate, which no document can hold: "one or more unknown characters" where two patterns are compared."""


class TemplateInvalid(ValueError):
    """The text is not a template; the message says why."""


class Placeholder(StrEnum):
    """What a template can stand for. Closed, as documents are kept for ever."""

    NAME = "{name}"
    VERSION = "{version}"


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal, placeholder, literal, … beginning and ending with a (perhaps empty) literal."""

    text: str
    literals: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]

    def matches(self, text: str, *, name: NormalizedName, version: Version) -> bool:
        """Say whether the text is this template filled in for the package's name and the artifact's version.

        ``{version}`` takes any spelling under PEP 440 but never a local part, so nothing matches an artifact whose
        version has one; ``{name}`` takes any spelling that normalises to the name.
        """
        first, last = self.literals[0], self.literals[-1]
        if not self.placeholders:
            return text == first
        if not _wrapped(text, first, last):
            return False
        middle = text[len(first) : len(text) - len(last)]
        return all(
            _spells_name(text, name) if placeholder is Placeholder.NAME else _spells_version(text, version)
            for placeholder, text in zip(self.placeholders, self._parted(middle, name), strict=True)
        )

    def render_example(self, *, name: NormalizedName, version: Version) -> str:
        """Return the template filled in with the normal spellings, for a page that shows what would match."""
        text = self.text.replace(Placeholder.NAME, name)
        return text.replace(Placeholder.VERSION, version.public)

    def _parted(self, middle: str, name: NormalizedName) -> tuple[str, ...]:
        """Return what stands in the placeholders' places. There is one way at most: a spelling of the name has one end."""
        if len(self.placeholders) == 1:
            return (middle,)
        separator = self.literals[1]
        match self.placeholders:
            case (Placeholder.NAME, _):
                end = _name_length(middle, name)
                fits = middle.startswith(separator, end)
                return (middle[:end], middle[end + len(separator) :]) if fits else ("", "")
            case (_, Placeholder.NAME):
                start = len(middle) - _name_length(middle[::-1], name[::-1])
                fits = middle.endswith(separator, 0, start)
                return (middle[: start - len(separator)], middle[start:]) if fits else ("", "")
            case _:
                before, _, after = middle.partition(separator)
                return before, after


def compile(text: str) -> Template:  # noqa: A001  (template.compile, as in re.compile)
    """Return the template that the text spells. Raises TemplateInvalid.

    At most two placeholders with literal text between them, so that matching has no cases that nobody can predict;
    braces stand nowhere else.
    """
    if not text or len(text) > MAX_LENGTH:
        raise TemplateInvalid(f"a template has 1 to {MAX_LENGTH} characters")
    head, *rest = text.split("{")
    literals, placeholders = [head], []
    for part in rest:
        word, closing, literal = part.partition("}")
        placeholders.append(_placeholder("{" + word + closing))
        literals.append(literal)
    _refuse_odd(literals)
    _refuse_unclear(literals, placeholders)
    return Template(text, tuple(literals), tuple(placeholders))


def derive_version_template(ref: str, version: Version) -> str | None:
    """Return the template of a tag that ends in the version's spelling, or None where the ref must be pinned as it is.

    Trust rules, First use: what stands before the longest such spelling is kept as it is, and must be nothing, or end
    in a ``v`` that stands alone or in a character that is neither a letter, a digit nor ``.``; else ``release-2.1.2``
    would pass for the tag of 1.2, and ``rev12`` for that of 12.
    """
    if not ref.startswith(_TAGS) or len(ref) > MAX_LENGTH:
        return None
    tag = ref.removeprefix(_TAGS)
    starts = range(max(0, len(tag) - MAX_SPELLING), len(tag))
    start = next((start for start in starts if _spells_version(tag[start:], version)), None)
    if start is None:
        return None
    prefix = tag[:start]
    derived = f"{_TAGS}{prefix}{Placeholder.VERSION}"
    if not _ends_apart(prefix) or "{" in prefix or "}" in prefix or len(derived) > MAX_LENGTH:
        return None
    return derived


def glob_matches(pattern: str, text: str) -> bool:
    """Say whether the text matches the glob: each ``*`` is one or more characters other than ``/``.

    Takes time linear in both, however they were chosen.
    """
    if len(text) > MAX_LENGTH or not text.startswith(pattern.partition("*")[0]):
        return False
    # As * never matches /, both have the same number of them, and each stretch between can be matched by itself.
    patterns, stretches = pattern.split("/"), text.split("/")
    if len(patterns) != len(stretches):
        return False
    # Most parts of a pattern are plain, and each matches itself.
    differ = [pair for pair in zip(patterns, stretches, strict=True) if pair[0] != pair[1]]
    return all(_stretch_matches(part, stretch) for part, stretch in differ)


def glob_covers(pattern: str, literals: tuple[str, ...]) -> bool:
    """Say whether a glob surely matches every text that has these literals and, between them, anything but ``/``.

    The unknown stretches become one character that no literal has, so only a ``*`` of the glob can take them. Each
    stretch is one character or more and ``*`` takes one or more, so whatever stands there instead matches too.
    """
    if any(_STAND_IN in part for part in (pattern, *literals)):
        return False
    return glob_matches(pattern, _STAND_IN.join(literals))


def _placeholder(text: str) -> Placeholder:
    try:
        return Placeholder(text)
    except ValueError:
        raise TemplateInvalid("a template knows {version} and {name}, and has braces for nothing else") from None


def _refuse_odd(literals: list[str]) -> None:
    if any("}" in literal for literal in literals):
        raise TemplateInvalid("a template has a closing brace without its opening one")
    if len(literals) > 3:
        raise TemplateInvalid("a template has at most two placeholders")
    if len(literals) == 3 and not literals[1]:
        raise TemplateInvalid("a template has literal text between its placeholders")


def _refuse_unclear(literals: list[str], placeholders: list[Placeholder]) -> None:
    """What stands between two versions has to end the first: ``1.1.1`` has many ways to be two versions with a dot between."""
    if placeholders == [Placeholder.VERSION] * 2 and _IN_VERSIONS.issuperset(literals[1]):
        raise TemplateInvalid("a template has a character between two versions that no version has, such as /")


def _wrapped(text: str, first: str, last: str) -> bool:
    room = len(first) + len(last) <= len(text) <= MAX_LENGTH
    return room and text.startswith(first) and text.endswith(last)


def _spells_version(text: str, version: Version) -> bool:
    # packaging strips white space and takes a leading v; here the one is refused and the other is the literal's part.
    if not text.isascii() or not text[:1].isdigit() or not text[-1:].isalnum() or len(text) > MAX_SPELLING:
        return False
    try:
        spelled = Version(text)
    except ValueError:
        return False
    return spelled.local is None and spelled == version


def _spells_name(text: str, name: NormalizedName) -> bool:
    return bool(text) and _name_length(text, name) == len(text)


def _name_length(text: str, name: str) -> int:
    """Return the length of the spelling of a normalised name with which the text begins, or 0 where it begins with none.

    PEP 503: case does not count, and each ``-`` is any run of ``-``, ``_`` and ``.``.
    """
    at = 0
    for character in name:
        start = at
        if character == "-":
            while text[at : at + 1] in _SEPARATORS:
                at += 1
        elif character.isalnum() and text[at : at + 1].lower() == character and text[at].isascii():
            at += 1
        if at == start:
            return 0
    return at


def _ends_apart(prefix: str) -> bool:
    before = prefix.removesuffix("v")
    return not before or not (before[-1].isalnum() or before[-1] == ".")


def _stretch_matches(pattern: str, text: str) -> bool:
    if pattern == "*":
        return bool(text)
    first, *between = pattern.split("*")
    if not between:
        return text == first
    last = between.pop()
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in between:
        # The leftmost place is as good as any: what follows then has the most room.
        found = text.find(piece, at + 1)
        if found < 0:
            return False
        at = found + len(piece)
    return text.endswith(last) and at + 1 + len(last) <= len(text)
