"""Hostile requests to every address: no 5xx, whatever stands in path, query or headers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.conftest import HOSTILE
from tests.support.uploader import Uploader

PIECE = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.sampled_from(
        ["widget", "Widget", "0.1", "widget-0.1.tar.gz", "a" * 64, "..", "%00", "💣", "a" * 300, "-1", "0", "9" * 30]
    )
    | st.uuids().map(str)
)

HEADER = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80)

HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Accept-Encoding",
            "Authorization",
            "If-None-Match",
            "If-Modified-Since",
            "Range",
            "Host",
            "Cookie",
            "Referer",
        ]
    ),
    HEADER
    | st.sampled_from(
        ["*", "*/*", "gzip;q=x", "bytes=0-", "Basic Og==", "Bearer ", 'W/""', "application/json;q=1.0;q=0"]
    ),
    max_size=3,
)


def _patterns(resolver: URLResolver, before: str = "") -> list[str]:
    found: list[str] = []
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            found.append(route)
        else:
            found += _patterns(pattern, route)
    return found


ROUTES = sorted({route for route in _patterns(get_resolver()) if "^" not in route and "(" not in route})
"""Every address of the registry, with its converters in angle brackets."""


@HOSTILE
@given(data=st.data())
def test_any_path_and_query(uploader: Uploader, anybody: Client, data: Any) -> None:
    """Threat: a value in an address that no view foresaw (a NUL, a number without end, half a character)."""
    assert uploader
    route = data.draw(st.sampled_from(ROUTES))
    path, rest = "/", route
    while "<" in rest:
        literal, _, rest = rest.partition("<")
        _, _, rest = rest.partition(">")
        path += literal + quote(data.draw(PIECE), safe="")
    path += rest
    query = data.draw(
        st.dictionaries(st.sampled_from(["q", "page", "name", "package", "next", "base", "sort"]), PIECE, max_size=2)
    )
    response = anybody.get(path, query)
    assert response.status_code < 500, path


@HOSTILE
@given(
    route=st.sampled_from(
        ["/", "/simple/", "/simple/widget/", "/legacy/", "/api/v1/packages/widget/", "/packages/widget/"]
    ),
    headers=HEADERS,
)
def test_any_header(uploader: Uploader, anybody: Client, route: str, headers: dict[str, str]) -> None:
    """Threat: a header that no view foresaw."""
    assert uploader
    response = anybody.get(route, headers=headers)
    assert response.status_code < 500, headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"])
def test_any_method(db: None, anybody: Client, method: str) -> None:
    """Threat: a method that no view foresaw changes something or breaks."""
    assert db is None
    for route in ROUTES:
        path = "/" + route.replace("<", "").replace(">", "").replace(":", "")
        assert anybody.generic(method, path).status_code < 500, path
