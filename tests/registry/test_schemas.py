"""The JSON Schemas of the registry's documents, at addresses that stay."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from registry.models import File
from tests.support.rows import Signing, accept, new_package
from verification.published_schemas import Kind

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", list(Kind))
def test_a_schema_is_public_and_cacheable(client: Client, kind: Kind) -> None:
    """Verdict, Expectations: a JSON Schema is published."""
    response = client.get(f"/schemas/{kind}-1.json")
    assert response.status_code == 200
    assert json.loads(response.content)["$id"] == f"urn:sluicegate:schema:{kind}:1"
    assert response.headers["Content-Type"] == "application/schema+json"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert "Cookie" not in response.headers.get("Vary", "")
    again = client.get(f"/schemas/{kind}-1.json", HTTP_IF_NONE_MATCH=response.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["expectation-2", "expectation-0", "other-1", "expectation", "../settings-1", "-1"])
def test_there_are_no_others(client: Client, name: str) -> None:
    """Nothing else of the file system is there."""
    assert client.get(f"/schemas/{name}.json").status_code == 404


def test_pages_link_to_them(client: Client, signing: Signing) -> None:
    """Beside an expectation and a verdict."""
    filename = "widget-1.0.tar.gz"
    made = accept(
        new_package(), filename, b"the file", [signing.provenance(filename, b"the file")], roots=signing.roots
    )
    assert isinstance(made, File)
    assert 'href="/schemas/expectation-1.json"' in client.get("/packages/widget/expectation/").content.decode()
    assert 'href="/schemas/verdict-1.json"' in client.get(f"/packages/widget/1.0/{filename}").content.decode()
