"""What is answered when something gives way: that the database is away and when to come again, or that it is our fault."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from registry.programs import PREFIXES

RETRY_AFTER = 30
"""Seconds that clients are asked to wait: a database that restarts is back by then. pip and uv try again by themselves."""

FOR_PROGRAMS = (
    "The registry cannot reach its database. Nothing is wrong with what was asked for. Try again in a minute.\n"
)


def something_failed(request: HttpRequest) -> HttpResponse:
    """Answer a request whose view raised: 503 where the database gave way, 500 elsewhere. Django's ``handler500``.

    Takes the exception from the handler that it is called in, as Django's own technical pages do. Uploads tell it in their own
    words (``not-stored``), and never come here.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(render_to_string("500.html"), status=500)
    if request.path_info.startswith((*PREFIXES, "/api/", "/_/")):
        response = HttpResponse(FOR_PROGRAMS, status=503, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response
