"""Trusted publishing as uv, pdm and others speak it, in Warehouse's form, and PEP 807's discovery (a draft) before it.

Always at the domain's root, wherever files are uploaded to: clients know no other place.
"""

from __future__ import annotations

import hashlib
import json
import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from registry.oidc.burning import burn
from registry.oidc.minting import mint
from registry.oidc.refusal import Code, MintingRefused
from registry.oidc.throttle import WITHIN

log = logging.getLogger("sluicegate.oidc")

MAX_BYTES = 64 * 1024
"""Largest request: a token and some JSON around it."""

PYTP_JSON = "application/vnd.pypi.pytp.v1+json"


@require_safe
def audience(_request: HttpRequest) -> HttpResponse:
    """Tell what an identity token has to be made for."""
    return JsonResponse({"audience": settings.OIDC_AUDIENCE})


@csrf_exempt
@require_POST
@never_cache
def mint_token(request: HttpRequest) -> HttpResponse:
    """Exchange an identity token for an upload token. 422 says why not; 429 where too many were refused before."""
    try:
        minted = mint(_token(request))
    except MintingRefused as refused:
        return _refusal(refused)
    return JsonResponse({"success": True, "token": minted.secret, "expires": int(minted.expires_at.timestamp())})


@csrf_exempt
@require_POST
@never_cache
def burn_token(request: HttpRequest) -> HttpResponse:
    """End a minted token, as Warehouse does: 202 whatever the text was, so that nobody learns here what is a token."""
    try:
        burn(_token(request))
    except MintingRefused as refused:
        return _refusal(refused)
    return JsonResponse({"message": "Accepted"}, status=202)


def _token(request: HttpRequest) -> str:
    try:
        body = request.body
        sent = json.loads(body) if len(body) <= MAX_BYTES else None
    except (ValueError, RecursionError, RequestDataTooBig, UnreadablePostError) as error:
        raise _malformed() from error
    token = sent.get("token") if isinstance(sent, dict) else None
    # ASCII: neither an identity token nor one of ours is anything else, and half a surrogate pair has no bytes to hash.
    if not isinstance(token, str) or not token or not token.isascii():
        raise _malformed()
    return token


def _malformed() -> MintingRefused:
    return MintingRefused(Code.INVALID_PAYLOAD, 'The request is no JSON object {"token": "..."} with a token.')


def _refusal(refused: MintingRefused) -> HttpResponse:
    log.info("minted nothing: %s", refused.code)
    too_many = refused.code is Code.TOO_MANY_REQUESTS
    told = {
        "message": "Token request failed",
        "errors": [{"code": refused.code.value, "description": refused.description}],
    }
    response = JsonResponse(told, status=429 if too_many else 422)
    if too_many:
        response["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response


@require_safe
def discover(request: HttpRequest) -> HttpResponse:
    """Tell where tokens are exchanged, for ``?discover=`` and an upload address of this registry; 404 for any other."""
    asked = request.GET.get("discover", "")
    try:
        parts = urlsplit(asked)
    except ValueError as error:
        raise Http404 from error
    if parts.path.rstrip("/") != _upload_path().rstrip("/") or parts.netloc not in (
        "",
        urlsplit(settings.BASE_URL).netloc,
    ):
        raise Http404
    return _endpoints()


@require_safe
def discover_by_key(_request: HttpRequest, key: str) -> HttpResponse:
    """Tell the same for the SHA-256 of an upload address's path, as an earlier text of the draft has it."""
    path = _upload_path()
    if key not in {hashlib.sha256(text.encode()).hexdigest() for text in (path, path.rstrip("/"))}:
        raise Http404
    return _endpoints()


def _upload_path() -> str:
    return reverse("upload")


def _endpoints() -> HttpResponse:
    """Under both of the names that texts of the draft have for the second one."""
    minting = f"{settings.BASE_URL}{reverse('oidc-mint-token')}"
    told = {
        "audience-endpoint": f"{settings.BASE_URL}{reverse('oidc-audience')}",
        "token-mint-endpoint": minting,
        "mint-token-endpoint": minting,
    }
    return JsonResponse(told, content_type=PYTP_JSON)
