"""A program that sends its upload to a page instead: told in one line where uploads go, and not by a page in HTML."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

UPLOADS = "No uploads are taken at this address. Uploads go to /legacy/"
"""Also the reason phrase, which is all that twine shows; uv shows the body, of whatever type."""


def misdirected(get_response: GetResponse) -> GetResponse:
    """Put that line in place of the page by which something is refused to whoever brings credentials of its own.

    Browsers have cookies for these addresses, and send no Authorization header.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        by_program = request.method == "POST" and "Authorization" in request.headers
        if by_program and isinstance(response, HttpResponse) and _is_refusing_page(response):
            response.content = f"{UPLOADS}\n"
            response.headers["Content-Type"] = "text/plain; charset=utf-8"
            response.reason_phrase = UPLOADS
        return response

    return answer


def _is_refusing_page(response: HttpResponse) -> bool:
    return 400 <= response.status_code < 500 and response.headers.get("Content-Type", "").startswith("text/html")
