"""An address that only takes forms has a page for whoever opens it; what programs are told stays as it is."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_page_takes_the_place_of_an_empty_answer(client: Client) -> None:
    """RFC 9110, 15.5.6: with the methods that the address takes, and in words that a person can go on by."""
    answer = client.get("/account/tokens/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "Nothing is shown at this address" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "words"), [("/legacy/", "Uploads are sent here"), ("/api/v1/dry-run", "not allowed")]
)
def test_what_programs_are_told_stays(client: Client, address: str, words: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, words in answer.content.decode()) == (405, True)
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status"), [("/", 403), ("/packages/", 403), ("/pypi", 404), ("/legacy/upload", 404)]
)
@pytest.mark.parametrize("credentials", ["Basic X190b2tlbl9fOng=", "Bearer x"])
def test_an_upload_to_a_page_is_told_where_uploads_go(address: str, status: int, credentials: str) -> None:
    """twine shows the reason phrase alone, and uv the body, however long: a page in HTML fills the terminal and says nothing."""
    sent = {"content": SimpleUploadedFile("x", b"x")}
    answer = Client(enforce_csrf_checks=True).post(address, sent, headers={"Authorization": credentials})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert answer.reason_phrase == answer.content.decode().strip()
    assert "Uploads go to /legacy/" in answer.reason_phrase
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_a_browser_is_shown_a_page(client: Client) -> None:
    """It sends no credentials but its cookies; a form that has gone stale says so."""
    answer = Client(enforce_csrf_checks=True).post("/", {"x": "y"})
    assert (answer.status_code, "This form has gone stale" in answer.content.decode()) == (403, True)


def test_an_unknown_address_of_the_api_leads_on(client: Client) -> None:
    """RFC 9457: ``detail`` says what to do, here where the addresses stand."""
    problem = client.get("/api/v1/packages").json()
    assert (problem["status"], problem["detail"].endswith("/api/v1/openapi.json.")) == (404, True)
