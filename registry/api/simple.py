"""The simple index as installers read it (PEP 503, 691): ``/simple/`` and ``/simple/<name>/``, in HTML and JSON."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from registry import index, queries
from registry.api.negotiation import negotiated, preferred, with_etag

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
TEXT_HTML = "text/html"

# HTML first: hatch asks without an Accept and reads nothing else. text/html before its alias, for browsers know it.
OFFERED = (TEXT_HTML, HTML, JSON)


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Answer with the list of all packages. 406 where the client takes none of the index's forms."""
    media_type = preferred(request, OFFERED)
    if media_type is None:
        return _not_acceptable()
    page = index.root_page(queries.all_packages())
    content = index.to_json(page) if media_type == JSON else index.root_html(page)
    return _page(request, content, media_type)


@require_safe
def project(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a package's page. 301 to the normalised name; 404 for an unknown one; 406."""
    media_type = preferred(request, OFFERED)
    if media_type is None:
        return _not_acceptable()
    normalised = queries.normalised(name)
    if normalised is not None and normalised != name:
        return _redirect(request, normalised)
    package = queries.find_package(name)
    if package is None:
        return _failure(media_type, HTTPStatus.NOT_FOUND, "No package of this name is known here.")
    page = index.project_page(package, queries.visible_files(package))
    content = index.to_json(page) if media_type == JSON else index.project_html(page)
    return _page(request, content, media_type)


def _page(request: HttpRequest, content: bytes, media_type: str) -> HttpResponse:
    charset = "" if media_type == JSON else "; charset=utf-8"
    return with_etag(request, negotiated(HttpResponse(content, content_type=f"{media_type}{charset}")))


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
