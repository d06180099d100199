"""Problem details (RFC 9457): every refusal of the API, with a reason of the closed list where there is one for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings

from expectations.refusal import ChangeRefused
from expectations.refusal_page import status_of
from verification.parameters import DocumentInvalid
from verification.reasons import Reason

PROBLEM_JSON = "application/problem+json"

NO_REASON = "about:blank"
"""RFC 9457, section 4.2.1: the problem has no more meaning than its HTTP status."""


class ApiProblem(Exception):
    """A request that the API refuses: the status, its reason, what exactly, and a page (a path) where to go on."""

    def __init__(self, status: int, reason: Reason, detail: str = "", *, link: str = "") -> None:
        super().__init__(f"{reason.sentence} {detail}".strip())
        self.status = status
        self.reason = reason
        self.detail = detail
        self.link = link


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with what was sent: a JSON pointer or a field's name, and a sentence."""

    where = serializers.CharField()
    what = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details. ``reason`` is a word of /api/v1/reasons; ``link`` a page to go on at; ``faults`` tell all."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)
    link = serializers.CharField(required=False)
    faults = FaultSerializer(many=True, required=False)


def responses(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Return how these refusals are documented in the OpenAPI document."""
    return {(status, PROBLEM_JSON): ProblemSerializer for status in statuses}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001  the pattern's name for what follows  DRF's signature
    """Return the problem details of an error; None for what is not the client's doing, which is then raised."""
    match error:
        case ApiProblem():
            return _response(of_reason(error.status, error.reason, error.detail, error.link))
        case ChangeRefused():
            problem = of_reason(status_of(error.reason), error.reason, error.detail, "")
            return _response({**problem, **_faults_of(error)})
        case Http404():
            return _response(plain(HTTPStatus.NOT_FOUND))
        case PermissionDenied():
            return _response(plain(HTTPStatus.FORBIDDEN))
        case APIException():
            return _of_framework(error)
    return None


def plain(status: int, detail: str = "") -> dict[str, Any]:
    """Return the problem details of a status that has no reason of ours."""
    problem = {"type": NO_REASON, "title": HTTPStatus(status).phrase, "status": int(status)}
    return {**problem, **({"detail": detail} if detail else {})}


@csrf_exempt
def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001  the pattern's name for what follows
    """Answer for whatever is not an address of the API, as the API answers, and not with a page."""
    problem = plain(
        HTTPStatus.NOT_FOUND, f"Every address of the API stands in {settings.BASE_URL}/api/v1/openapi.json."
    )
    return JsonResponse(problem, status=HTTPStatus.NOT_FOUND, content_type=PROBLEM_JSON)


def _of_framework(error: APIException) -> Response:
    scheme = getattr(error, "auth_header", None)  # set by DRF where it answers 401
    headers = {"WWW-Authenticate": str(scheme)} if scheme else {}
    if isinstance(error, NotAuthenticated | AuthenticationFailed):
        unknown = isinstance(error, AuthenticationFailed)
        reason = Reason.TOKEN_INVALID if unknown else Reason.AUTHENTICATION_REQUIRED
        detail = "Send a token that may propose as Authorization: Bearer, or sign in with a browser."
        return _response(of_reason(error.status_code, reason, detail, "/account/"), headers)
    if isinstance(error, ValidationError):
        faults = [{"where": where, "what": what} for where, what in _flat(error.detail, "")]
        return _response({**plain(error.status_code), "faults": faults})
    return _response(plain(error.status_code, str(error.detail)), headers)


def of_reason(status: int, reason: Reason, detail: str = "", link: str = "") -> dict[str, Any]:
    """Return the problem details of a reason: what exactly, and a page (a path) where to go on, where there is one."""
    told = {"detail": detail, "link": f"{settings.BASE_URL}{link}" if link else ""}
    return {
        "type": f"{settings.BASE_URL}/api/v1/reasons/{reason.value}",
        "title": reason.sentence,
        "status": int(status),
        "reason": reason.value,
        **{name: text for name, text in told.items() if text},
    }


def _faults_of(refused: ChangeRefused) -> dict[str, Any]:
    cause = refused.__cause__
    if not isinstance(cause, DocumentInvalid):
        return {}
    return {"faults": [{"where": problem.where, "what": problem.sentence} for problem in cause.problems]}


def _flat(detail: Any, where: str) -> list[tuple[str, str]]:
    """Return DRF's nested messages as a list, each with the field that it is about."""
    if isinstance(detail, dict):
        return [found for name, inner in detail.items() for found in _flat(inner, _inside(where, name))]
    if isinstance(detail, list):
        return [found for inner in detail for found in _flat(inner, where)]
    return [(where, str(detail))]


def _inside(where: str, name: str) -> str:
    return where if name == api_settings.NON_FIELD_ERRORS_KEY else f"{where}/{name}"


def _response(problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(problem, status=problem["status"], headers=headers, content_type=PROBLEM_JSON)
