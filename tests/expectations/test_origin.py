"""From where somebody acts: what the server in front says, and nothing that a client writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from expectations import origin


def test_without_a_server_in_front_the_connection_says_it(rf: RequestFactory) -> None:
    """Threat: a thief writes somebody else's address beside a decision; the header is a client's then."""
    request = rf.get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="203.0.113.1")
    assert origin.of_request(request).address == "192.0.2.7"


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.1, 192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("x", None),
        ("", None),
    ],
)
def test_behind_nginx_nginx_says_it(rf: RequestFactory, settings: Any, told: str, address: str | None) -> None:
    """Threat: every decision seems to come from the server itself, so that a stolen session never stands out."""
    settings.BEHIND_NGINX = True
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=told)
    assert origin.of_request(request).address == address
