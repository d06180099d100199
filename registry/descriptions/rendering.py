"""A package's description as HTML that is safe to stand on a page: readme_renderer makes it, and this narrows it further.

What a description may not do here, though readme_renderer lets it: load pictures from elsewhere (its author would learn who
looks at the page, and the content security policy forbids it, so each becomes a link); look like a part of the page
(no classes, ids of its own kind, headings below the page's); lead to addresses of this very site by a relative link.
The last word is the sanitiser's: it cleans what was rewritten once more.
"""

from __future__ import annotations

import io
from email.message import Message
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from readme_renderer import markdown, rst
from readme_renderer.clean import clean

ID_PREFIX = "description-"

_VOID = frozenset({"br", "hr", "col"})
_KEPT = frozenset({"title", "colspan", "rowspan", "start"})
_NO_LANDMARKS = {"nav": "div", "section": "div", "aside": "div", "figure": "div", "figcaption": "p", "picture": "span"}
_HEADINGS = {f"h{level}": f"h{min(level + 2, 6)}" for level in range(1, 7)}
_RENAMED = {**_NO_LANDMARKS, **_HEADINGS}


def render(description: str, content_type: str) -> str | None:
    """Return a description as HTML, by its Description-Content-Type, or None where it is plain text or cannot be rendered.

    It may take any time: :mod:`registry.descriptions.process` bounds it. Raises what the renderers raise.
    """
    rendered = _by_type(description, content_type)
    if rendered is None:
        return None
    rewriter = _Rewriter()
    rewriter.feed(rendered)
    rewriter.close()
    return clean(rewriter.html)


def _by_type(description: str, content_type: str) -> str | None:
    """Return the renderer's HTML, or None where there is none for the type (text/plain) or the text is malformed."""
    media_type, variant = _read(content_type)
    match media_type:
        case "text/markdown":
            return markdown.render(description, variant=variant)
        case "text/x-rst" | "":
            return rst.render(description, stream=io.StringIO())
    return None


def _read(content_type: str) -> tuple[str, str]:
    """Return media type and Markdown variant. An absent type is reStructuredText, an unknown variant GFM."""
    message = Message()
    message["Content-Type"] = " ".join(content_type.split())
    variant = message.get_param("variant", "GFM")
    known = variant if isinstance(variant, str) and variant in markdown.variants else "GFM"
    return message.get_content_type() if content_type.strip() else "", known


class _Rewriter(HTMLParser):
    """Writes sanitised HTML anew, with less in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._links = 0

    @property
    def html(self) -> str:
        """What was written."""
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag anew with the attributes that it may keep."""
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._parts.append(self._picture(given))
        elif tag == "input":
            self._parts.append("[x] " if "checked" in given else "[ ] ")
        else:
            self._links += tag == "a"
            kept = {**{name: given[name] for name in given if name in _KEPT}, **_anchors(given)}
            written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
            self._parts.append(f"<{_RENAMED.get(tag, tag)}{written}>")

    def handle_endtag(self, tag: str) -> None:
        """Write the end of what was begun. A link without a word in it, as renderers put beside headings, falls away."""
        if tag in _VOID:
            return
        self._links -= tag == "a"
        if tag == "a" and self._parts and _is_bare_link(self._parts[-1]):
            self._parts.pop()
        else:
            self._parts.append(f"</{_RENAMED.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        """Write text as text."""
        self._parts.append(escape(data, quote=False))

    def _picture(self, given: dict[str, str]) -> str:
        """A picture's text, which leads to it unless it stands in a link already."""
        told = escape(given.get("alt", "").strip() or "picture")
        source = given.get("src", "")
        if self._links or not _leads_elsewhere(source):
            return told
        return f'<a href="{escape(source)}">{told}</a>'


def _is_bare_link(part: str) -> bool:
    """Say whether a part is the beginning of a link that nothing can lead to."""
    return part.startswith("<a ") and " href=" in part and " id=" not in part


def _anchors(given: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if given.get("id"):
        found["id"] = ID_PREFIX + given["id"]
    address = given.get("href", "")
    if address.startswith("#"):
        found["href"] = f"#{ID_PREFIX}{address[1:]}"
    elif _leads_elsewhere(address):
        found["href"] = address
    return found


def _leads_elsewhere(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "mailto" or (parts.scheme in ("http", "https") and bool(parts.netloc))
