"""One site has one name: whatever else is asked for by that name's spelling or another port is turned away, or put right.

Django's ``ALLOWED_HOSTS`` looks at neither port nor spelling, and what a Host header says goes far: into the links of mails
about signing in, and into the names by which wrong passwords are counted.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def one_host(get_response: GetResponse) -> GetResponse:
    """Let a request on with the host as ``SLUICEGATE_BASE_URL`` has it, or (400) not at all. On loopback any port will do."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.HTTPS:
            _put_right(request)
        return get_response(request)

    return answer


def _put_right(request: HttpRequest) -> None:
    domain, port = split_domain_port(settings.HOST)
    if split_domain_port(request.get_host()) not in {(domain, port), (domain, port or "443")}:
        raise DisallowedHost("The Host header names another port than SLUICEGATE_BASE_URL.")
    request.META["HTTP_HOST"] = settings.HOST
