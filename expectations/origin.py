"""From where somebody acts: kept beside the act for its co-maintainers, and erasable."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

MAX_USER_AGENT = 300


@dataclass(frozen=True, slots=True)
class From:
    """The network address of a request and what its client calls itself."""

    address: str | None
    user_agent: str


def of_request(request: HttpRequest) -> From:
    """Return from where a request came, as the server in front tells it; nothing that a client writes."""
    agent = request.headers.get("User-Agent", "").replace("\0", "")[:MAX_USER_AGENT]
    return From(_address(request), agent)


def _address(request: HttpRequest) -> str | None:
    """Return the client's address; nginx writes it over whatever a client sends, and without nginx it is the connection's."""
    if settings.BEHIND_NGINX:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    else:
        told = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(told))
    except ValueError:
        return None
