"""What a page shows of a file's core metadata: read leniently, for it passed the gate, and older rules were others.

https://packaging.python.org/specifications/core-metadata/. Whoever made the file wrote it, so all of it is untrusted text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from packaging.metadata import RawMetadata, parse_email

MOST_KEYWORDS = 1000
"""Of one file. They stand in one field, whose two megabytes have room for a million: a page of those takes four seconds."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the metadata names. ``address`` is http or https; nothing else is a link on a page."""

    label: str
    address: str

    @property
    def host(self) -> str:
        """Whom it leads to, for a reader to judge by."""
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The fields that a page shows. What is absent is empty. ``content_type`` is the description's, as it was written."""

    summary: str
    description: str
    content_type: str
    license: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    classifiers: tuple[str, ...]
    requires_python: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    links: tuple[Link, ...]


def read_core_metadata(content: bytes) -> CoreMetadata:
    """Return what is to be shown of a METADATA or PKG-INFO file. Raises nothing: what cannot be read is absent."""
    raw, _ = parse_email(content)
    return CoreMetadata(
        summary=raw.get("summary", ""),
        description=raw.get("description", ""),
        content_type=raw.get("description_content_type", ""),
        license=_license(raw),
        authors=tuple(_people(raw)),
        keywords=tuple(islice(filter(None, map(str.strip, raw.get("keywords", []))), MOST_KEYWORDS)),
        classifiers=tuple(raw.get("classifiers", [])),
        requires_python=raw.get("requires_python", ""),
        requires=tuple(raw.get("requires_dist", [])),
        extras=tuple(raw.get("provides_extra", [])),
        links=tuple(_links(raw)),
    )


def _license(raw: RawMetadata) -> str:
    """The expression (PEP 639), or what stands in its older field: its first line, for it may be a whole licence."""
    if expression := raw.get("license_expression", ""):
        return expression
    lines = raw.get("license", "").strip().splitlines()
    return lines[0] if lines else ""


def _people(raw: RawMetadata) -> Iterator[str]:
    for who in (raw.get("author"), raw.get("author_email"), raw.get("maintainer"), raw.get("maintainer_email")):
        if who and who.strip():
            yield who.strip()


def _links(raw: RawMetadata) -> Iterator[Link]:
    named = {
        "Homepage": raw.get("home_page", ""),
        **raw.get("project_urls", {}),
        "Download": raw.get("download_url", ""),
    }
    for label, address in named.items():
        if _is_web_address(address.strip()):
            yield Link(label, address.strip())


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
