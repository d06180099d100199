"""The OpenAPI document, as it is committed: what is served is what was looked at. A test holds it and the code together.

Made anew by ``manage.py spectacular --format openapi-json --validate --file registry/api/openapi.json``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from registry.api.negotiation import with_etag

DOCUMENT = Path(__file__).with_name("openapi.json")

OPENAPI_JSON = "application/vnd.oai.openapi+json"

Endpoint = tuple[str, str, str, Callable[..., HttpResponse]]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return with_etag(request, HttpResponse(DOCUMENT.read_bytes(), content_type=OPENAPI_JSON))


def of_this_api(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Return the endpoints that the document tells of: drf-spectacular's hook before it writes one."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]
