"""The "legacy" upload API, as twine, uv and the others speak it: translate, publish, translate back.

A refusal is told in three places, for clients differ in what they show: the reason phrase (twine), ``code`` of a plain
JSON body (uv), and the whole of it in further keys. Source: docs/architecture.md, "What a client shows".
"""

from __future__ import annotations

import base64
import binascii
import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.core.files.uploadhandler import StopFutureHandlers
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from registry.admission import Published
from registry.models import Token
from registry.publish import publish
from registry.receiving import QuarantinedFile, QuarantineHandler
from registry.tokens import find_token
from registry.upload_form import UploadForm, read_form
from registry.upload_refused import UploadRefused
from verification.reasons import Reason

log = logging.getLogger("sluicegate.upload")

MAX_PHRASE = 480
"""Longest reason phrase: clients print it on one line, and proxies cap the length of a status line."""

STATUS = {
    Reason.AUTHENTICATION_REQUIRED: 401,
    Reason.TOKEN_INVALID: 403,
    Reason.TOKEN_SCOPE: 403,
    Reason.NOT_ALLOWED: 403,
    Reason.FILE_EXISTS: 409,
    Reason.FILE_TOO_LARGE: 413,
    Reason.NOT_STORED: 507,
}
"""Every other refusal is a plain 400: flit shows nothing but that, and twine repeats a 503 five times."""


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take one file. 200 when it is in (also when it was in already), otherwise a refusal that says why."""
    handler = QuarantineHandler(request)
    try:
        token = _authenticate(request)
        form = _receive(request, handler)
        published = publish(form, token=token)
    except UploadRefused as refused:
        return _refusal(refused)
    except (OSError, OperationalError, InterfaceError):  # a full disk; a database that is gone
        log.exception("an upload could not be stored")
        return _refusal(UploadRefused(Reason.NOT_STORED, "the registry's log says why"))
    return _accepted(published)


def _authenticate(request: HttpRequest) -> Token:
    """Return the token of Basic ``__token__:…`` or Bearer. Raises UploadRefused before a byte of the body is read."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        secret = credentials.strip()
    elif scheme.lower() == "basic":
        secret = _basic_password(credentials)
    else:
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "no API token was sent")
    token = find_token(secret)
    if token is None:
        raise UploadRefused(Reason.TOKEN_INVALID, "create one on your account page")
    if token.scope != Token.Scope.UPLOAD:
        raise UploadRefused(Reason.TOKEN_SCOPE, "it is one that proposes")
    return token


def _basic_password(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "the Authorization header cannot be read") from error
    if user != "__token__":
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "the user name has to be __token__")
    return password


def _receive(request: HttpRequest, handler: QuarantineHandler) -> UploadForm:
    """Return the form with its file in quarantine. Raises UploadRefused, and then leaves nothing there."""
    try:
        fields, file = _parse(request, handler)
        _check_file_part(handler)
        return read_form(fields, file.received if isinstance(file, QuarantinedFile) else None)
    except BaseException:
        handler.discard()
        raise


def _check_file_part(handler: QuarantineHandler) -> None:
    if handler.too_large:
        limit = settings.MAX_FILE_BYTES // 1024 // 1024
        raise UploadRefused(Reason.FILE_TOO_LARGE, f"at most {limit} MiB are taken")
    if handler.repeated:
        raise UploadRefused(Reason.FORM_MALFORMED, "the file part, content, stands more than once")


def _parse(request: HttpRequest, handler: QuarantineHandler) -> tuple[dict[str, list[str]], object]:
    request.upload_handlers = [handler]
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != "multipart/form-data" or charset not in ("utf-8", "utf8"):
        raise UploadRefused(Reason.FORM_MALFORMED, "the body is not multipart/form-data in UTF-8")
    try:
        fields = {name: [str(value) for value in values] for name, values in request.POST.lists()}
        return fields, request.FILES.get("content")
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise UploadRefused(Reason.FORM_MALFORMED, "the form's fields are larger or more than are taken") from error
    except (MultiPartParserError, SuspiciousOperation, StopFutureHandlers, UnicodeError, UnreadablePostError) as error:
        raise UploadRefused(Reason.FORM_MALFORMED, "the body is not well-formed multipart/form-data") from error


def _accepted(published: Published) -> HttpResponse:
    file = published.file
    release = file.release
    return JsonResponse(
        {
            "message": "already here, nothing changed" if published.repeated else "accepted",
            "filename": file.filename,
            "sha256": file.sha256,
            "url": f"{settings.BASE_URL}/packages/{release.package.name}/{release.version}/{file.filename}",
        }
    )


def _refusal(refused: UploadRefused) -> HttpResponse:
    status = STATUS.get(refused.reason, 400)
    link = f"{settings.BASE_URL}{refused.link}" if refused.link else ""
    # What the gate found is a sentence of its own, with what to do; elsewhere the reason's sentence says what is wrong.
    told = refused.detail if refused.judged is not None else f"{refused.reason.sentence} {refused.detail}."
    line = one_line(f"{refused.reason}: {told}", MAX_PHRASE - len(link) - 6)
    line = f"{line} See {one_line(link, MAX_PHRASE)}" if link else line
    log.info("refused %s %s", refused.reason, status)
    response = JsonResponse(
        {
            "code": f"{status} {line}",
            "message": line,
            "title": refused.reason.sentence,
            "reason": refused.reason.value,
            "detail": refused.detail,
            "link": link,
        },
        status=status,
        reason=line,
    )
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="sluicegate"'
    return response


def one_line(text: str, length: int) -> str:
    """Return the text fit for a status line: printable ASCII on one line, shortened to ``length`` characters."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in " ".join(text.split()))
    return plain if len(plain) <= length else f"{plain[: length - 3]}..."
