"""What is answered while the database is away (RFC 9110, 15.6.4), and when something fails that should not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from demo.serving import free_port

pytestmark = pytest.mark.django_db


def asked_without_a_database(path: str) -> HttpResponse:
    """Ask in a thread, which has a connection of its own, to a port where nobody listens."""

    def ask() -> HttpResponse:
        connection.settings_dict = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": str(free_port())}
        try:
            response: HttpResponse = Client(raise_request_exception=False).get(path)  # type: ignore[assignment]  # its test double
        finally:
            connection.close()
        return response

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ask).result()


@pytest.mark.parametrize("path", ["/simple/", "/simple/widget/", "/api/v1/packages/widget"])
def test_programs_are_told_to_come_again(path: str) -> None:
    """pip and uv try again after a 503 by themselves, and after its Retry-After."""
    response = asked_without_a_database(path)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert b"cannot reach its database" in response.content


@pytest.mark.parametrize("path", ["/", "/packages/widget/", "/search/?q=widget"])
def test_people_are_told_to_come_again(path: str) -> None:
    """A page in the registry's own dress, that asks no database who reads it."""
    response = asked_without_a_database(path)
    assert (response.status_code, response.headers["Cache-Control"]) == (503, "no-store")
    assert b"The registry is away for a moment" in response.content


def test_any_other_failure_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 503 would ask people to repeat what fails each time."""
    monkeypatch.setattr("registry.web.packages.package_rows", None)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert b"Something failed on our side" in response.content
