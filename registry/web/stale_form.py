"""The answer to a form that was not sent from a page of this site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.web.misdirected import sent_by_program, tell_where


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Say that the form has gone stale; to a program, which has no form, where uploads go."""
    if sent_by_program(request):
        return tell_where(HttpResponse(status=403))
    return render(request, "403_csrf.html", status=403)
