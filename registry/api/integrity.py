"""Why a file was let in, for whoever installs it to check again without trusting the registry.

``provenance`` is PyPI's integrity API (PEP 740). The others are this registry's own: all that was looked at, exactly as it
was kept and sent, also what PEP 740 has no form for, and what it was judged by. The addresses stay (docs/api.md).
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from registry import queries
from registry.api.negotiation import negotiated, preferred, with_etag

INTEGRITY = "application/vnd.pypi.integrity.v1+json"
JSON = "application/json"
OFFERED = (INTEGRITY, JSON)


@require_safe
def provenance(request: HttpRequest, project: str, version: str, filename: str) -> HttpResponse:
    """Answer with the provenance object of an offered file (PEP 740). 404 where there is none, 406 for other types."""
    media_type = preferred(request.META.get("HTTP_ACCEPT", ""), OFFERED)
    if media_type is None:
        return negotiated(_failure(HTTPStatus.NOT_ACCEPTABLE, f"Only these are served here: {', '.join(OFFERED)}"))
    file = queries.find_file(project, version, filename)
    found = queries.provenance(file, queries.served_evidence(file)) if file else None
    if found is None:
        return negotiated(_failure(HTTPStatus.NOT_FOUND, f"No provenance available for {filename}"))
    return with_etag(request, negotiated(HttpResponse(found.model_dump_json(), content_type=media_type)))


@require_safe
def verdict(request: HttpRequest, project: str, version: str, filename: str) -> HttpResponse:
    """Answer with the verdict that let an offered file in: the canonical JSON that its digest is of, or 404."""
    file = queries.find_file(project, version, filename)
    if file is None:
        return _failure(HTTPStatus.NOT_FOUND, f"No verdict available for {filename}")
    return with_etag(request, HttpResponse(file.verdict.document, content_type=JSON))


@require_safe
def evidence(request: HttpRequest, project: str, version: str, filename: str, sha256: str) -> HttpResponse:
    """Answer with a served piece of evidence of an offered file, byte for byte as it was sent, or 404."""
    file = queries.find_file(project, version, filename)
    content = queries.find_evidence(file, sha256) if file else None
    if content is None:
        return _failure(HTTPStatus.NOT_FOUND, f"No evidence {sha256} available for {filename}")
    return with_etag(request, HttpResponse(content, content_type=JSON))


@require_safe
def expectation(request: HttpRequest, project: str, version: str, filename: str) -> HttpResponse:
    """Answer with the expectation that an offered file was judged by: the canonical JSON of its digest, or 404."""
    file = queries.find_file(project, version, filename)
    judged_by = file.verdict.expectation if file else None
    if judged_by is None:
        return _failure(HTTPStatus.NOT_FOUND, f"No expectation available for {filename}")
    return with_etag(request, HttpResponse(judged_by.document, content_type=JSON))


@require_safe
def roots(request: HttpRequest, project: str, version: str, filename: str) -> HttpResponse:
    """Answer with the roots of trust that an offered file was judged by: the canonical JSON of their digest, or 404."""
    file = queries.find_file(project, version, filename)
    if file is None:
        return _failure(HTTPStatus.NOT_FOUND, f"No roots of trust available for {filename}")
    return with_etag(request, HttpResponse(file.verdict.roots.document, content_type=JSON))


def _failure(status: HTTPStatus, message: str) -> HttpResponse:
    return JsonResponse({"message": message}, status=status)
