"""The JSON Schemas of this registry's documents, for whoever writes or reads one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from registry.api.negotiation import with_etag
from verification.published_schemas import VERSION, Kind, read_schema

SCHEMA_JSON = "application/schema+json"

FOR_A_DAY = "public, max-age=86400"
"""A published schema only ever comes to say more clearly what it said."""


@require_safe
def schema(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """Answer with the schema of a kind of document at a version, or 404."""
    if kind not in list(Kind) or version != VERSION:
        raise Http404
    response = with_etag(request, HttpResponse(read_schema(Kind(kind)), content_type=SCHEMA_JSON))
    response.headers["Cache-Control"] = FOR_A_DAY
    return response
