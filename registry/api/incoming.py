"""What comes in over HTTP with an upload: who sends it, and a form of which the file is in quarantine already."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from expectations.documents import Policy
from registry.limits import largest_file, too_large
from registry.models import Token
from registry.receiving import CHUNK_BYTES, Received, Reception, TooLarge
from registry.tokens import find_token, how_ended
from registry.upload_refused import UploadRefused, refused_for
from verification.reasons import Reason

MAX_PARTS = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 2
"""Fields, and the file with a signature beside it."""

MAX_HEADERS = 512 * 1024
"""Characters of all parts' headers together, several times what a form of most fields has. A header may be folded into lines of
four bytes, each of which costs the parser a microsecond: 110 MB of them had a worker for 40 seconds."""


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
        raise UploadRefused(Reason.TOKEN_INVALID, f"{how_ended(secret)} Create one on your account page.".lstrip())
    if token.scope != Token.Scope.UPLOAD:
        raise UploadRefused(Reason.TOKEN_SCOPE, f"This one is to {token.scope}.")
    return token


@contextmanager
def receiving(request: HttpRequest, policy: Policy) -> Iterator[Incoming]:
    """Give the form of a request whose file is in quarantine; whatever is raised within leaves nothing there.

    Raises UploadRefused: FORM_MALFORMED, FILE_TOO_LARGE.
    """
    form = _Form(policy)
    try:
        _read(request, form)
        yield Incoming(form.fields, None if form.reception is None else form.reception.received)
    except BaseException:
        if form.reception is not None:
            form.reception.discard()
        raise


def _basic_password(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "The Authorization header cannot be read.") from error
    if user != "__token__":
        raise UploadRefused(Reason.AUTHENTICATION_REQUIRED, "The user name has to be __token__.")
    return password


def _read(request: HttpRequest, form: _Form) -> None:
    """Read the body to its end (RFC 7578), a piece at a time. Raises UploadRefused."""
    told = request.content_params or {}
    if request.content_type != "multipart/form-data" or told.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise _malformed("The body is not multipart/form-data in UTF-8.")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        parser = PushMultipartParser(told.get("boundary", ""), length, max_segment_count=MAX_PARTS)
        for event in parser.parse_blocking(request.read, CHUNK_BYTES):
            form.take(event)
    except TooLarge as error:
        raise refused_for([too_large(form.policy)]) from error
    except ParserLimitReached as error:
        raise _malformed("The form has more fields, or longer headers, than are taken.") from error
    except (MultipartError, UnicodeError, ValueError, UnreadablePostError) as error:
        raise _malformed("The body is not well-formed multipart/form-data.") from error


class _Form:
    """What came of a form so far: its fields' values, and its one file part, ``content``. Other file parts are skipped."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.fields: dict[str, list[str]] = {}
        self.reception: Reception | None = None
        self._part: MultipartSegment | None = None
        self._value = bytearray()
        self._taken = 0
        self._headers = 0

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """Take the next part's head, a piece of its content, or (None) its end. Raises UploadRefused, TooLarge, OSError."""
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif self._part is not None and event is not None:
            self._write(self._part, event)
        elif self._part is not None:
            self._end(self._part)

    def _begin(self, part: MultipartSegment) -> None:
        self._headers += sum(len(value) for _, value in part.headerlist)
        if self._headers > MAX_HEADERS:
            raise _malformed("The headers of the form's parts are longer than is taken.")
        if part.header("Content-Transfer-Encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
            raise _malformed("A part of the form has a Content-Transfer-Encoding, which RFC 7578 has done away with.")
        self._part = part
        if _is_the_file(part):
            if self.reception is not None:
                raise _malformed("The file part, content, stands more than once.")
            self.reception = Reception(part.filename or "", largest_file(self.policy))
        elif part.filename is None:
            self._count(len(part.name or ""))

    def _write(self, part: MultipartSegment, piece: bytes | bytearray) -> None:
        if self.reception is not None and _is_the_file(part):
            self.reception.write(piece)
        elif part.filename is None:
            self._count(len(piece))
            self._value += piece

    def _end(self, part: MultipartSegment) -> None:
        if self.reception is not None and _is_the_file(part):
            self.reception.complete()
        elif part.filename is None:
            self.fields.setdefault(part.name or "", []).append(self._value.decode(errors="replace"))
            self._value = bytearray()
        self._part = None

    def _count(self, taken: int) -> None:
        self._taken += taken
        if self._taken > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise _malformed("The form's fields are larger than is taken.")


def _is_the_file(part: MultipartSegment) -> bool:
    return part.name == "content" and bool(part.filename)


def _malformed(detail: str) -> UploadRefused:
    return UploadRefused(Reason.FORM_MALFORMED, detail)
