"""What programs ask for is answered straight: nothing that signing in needs takes part, and nothing of safety is lost."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.support.rows import new_package

pytestmark = pytest.mark.django_db

NOWHERE = "/integrity/widget/1.0/widget-1.0.tar.gz/provenance"


@pytest.mark.parametrize(
    "path", ["/simple/", "/simple/widget/", "/simple/unknown/", NOWHERE, "/files/aa/" + "a" * 64 + "/x"]
)
def test_no_cookie_is_looked_at_or_set(client: Client, path: str) -> None:
    """Index and files are the same for everybody: no answer varies by cookie, and none sets one."""
    new_package("widget")
    client.cookies["sessionid"] = "unknown"
    response = client.get(path)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_an_index_page_costs_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Design, "Serving": a request is one indexed read, whoever asks."""
    new_package("widget")
    client.get("/simple/widget/")
    client.cookies["sessionid"] = "unknown"
    with django_assert_num_queries(1):
        assert client.get("/simple/widget/").status_code == 200


@pytest.mark.parametrize("path", ["/simple/", "/simple/unknown/", NOWHERE])
def test_answers_are_as_safe_as_pages(client: Client, path: str) -> None:
    """OWASP: nothing is sniffed, framed or loaded by what is answered, and its length is told."""
    response = client.get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Content-Length"] == str(len(response.content))


def test_other_addresses_go_the_usual_way(client: Client) -> None:
    """A missing slash is still a redirect, and an unknown address a page that says so."""
    assert client.get("/simple/widget").headers["Location"] == "/simple/widget/"
    assert client.get("/files/").status_code == 404
    assert client.get("/simple").status_code in (301, 404)
