"""The straight way to what programs ask for: index, files, uploads and evidence know no session, cookie or message.

Pages go through everything that signing in takes. What is answered here goes through nothing that it does not use, so
that an index page costs little more than its one read.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PREFIXES = ("/simple/", "/files/", "/legacy", "/integrity/")
"""Where no view asks who is signed in. Uploads name their token themselves, so that no other site can send one."""

ADDRESSES = "registry.api.urls"
"""Where their addresses stand. To look for one among all of the site's takes a sixth of an index page's time."""

CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""Nothing that is answered here loads anything, or stands in a frame."""


def straight_way(get_response: GetResponse) -> GetResponse:
    """Answer what programs ask for by its view alone, and everything else in the usual way.

    An address of no view goes the usual way too, which redirects or tells that it is unknown. So does all of a private
    registry, where nothing is answered before the one read check.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.PRIVATE or not request.path_info.startswith(PREFIXES):
            return get_response(request)
        try:
            match = resolve(request.path_info, ADDRESSES)
        except Resolver404:
            return get_response(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))  # type: ignore[attr-defined]  # what does not stream has a content
        return response

    return answer
