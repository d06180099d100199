"""A program that sends its upload to a page instead: told in one line where uploads go, and not by a page in HTML."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

UPLOADS = "No uploads are taken at this address. Uploads go to /legacy/"
"""Also the reason phrase, which is all that twine shows; uv shows the body, of whatever type."""


def misdirected(get_response: GetResponse) -> GetResponse:
    """Put that line in place of the page by which a program is told that there is nothing here, or nothing to send to."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        no_address = response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
        if no_address and sent_by_program(request) and isinstance(response, HttpResponse) and _is_page(response):
            return tell_where(response)
        return response

    return answer


def sent_by_program(request: HttpRequest) -> bool:
    """Say whether something was sent by whoever brings credentials: browsers have cookies here, and send no such header."""
    return request.method == "POST" and "Authorization" in request.headers


def tell_where(response: HttpResponse) -> HttpResponse:
    """Return a response with that line in place of its content and reason phrase."""
    response.content = f"{UPLOADS}\n"
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.reason_phrase = UPLOADS
    return response


def _is_page(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")
