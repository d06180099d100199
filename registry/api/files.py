"""The files themselves, and the core metadata beside them (PEP 658).

A file's address names its content, so whatever is there once is there for ever; it is answered with only while it is
offered. What uploaders wrote is never interpreted: it is a download, in a sandbox, whatever a browser takes it for.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    HttpResponseRedirect,
)
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from registry import queries, storage
from registry.api.negotiation import Response

log = logging.getLogger("sluicegate.files")

IMMUTABLE = "public, max-age=31536000, immutable"

UNTRUSTED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


@require_safe
def download(request: HttpRequest, prefix: str, sha256: str, filename: str) -> HttpResponseBase:
    """Answer with an offered file of exactly this content and name, or 404."""
    if sha256[:2] != prefix or not queries.is_offered(sha256, filename):
        return _not_found()
    etag = f'"{sha256}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is not None:
        return _immutable(response, etag)
    if url := storage.blobs().direct_url(sha256, filename, request.method or "GET"):
        return _elsewhere(url)
    try:
        send = _by_nginx if settings.BEHIND_NGINX else _by_ourselves
        return _immutable(send(sha256, filename), etag)
    except FileNotFoundError:
        log.exception("the content of %s is gone; manage.py verify_files tells of all that is", filename)
        return _immutable(_gone(), etag)


def _elsewhere(url: str) -> HttpResponse:
    """Whether the file is offered is asked anew each time, for the address works for whoever has it."""
    return HttpResponseRedirect(url, headers={"Cache-Control": "no-store", **UNTRUSTED})


def _by_nginx(sha256: str, filename: str) -> HttpResponse:
    """nginx sends the content in place of this answer's, which has none (deploy/nginx.conf)."""
    headers = {
        "X-Accel-Redirect": f"/_blobs/{storage.blob_name(sha256)}",
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=filename),
    }
    return HttpResponse(content_type="application/octet-stream", headers=headers)


def _by_ourselves(sha256: str, filename: str) -> FileResponse:
    return FileResponse(
        storage.blobs().open(storage.blob_name(sha256)),
        as_attachment=True,
        filename=filename,
        content_type="application/octet-stream",
    )


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


def _gone() -> HttpResponse:
    told = "This file is offered here, and its content is missing in the store. Tell whoever operates the registry.\n"
    return HttpResponseNotFound(told, content_type="text/plain; charset=utf-8")


def _not_found() -> HttpResponse:
    return HttpResponseNotFound("No such file is offered here.\n", content_type="text/plain; charset=utf-8")
