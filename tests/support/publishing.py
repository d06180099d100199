"""A registry that believes a local identity provider, and packages that list publishers of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.test import Client

from expectations import queries, trusted
from expectations.documents import Publisher
from expectations.documents.publishers import parse_publishers
from registry.models import Account, Package
from tests.support.agreement import agree, steward
from tests.support.oidc_issuer import OidcIssuer
from tests.support.stewards import STEWARDS
from verification.canonical import parse_strict

AUDIENCE = "127.0.0.1:8000"
"""What the test registry's base URL makes it."""

GITHUB_PINS = {
    "repository": "example/widget",
    "repository_id": "123456",
    "repository_owner_id": "7890",
    "workflow": "release.yml",
}
"""The honest workflow, in any environment."""


def believe(issuer: OidcIssuer, kind: str = "github") -> None:
    """Let the registry believe a provider, as two stewards agree."""
    now = parse_strict(queries.issuers().canonical)
    assert isinstance(now, dict)
    assert isinstance(now["issuers"], dict)
    wanted = {**now, "issuers": {**now["issuers"], issuer.url: kind}}
    assert agree(trusted.issuers(), wanted, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])


def disbelieve(issuer: OidcIssuer) -> None:
    """Let the registry believe a provider no longer."""
    now = json.loads(queries.issuers().canonical)
    del now["issuers"][issuer.url]
    assert agree(trusted.issuers(), now, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])


def entry(issuer: OidcIssuer, kind: str = "github", **changes: str | None) -> dict[str, Any]:
    """Return a publisher as a document lists it; ``changes`` replace pins of the honest workflow, None leaves one out."""
    pins = {**(GITHUB_PINS if kind == "github" else {}), **changes}
    return {
        "kind": kind,
        "issuer": issuer.url,
        "claims": {name: value for name, value in pins.items() if value is not None},
    }


def publisher(listed: dict[str, Any]) -> Publisher:
    """Return a publisher of its entry."""
    return parse_publishers({"schema": 1, "publishers": [listed]}).listed[0]


def list_publishers(package: Package, entries: list[dict[str, Any]], *, by: Iterable[Account]) -> None:
    """Make these the publishers of a package, as two agree."""
    assert agree(trusted.publishers_of(package), {"schema": 1, "publishers": entries}, by=by)


def exchange(client: Client, token: Any) -> Any:
    """Send an identity token as clients do."""
    return client.post("/_/oidc/mint-token", json.dumps({"token": token}), content_type="application/json")


def code_of(response: Any) -> str:
    """Return the one code of a refusal, which is of Warehouse's form."""
    told = response.json()
    assert (told["message"], told.keys()) == ("Token request failed", {"message", "errors"})
    (error,) = told["errors"]
    assert error.keys() == {"code", "description"}
    assert error["description"].strip()
    return str(error["code"])


def description_of(response: Any) -> str:
    """Return what a refusal tells people."""
    return str(response.json()["errors"][0]["description"])


def mint_leaves(event: str) -> Iterator[dict[str, Any]]:
    """Return the audit log's leaves of an event, the oldest first."""
    from expectations.models import AuditLeaf

    leaves = (json.loads(row.leaf) for row in AuditLeaf.objects.order_by("index"))
    return (leaf for leaf in leaves if leaf["event"] == event)
