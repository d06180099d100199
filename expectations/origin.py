"""From where somebody acts: kept beside the act for its co-maintainers, and erasable."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

MAX_USER_AGENT = 300


@dataclass(frozen=True, slots=True)
class From:
    """The network address of a request and what its client calls itself."""

    address: str | None
    user_agent: str


def of_request(request: HttpRequest) -> From:
    """Return from where a request came, as the server in front tells it (REMOTE_ADDR; nothing that a client writes)."""
    agent = request.headers.get("User-Agent", "").replace("\0", "")[:MAX_USER_AGENT]
    return From(request.META.get("REMOTE_ADDR") or None, agent)
