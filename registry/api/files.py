"""The files themselves, and the core metadata beside them (PEP 658).

A file's address names its content, so whatever is there once is there for ever; it is answered with only while it is
offered. What uploaders wrote is never interpreted: it is a download, in a sandbox, whatever a browser takes it for.
"""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from registry import queries, storage
from registry.api.negotiation import Response

IMMUTABLE = "public, max-age=31536000, immutable"

UNTRUSTED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


@require_safe
def download(request: HttpRequest, prefix: str, sha256: str, filename: str) -> HttpResponseBase:
    """Answer with an offered file of exactly this content and name, or 404."""
    file = queries.find_blob(sha256, filename) if sha256[:2] == prefix else None
    if file is None:
        return _not_found()
    etag = f'"{sha256}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = FileResponse(
            storage.blobs().open(storage.blob_name(sha256)),
            as_attachment=True,
            filename=file.filename,
            content_type="application/octet-stream",
        )
    return _immutable(response, etag)


@require_safe
def metadata(request: HttpRequest, prefix: str, sha256: str, filename: str) -> HttpResponseBase:
    """Answer with the core metadata of an offered file, byte for byte as it is in the file, or 404 (PEP 658)."""
    content = queries.find_metadata(sha256, filename) if sha256[:2] == prefix else None
    if content is None:
        return _not_found()
    etag = f'"{sha256}.metadata"'
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    return _immutable(get_conditional_response(request, etag=etag, response=response) or response, etag)


def _immutable(response: Response, etag: str) -> Response:
    always = {"ETag": etag, "Cache-Control": IMMUTABLE} if response.status_code in (200, 304) else {}
    for header, value in {**always, **UNTRUSTED}.items():
        response.headers[header] = value
    return response


def _not_found() -> HttpResponse:
    return HttpResponseNotFound("No such file is offered here.\n", content_type="text/plain; charset=utf-8")
