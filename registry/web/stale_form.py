"""The answer to a form that was not sent from a page of this site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

FOR_PROGRAMS = "Not sent from a page of this site. Uploads go to /legacy/"
"""The reason phrase, which is all that twine shows: whoever gave it a wrong address reads the right one."""


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Say that the form has gone stale, and to programs where uploads go."""
    response = render(request, "403_csrf.html", status=403)
    response.reason_phrase = FOR_PROGRAMS
    return response
