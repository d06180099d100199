"""The JSON API that everybody reads: promises, their history, proposals, the log."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from expectations import actions
from expectations.documents import PackageState
from expectations.models import Kind, Voice
from tests.support.voices import FACTOR, Council, new_council
from verification.canonical import canonical
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def council() -> Council:
    """Two maintainers, and a first expectation that one of them has set."""
    return new_council()


def read(client: Client, address: str, **query: Any) -> Any:
    response = client.get(f"{API}/{address}", query)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json"), response.content
    return response.json()


def problem(response: Any) -> tuple[int, str | None]:
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told.get("reason")


def test_everybody_reads_what_is_promised(client: Client, council: Council) -> None:
    """Consumers are to know what was promised: the document whole, under the digest of its canonical form."""
    told = read(client, "packages/widget/expectation")
    assert hashlib.sha256(canonical(told["document"])).hexdigest() == told["digest"] == council.in_force().digest
    assert (told["number"], told["source"], told["proposal"]) == (1, "explicit", None)
    assert read(client, "packages/Widget")["expectation"] == {"number": 1, "digest": told["digest"]}


def test_the_history_is_whole(client: Client, council: Council) -> None:
    """Every version, the newest first, each with the proposal that two people agreed to."""
    made = council.propose()
    for account in (council.ada, council.bob):
        council.decide(made, account)
    told = read(client, "packages/widget/expectation/versions")
    assert [(item["number"], item["proposal"]) for item in told["items"]] == [(2, str(made.pk)), (1, None)]
    assert told["total"] == 2
    assert read(client, "packages/widget/expectation/versions/1") == told["items"][1]
    shown = read(client, f"proposals/{made.pk}")
    assert (shown["standing"], shown["version"]) == ("active", 2)
    people = [str(account.person_id) for account in (council.ada, council.bob)]
    assert [(voice["voice"], voice["person"], voice["digest"]) for voice in shown["decisions"]] == [
        ("approve", person, made.digest) for person in people
    ]


def test_open_and_closed_proposals_are_listed(client: Client, council: Council) -> None:
    """With how each stands; the document of one that is open is for those who are signed in, as its page."""
    closed, waiting = council.propose(), council.propose()
    council.decide(closed, council.bob, Voice.REJECT)
    told = read(client, "packages/widget/proposals")
    assert [(item["id"], item["standing"]) for item in told["items"]] == [
        (str(waiting.pk), "open"),
        (str(closed.pk), "rejected"),
    ]
    assert problem(client.get(f"{API}/proposals/{waiting.pk}/document")) == (401, "authentication-required")


def test_the_state_of_a_package_is_told(client: Client, council: Council) -> None:
    """Who depends on it learns that it was closed, and why."""
    actions.close_package(
        council.package, state=PackageState.QUARANTINED, note="Stolen.", by=council.ada, factor=FACTOR
    )
    told = read(client, "packages/widget")
    assert (told["state"], told["note"], told["offers_files"]) == ("quarantined", "Stolen.", False)
    assert read(client, "packages/widget/status")["closed_by"] == str(council.ada.person_id)


@pytest.mark.parametrize("kind", ["roots", "policy", "stewards"])
def test_what_the_registry_trusts_is_told(client: Client, kind: str) -> None:
    """Roots, policy and stewards in force, and their history."""
    told = read(client, f"registry/{kind}")
    assert told == read(client, f"registry/{kind}/versions")["items"][0]
    assert hashlib.sha256(canonical(told["document"])).hexdigest() == told["digest"]


def test_the_log_is_told_in_its_order(client: Client, council: Council) -> None:
    """A page at a time, each leaf exactly as its hash was taken (RFC 6962, section 2.1)."""
    told = read(client, "audit", start=1, limit=3)
    assert [leaf["index"] for leaf in told["items"]] == [1, 2, 3]
    for leaf in told["items"]:
        assert hashlib.sha256(b"\0" + leaf["leaf"].encode()).hexdigest() == leaf["leaf_hash"]
    assert read(client, "audit", start=told["head"]["index"])["items"][-1]["leaf_hash"] == told["head"]["leaf_hash"]


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"limit": "all"}, {"offset": -1}, {"offset": 2**70}])
def test_pages_have_a_cap(client: Client, council: Council, query: dict[str, Any]) -> None:
    """Nobody asks for everything at once; what cannot be answered is refused and not bent."""
    response = client.get(f"{API}/packages/widget/expectation/versions", query)
    assert problem(response) == (400, None)
    assert response.json()["faults"][0]["where"] == f"/{next(iter(query))}"


def test_reading_looks_at_no_cookie(client: Client, council: Council) -> None:
    """Answers are the same for everybody, and say so: none varies by a cookie or sets one."""
    client.force_login(council.ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in ("packages/widget/expectation", "packages/widget/proposals", "audit", "registry/roots"):
        response = client.get(f"{API}/{address}")
        assert "Cookie" not in response.get("Vary", "")
        assert not response.cookies


def test_names_and_addresses_stay_out(client: Client, council: Council) -> None:
    """People are told by their ids: whoever is erased is named nowhere."""
    council.decide(council.propose(), council.bob, Voice.REJECT)
    for address in (
        "packages/widget/proposals",
        "packages/widget/roster",
        "audit",
        "packages/widget/expectation/versions",
    ):
        text = json.dumps(read(client, address))
        assert "ada-of-widget" not in text
        assert "bob-of-widget" not in text


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("packages/none/expectation", "name-unknown"),
        ("packages/%00", "name-unknown"),
        ("packages/widget/expectation/versions/9", None),
        ("packages/widget/secrets", None),
        ("proposals/00000000-0000-4000-8000-000000000000", None),
        ("proposals/1", None),
        ("registry/expectation", None),
        ("reasons/because", None),
        ("nowhere/at/all", None),
        ("", None),
    ],
)
def test_what_is_not_there_is_a_problem(client: Client, council: Council, address: str, reason: str | None) -> None:
    """RFC 9457, for every address below the API's."""
    assert problem(client.get(f"{API}/{address}")) == (404, reason)


def test_every_reason_has_its_page(client: Client) -> None:
    """The ``type`` of a problem leads to what it means; the list is the closed one."""
    assert [told["reason"] for told in read(client, "reasons")] == [reason.value for reason in Reason]
    assert read(client, "reasons/not-a-person")["sentence"] == Reason.NOT_A_PERSON.sentence


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sluice_stolen"}])
def test_nobody_decides_through_the_api(client: Client, council: Council, headers: dict[str, str]) -> None:
    """Two people: deciding needs a person with a second factor in a browser; a program is told where."""
    made = council.propose()
    client.force_login(council.ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"voice": "approve", "digest": made.digest}
    response = client.post(f"{API}/proposals/{made.pk}/decisions", sent, "application/json", headers=headers)
    assert problem(response) == (403, "not-a-person")
    assert response.json()["link"].endswith(f"/proposals/{made.pk}/")
    assert not made.decisions.exists()


def test_nothing_is_changed_by_other_methods(client: Client, council: Council) -> None:
    """What only reads says so."""
    for method in (client.post, client.put, client.delete, client.patch):
        response = method(f"{API}/packages/widget/{Kind.EXPECTATION}")
        assert problem(response) == (405, None)
        assert response["Allow"] == "GET, HEAD, OPTIONS"
