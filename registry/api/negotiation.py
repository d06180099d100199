"""One resource in several forms: which one is wanted, and whether the one that the client has is still the one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

REVALIDATE = "max-age=0, must-revalidate"
"""What can change is asked for again each time; an unchanged ETag costs no body."""

MAX_KEPT = 64
"""Headers that are kept as read: the few clients that there are always send the same."""

LONGEST_KEPT = 512
"""Characters of the longest header that is kept; a browser's has two hundred. One may come as a hundred lines of 8 KB, which
gunicorn joins, and takes twenty times its length once it is read."""

QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)

Ranges = tuple[tuple[str, float], ...]

Response = TypeVar("Response", bound=HttpResponseBase)


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type to answer in, by the quality that an Accept header gives each, or None where it takes none.

    Among equals, and where the client says nothing, the first offered. RFC 9110, 12.5.1: the most specific range
    that covers a type decides, so that ``q=0`` excludes it. (Django's own choice passes over ``q=0``, and fails on
    parameters in an unknown charset.)
    """
    ranges = _ranges(accept) or (("*/*", 1.0),)
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    return best if _quality(best, ranges) > 0 else None


def _ranges(accept: str) -> Ranges:
    """Return each media range with its quality. Parameters other than it are not looked at; nor is an unreadable one."""
    return _kept_ranges(accept) if len(accept) <= LONGEST_KEPT else tuple(_read_ranges(accept))


@lru_cache(maxsize=MAX_KEPT)
def _kept_ranges(accept: str) -> Ranges:
    return tuple(_read_ranges(accept))


def _read_ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, map(str.strip, accept.lower().split(","))):
        media_range, *parameters = (text.strip() for text in part.split(";"))
        said = [text.partition("=")[2].strip() for text in parameters if text.partition("=")[0].strip() == "q"]
        yield media_range, float(said[0]) if said and QUALITY.fullmatch(said[0]) else 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    for covering in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for media_range, quality in ranges if media_range == covering]
        if found:
            return max(found)
    return 0.0


def negotiated(response: Response) -> Response:
    """Return the response marked as one of several forms, for caches on the way: also a refusal or a redirect is."""
    patch_vary_headers(response, ["Accept"])
    return response


def takes_gzip(accept_encoding: str) -> bool:
    """Say whether an Accept-Encoding header asks for gzip (RFC 9110, 12.5.3). Without one the bytes are sent as they are."""
    ranges = _ranges(accept_encoding)
    named = [quality for coding, quality in ranges if coding in ("gzip", "x-gzip")]
    return max(named or [quality for coding, quality in ranges if coding == "*"], default=0.0) > 0


def with_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response with an ETag of its content and type, or 304 where the client has it already."""
    seen = hashlib.sha256(response.headers["Content-Type"].encode() + b"\n" + response.content)
    return revalidated(request, response, seen.hexdigest())


def revalidated(request: HttpRequest, response: HttpResponse, tag: str) -> HttpResponse:
    """Return the response under a strong ETag, or 304 where the client has it already. The tag is plain ASCII."""
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Cache-Control"] = REVALIDATE
    return unless_known(request, response)


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response, or 304 where the client has it already, by the response's ETag."""
    conditional = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    assert isinstance(conditional, HttpResponse)
    return conditional
