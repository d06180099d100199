"""The OpenAPI document, as it is committed: what is served is what was looked at. A test holds it and the code together.

Made anew by ``manage.py spectacular --format openapi-json --validate --file registry/api/openapi.json``.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from expectations.api.problems import PROBLEM_JSON
from registry.api.negotiation import with_etag

DOCUMENT = Path(__file__).with_name("openapi.json")

OPENAPI_JSON = "application/vnd.oai.openapi+json"

READ_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Of a private registry alone: a token that reads or proposes, as Bearer or as the password of Basic.",
}
_OF_A_PRIVATE_REGISTRY = {
    HTTPStatus.UNAUTHORIZED: "Of a private registry alone: no session, and no token that is good, came with the request.",
    HTTPStatus.FORBIDDEN: "Of a private registry alone: the token does not read.",
}

_PROBLEM = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}

Endpoint = tuple[str, str, str, Callable[..., HttpResponse]]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return with_etag(request, HttpResponse(DOCUMENT.read_bytes(), content_type=OPENAPI_JSON))


def of_this_api(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Return the endpoints that the document tells of: drf-spectacular's hook before it writes one."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def with_private_reading(result: dict[str, Any], **_generator: object) -> dict[str, Any]:
    """Say of each operation how a private registry answers whoever may not read: drf-spectacular's hook after it wrote."""
    result["components"]["securitySchemes"]["readToken"] = READ_TOKEN
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        operation.setdefault("security", [{}, {"readToken": []}, {"cookieAuth": []}])
        for status, told in _OF_A_PRIVATE_REGISTRY.items():
            operation["responses"].setdefault(str(status.value), {"description": told, "content": _PROBLEM})
    return result
