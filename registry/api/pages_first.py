"""Index pages before Django's handler: what installers ask for most, a package's page, for the price of its one read.

Only the plain case is answered here, in the very words of the view (``simple.representation``): a current page of a public
registry, asked for by GET without conditions. Everything else, and whatever goes wrong, is Django's to answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware

from registry import index_pages
from registry.api.negotiation import preferred
from registry.api.simple import OFFERED, Representation, representation
from registry.programs import CONTENT_SECURITY_POLICY

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PAGE = re.compile(r"/simple/([a-z0-9]+(?:-[a-z0-9]+)*)/")
"""A name that is normalised already: any other is redirected."""

_CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"})


def pages_first(application: Application) -> Application:
    """Return a WSGI application (PEP 3333) that answers with packages' pages itself, and leaves the rest to another."""
    if settings.PRIVATE:
        return application
    further = _of_every_answer()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = _page(environ)
        if page is None:
            return application(environ, start_response)
        length = ("Content-Length", str(len(page.content)))
        start_response("200 OK", [*page.headers.items(), length, *further])
        return [page.content]

    return answer


def _page(environ: dict[str, Any]) -> Representation | None:
    asked = _PAGE.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "GET" else None
    if asked is None or environ.get("SCRIPT_NAME") or not _CONDITIONS.isdisjoint(environ) or _is_redirected(environ):
        return None
    media_type = preferred(environ.get("HTTP_ACCEPT", ""), OFFERED)
    if media_type is None:
        return None
    try:
        return representation(asked[1], media_type, environ.get("HTTP_ACCEPT_ENCODING", ""), index_pages.find_current)
    except Error:  # told by Django, which asks once more
        return None


def _is_redirected(environ: dict[str, Any]) -> bool:
    """A registry of an https address redirects what nginx does not say has come by https."""
    return settings.SECURE_SSL_REDIRECT and environ.get("HTTP_X_FORWARDED_PROTO") != "https"


def _of_every_answer() -> list[tuple[str, str]]:
    """Return the headers that middleware gives every answer to a program, asked of it once."""
    nothing = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_X_FORWARDED_PROTO": "https", "wsgi.input": BytesIO()}
    response = SecurityMiddleware(lambda _: HttpResponse())(WSGIRequest(nothing))
    assert isinstance(response, HttpResponse)
    del response.headers["Content-Type"]
    return [*response.headers.items(), ("Content-Security-Policy", CONTENT_SECURITY_POLICY)]
