"""What comes in over HTTP with an upload: who sends it, and a form of which the file is in quarantine already."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.core.files.uploadhandler import StopFutureHandlers
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from expectations.documents import Policy
from registry.limits import largest_file, too_large
from registry.models import Token
from registry.receiving import QuarantinedFile, QuarantineHandler, Received
from registry.tokens import find_token
from registry.upload_refused import UploadRefused, refused_for
from verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class Incoming:
    """The form's fields as they were sent, and its file, None where none came."""

    fields: dict[str, list[str]]
    received: Received | None


def authenticate(request: HttpRequest) -> Token:
    """Return the token of Basic ``__token__:…`` or Bearer. Raises UploadRefused before a byte of the body is read."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        secret = credentials.strip()
    elif scheme.lower() == "basic":
        secret = _basic_password(credentials)
    else:
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "No API token was sent.")
    token = find_token(secret)
    if token is None:
        raise UploadRefused(Reason.TOKEN_INVALID, "Create one on your account page.")
    if token.scope != Token.Scope.UPLOAD:
        raise UploadRefused(Reason.TOKEN_SCOPE, f"This one is to {token.scope}.")
    return token


@contextmanager
def receiving(request: HttpRequest, policy: Policy) -> Iterator[Incoming]:
    """Give the form of a request whose file is in quarantine; whatever is raised within leaves nothing there.

    Raises UploadRefused: FORM_MALFORMED, FILE_TOO_LARGE.
    """
    handler = QuarantineHandler(request, largest_file(policy))
    try:
        fields, file = _parse(request, handler)
        _check_file_part(handler, policy)
        yield Incoming(fields, file.received if isinstance(file, QuarantinedFile) else None)
    except BaseException:
        handler.discard()
        raise


def _check_file_part(handler: QuarantineHandler, policy: Policy) -> None:
    if handler.too_large:
        raise refused_for([too_large(policy)])
    if handler.repeated:
        raise UploadRefused(Reason.FORM_MALFORMED, "The file part, content, stands more than once.")


def _basic_password(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "The Authorization header cannot be read.") from error
    if user != "__token__":
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "The user name has to be __token__.")
    return password


def _parse(request: HttpRequest, handler: QuarantineHandler) -> tuple[dict[str, list[str]], object]:
    request.upload_handlers = [handler]
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != "multipart/form-data" or charset not in ("utf-8", "utf8"):
        raise UploadRefused(Reason.FORM_MALFORMED, "The body is not multipart/form-data in UTF-8.")
    try:
        fields = {name: [str(value) for value in values] for name, values in request.POST.lists()}
        return fields, request.FILES.get("content")
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise UploadRefused(Reason.FORM_MALFORMED, "The form's fields are larger or more than are taken.") from error
    except (MultiPartParserError, SuspiciousOperation, StopFutureHandlers, UnicodeError, UnreadablePostError) as error:
        raise UploadRefused(Reason.FORM_MALFORMED, "The body is not well-formed multipart/form-data.") from error
