"""The simple index as installers read it (PEP 503, 691): ``/simple/`` and ``/simple/<name>/``, in HTML and JSON."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponsePermanentRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html

from registry import index_pages, queries
from registry.api.negotiation import REVALIDATE, negotiated, preferred, takes_gzip, unless_known
from registry.index_pages import Form

_P = ParamSpec("_P")

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
TEXT_HTML = "text/html"

KEPT_UNTIL = "X-Accel-Expires"
"""Nginx's own header, which it sends on to nobody."""

# HTML first: hatch asks without an Accept and reads nothing else. text/html before its alias, for browsers know it.
OFFERED = (TEXT_HTML, HTML, JSON)
_FORMS = {TEXT_HTML: Form.HTML, HTML: Form.HTML, JSON: Form.JSON}


UPLOADS_ELSEWHERE = "This is the index, where files are looked for. Uploads go to /legacy/"
"""The reason phrase, which is all that twine shows: whoever gave it the index's address reads the right one."""


@dataclass(frozen=True, slots=True)
class Representation:
    """A page in one form and encoding: its bytes, and its headers."""

    content: bytes
    headers: dict[str, str]


def representation(name: str, media_type: str, accept_encoding: str, find: index_pages.Find) -> Representation | None:
    """Return the page of a normalised name, as ``find`` finds it, in an offered media type; None where it finds none.

    Representations that differ in type or encoding must not share a strong ETag (RFC 9110, 8.8.3.3).
    """
    compressed = takes_gzip(accept_encoding)
    page = find(name, _FORMS[media_type], compressed)
    if page is None:
        return None
    headers = {
        "Content-Type": media_type if media_type == JSON else f"{media_type}; charset=utf-8",
        "Vary": "Accept, Accept-Encoding",
        "ETag": f'"{page.sha256}-{OFFERED.index(media_type)}{"-gzip" if compressed else ""}"',
        "Cache-Control": REVALIDATE,
    }
    if compressed:
        headers["Content-Encoding"] = "gzip"
    # Lets nginx, and no other cache, answer with this page for the rest of this second (deploy/nginx.conf). Not of a private
    # registry: nginx does not ask who reads.
    if settings.BEHIND_NGINX and not settings.PRIVATE:
        headers[KEPT_UNTIL] = f"@{int(time.time())}"
    return Representation(page.content, headers)


def _only_read(
    view: Callable[Concatenate[HttpRequest, _P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        refused = HttpResponseNotAllowed(["GET", "HEAD"], f"{UPLOADS_ELSEWHERE}\n", content_type="text/plain")
        refused.reason_phrase = UPLOADS_ELSEWHERE
        return refused

    return answer


@_only_read
def root(request: HttpRequest) -> HttpResponse:
    """Answer with the list of all packages. 406 where the client takes none of the index's forms."""
    media_type = preferred(request.META.get("HTTP_ACCEPT", ""), OFFERED)
    if media_type is None:
        return _not_acceptable()
    page = _find(request, index_pages.ALL, media_type)
    assert page is not None, "the list of all packages is there from the first day"
    return page


@_only_read
def project(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a package's page. 301 to the normalised name; 404 for an unknown one; 406."""
    media_type = preferred(request.META.get("HTTP_ACCEPT", ""), OFFERED)
    if media_type is None:
        return _not_acceptable()
    normalised = queries.normalised(name)
    if normalised is not None and normalised != name:
        return _redirect(request, normalised)
    page = _find(request, normalised, media_type) if normalised is not None else None
    return page or _failure(media_type, HTTPStatus.NOT_FOUND, "No package of this name is known here.")


def _find(request: HttpRequest, name: str, media_type: str) -> HttpResponse | None:
    found = representation(name, media_type, request.META.get("HTTP_ACCEPT_ENCODING", ""), index_pages.find)
    if found is None:
        return None
    response = unless_known(request, HttpResponse(found.content, headers=found.headers))
    # A 304 has none of it from Django, and what nginx keeps has to be kept for this second too once it was asked about.
    if KEPT_UNTIL in found.headers and response.status_code != HTTPStatus.PRECONDITION_FAILED:
        response.headers[KEPT_UNTIL] = found.headers[KEPT_UNTIL]
    return response


def _redirect(request: HttpRequest, normalised: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    target = reverse("simple-project", kwargs={"name": normalised})
    return negotiated(HttpResponsePermanentRedirect(f"{target}?{query}" if query else target))


def _not_acceptable() -> HttpResponse:
    return _failure(JSON, HTTPStatus.NOT_ACCEPTABLE, f"Only these are served here: {', '.join(OFFERED)}.")


def _failure(media_type: str, status: HTTPStatus, message: str) -> HttpResponse:
    """A refusal is no index page: it is in the language of the form that was asked for, not of its type."""
    if media_type == JSON:
        return negotiated(JsonResponse({"message": message}, status=status))
    title = f"{status.value} {status.phrase}"
    html = format_html(
        "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>\n",
        title,
        message,
    )
    return negotiated(HttpResponse(html, status=status))
