"""The answer to a form that was not sent from a page of this site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Say that the form has gone stale. Programs are told something else by ``misdirected``."""
    return render(request, "403_csrf.html", status=403)
