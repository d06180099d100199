"""The "legacy" upload API, as twine, uv and the others speak it: translate, publish, translate back.

A refusal is told in three places, for clients differ in what they show: the reason phrase (twine), ``code`` of a plain
JSON body (uv), and the whole of it in further keys. Source: docs/architecture.md, "What a client shows".
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from registry.admission import Published
from registry.api.incoming import authenticate, receiving
from registry.limits import count_upload, seconds_to_wait
from registry.models import Token
from registry.publish import publish
from registry.upload_form import UploadForm, read_form
from registry.upload_refused import UploadRefused
from verification.reasons import Reason

log = logging.getLogger("sluicegate.upload")

MAX_PHRASE = 480
"""Longest reason phrase: clients print it on one line, and proxies cap the length of a status line."""

FOR_PEOPLE = "Uploads are sent here, by twine or uv. Packages stand at /packages/, the index at /simple/.\n"
"""What whoever opens the address in a browser is told."""

STATUS = {
    Reason.AUTHENTICATION_REQUIRED: 401,
    Reason.TOKEN_INVALID: 403,
    Reason.TOKEN_SCOPE: 403,
    Reason.NOT_ALLOWED: 403,
    Reason.FILE_EXISTS: 409,
    Reason.FILE_TOO_LARGE: 413,
    Reason.TOO_MANY_UPLOADS: 429,
    Reason.NOT_STORED: 507,
}
"""Every other refusal is a plain 400: flit shows nothing but that, and twine repeats a 503 five times."""


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Take one file. 200 when it is in (also when it was in already), otherwise a refusal that says why."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"], FOR_PEOPLE, content_type="text/plain")
    try:
        form, token = _receive(request)
        published = publish(form, token=token)
    except UploadRefused as refused:
        return _refusal(refused)
    except (OSError, OperationalError, InterfaceError):  # a full disk; a database that is gone
        log.exception("an upload could not be stored")
        return _refusal(UploadRefused(Reason.NOT_STORED, "The registry's log says why."))
    return _accepted(published)


def _receive(request: HttpRequest) -> tuple[UploadForm, Token]:
    """Return the form with its file in quarantine, and whose it is. Raises UploadRefused, and then leaves nothing there."""
    token = authenticate(request)
    policy = count_upload(token.account)
    with receiving(request, policy) as incoming:
        return read_form(incoming.fields, incoming.received), token


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
    status = status_of(refused)
    link = f"{settings.BASE_URL}{refused.link}" if refused.link else ""
    line = one_line(told(refused), MAX_PHRASE - len(link) - 6)
    line = f"{line} See {one_line(link, MAX_PHRASE)}" if link else line
    log.info("refused %s %s", refused.reason, status)
    response = JsonResponse(
        {
            "code": f"{status} {line}",
            "message": line,
            "title": refused.reason.sentence,
            "reason": refused.reason.value,
            "detail": refused.detail,
            "problems": [{"reason": each.reason.value, "detail": each.detail} for each in refused.problems],
            "link": link,
        },
        status=status,
        reason=line,
    )
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="sluicegate"'
    if status == 429:
        response["Retry-After"] = str(seconds_to_wait())
    return response


def status_of(refused: UploadRefused) -> int:
    """Return the HTTP status that a refused upload is answered with."""
    return STATUS.get(refused.reason, 400)


def told(refused: UploadRefused) -> str:
    """Return what leads whole, and after it whatever else is wrong, as far as there is room."""
    # What the gate found is a sentence of its own, with what to do; elsewhere the reason's sentence says what is wrong.
    whole = refused.judged is not None
    line = f"{refused.reason}: " + (refused.detail if whole else f"{refused.reason.sentence} {_ended(refused.detail)}")
    reason = refused.reason
    for further in refused.problems[1:]:
        line += (
            f" {_ended(further.detail)}"
            if further.reason is reason
            else f" Also {further.reason}: {_ended(further.detail)}"
        )
        reason = further.reason
    return line


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def one_line(text: str, length: int) -> str:
    """Return the text fit for a status line: printable ASCII on one line, shortened to ``length`` characters."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in " ".join(text.split()))
    return plain if len(plain) <= length else f"{plain[: length - 3]}..."
