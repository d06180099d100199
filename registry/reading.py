"""Who may read: everybody, or, of a private registry, those who sign in and the tokens that read. One check for everything.

It stands before every view and goes by the path alone, so that what is added later is behind it too (trust rules,
"Public or private").
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from expectations.api.problems import PROBLEM_JSON, of_reason
from registry.models import Token
from registry.tokens import find_token
from verification.reasons import Reason

GetResponse = Callable[[HttpRequest], HttpResponseBase]

UPLOAD = ("/legacy/", "/legacy")
OPEN = ("/accounts/", "/invitations/", "/static/", "/_/oidc/", "/.well-known/pytp")
"""What a private registry answers without sign-in: signing in, and uploading and its tokens, which have sign-ins of their own."""

FOR_PROGRAMS = ("/simple", "/files/", "/integrity/", "/schemas/", "/api/", "/audit/log.jsonl")
"""Where a program asks, which can send a token and could not fill in a form."""

DRY_RUN = "/api/v1/dry-run"
"""What a token that uploads may ask for besides: no more than it is told when it uploads."""

READING = (Token.Scope.READ, Token.Scope.PROPOSE)
"""The scopes whose tokens read. One that uploads lies in build systems, and what leaks there need not tell the rest."""


def read_check(get_response: GetResponse) -> GetResponse:
    """Answer of a private registry only those who may read, and let no shared cache keep what they are told."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not settings.PRIVATE or _is_open(request.path_info):
            return get_response(request)
        response = _refusal(request) or get_response(request)
        patch_cache_control(response, private=True)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    return answer


def whether_private(request: HttpRequest) -> dict[str, bool]:  # noqa: ARG001  # a context processor's signature
    """Tell every template whether the registry is private: several explain what tokens and signing in are for."""
    return {"private": settings.PRIVATE}


def _is_open(path: str) -> bool:
    return path in UPLOAD or path.startswith(OPEN)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Return how somebody who may not read is answered, or None for who may."""
    secret = _secret(request.headers.get("Authorization", ""))
    if secret is None:
        if request.user.is_authenticated:
            return None
        if not request.path_info.startswith(FOR_PROGRAMS):
            return redirect_to_login(request.get_full_path())
        return _refused(request, 401, Reason.READING_NEEDS_SIGN_IN)
    token = find_token(secret)
    if token is None:
        return _refused(request, 401, Reason.TOKEN_INVALID)
    asks_beforehand = token.scope == Token.Scope.UPLOAD and request.path_info == DRY_RUN
    return None if token.scope in READING or asks_beforehand else _refused(request, 403, Reason.TOKEN_SCOPE)


def _secret(authorization: str) -> str | None:
    """Return the secret of Basic (any user name) or Bearer credentials; None where there are none that can be read."""
    scheme, _, credentials = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip()
        case "basic":
            try:
                return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError, ValueError):
                return None
    return None


def _refused(request: HttpRequest, status: int, reason: Reason) -> HttpResponse:
    """pip shows the reason phrase, uv the body; after a 401 both ask a person or a keyring. The API has a form of its own."""
    line = f"{reason}: {reason.sentence}"
    if request.path_info.startswith("/api/"):
        response = JsonResponse(of_reason(status, reason), status=status, content_type=PROBLEM_JSON)
    else:
        told = {"code": f"{status} {line}", "message": line, "reason": reason.value}
        response = JsonResponse(told, status=status)
    response.reason_phrase = line
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="sluicegate"'
    return response
