"""Proposing through the API: who may, what for, and that it never carries a voice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client

from expectations import queries, trusted
from expectations.models import Kind, Proposal
from expectations.queries import Standing
from registry import roles
from registry.models import Account, Package, Token
from registry.tokens import create_token
from tests.support.agreement import agree, roster, steward
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader
from tests.support.voices import Council, document, new_council
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

PROPOSALS = "/api/v1/proposals"
RENAMED = "https://github.com/example/renamed"


@dataclass
class People:
    """A package with two maintainers and a stranger, each with an authenticator."""

    council: Council
    ada: Somebody
    bob: Somebody
    stranger: Somebody


@pytest.fixture
def people() -> People:
    """The usual package, whose expectation one person has set."""
    somebody: dict[str, Somebody] = {}
    council = new_council(with_each=lambda account: somebody.setdefault(account.username, Somebody(account)))
    roles.project(council.package)
    return People(council, *(somebody[account.username] for account in (council.ada, council.bob, council.cleo)))


def secret_of(account: Account, *, package: Package | None = None, scope: str = Token.Scope.PROPOSE) -> str:
    return create_token(account, name="test", package=package, scope=scope)[1]


def wanted(**changes: Any) -> dict[str, Any]:
    return {"kind": "expectation", "package": "widget", "document": document(RENAMED), "reason": "We moved.", **changes}


def post(sent: Any, secret: str | None = None, *, client: Client | None = None, **headers: str) -> Any:
    """Send a proposal as a program with this token does."""
    client = client or Client(enforce_csrf_checks=True)
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    with_token = {"Authorization": f"Bearer {secret}"} if secret else {}
    return client.post(PROPOSALS, body, "application/json", headers={**with_token, **headers})


def refused(response: Any) -> tuple[int, str | None]:
    assert response["Content-Type"] == "application/problem+json", response.content
    assert not Proposal.objects.exists()
    return response.status_code, response.json().get("reason")


# Who may


def test_a_proposal_by_token_carries_no_voice(people: People) -> None:
    """Two people 2. It stands on its page, where two people still have to agree."""
    response = post(wanted(), secret_of(people.council.ada))
    told = response.json()
    made = Proposal.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"/api/v1/proposals/{made.pk}")
    assert (told["digest"], told["standing"], told["decisions"]) == (made.digest, "open", [])
    assert not made.decisions.exists()
    people.council.decide(made, people.council.bob)
    assert queries.standing(made) is Standing.OPEN
    shown = people.bob.browser().get(f"/proposals/{made.pk}/").content.decode()
    assert made.digest in shown
    assert "We moved." in shown


def test_a_session_proposes_with_its_csrf_token_alone(people: People) -> None:
    """A page of somebody else's cannot make a signed-in browser propose."""
    browser = people.ada.browser(csrf=True)
    assert refused(post(wanted(), client=browser)) == (403, None)
    browser.get("/account/")
    token = browser.cookies["csrftoken"].value
    assert post(wanted(), client=browser, **{"X-CSRFToken": token}).status_code == 201


def test_nobody_is_told_how_to_sign_in(people: People) -> None:
    """RFC 9110, section 11.6.1: a 401 names the scheme."""
    response = post(wanted())
    assert refused(response) == (401, "authentication-required")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer sluice_wrong", "Bearer", "Basic eDp5", "", "Bearer \u00e9"])
def test_another_header_is_no_token(people: People, header: str) -> None:
    """Also in a signed-in browser: a token beside the session is what counts."""
    response = post(wanted(), client=people.ada.browser(), Authorization=header)
    assert refused(response) == (401, "token-invalid")


def test_an_upload_token_never_proposes(people: People) -> None:
    """What a release workflow holds cannot ask for its own files to be let in."""
    response = post(wanted(), secret_of(people.council.ada, scope=Token.Scope.UPLOAD))
    assert refused(response) == (403, "token-scope")


def test_a_robot_never_proposes(people: People) -> None:
    """Robots have no person, whatever their token says."""
    robot = Account.objects.create_robot("bot", package=people.council.package)
    assert refused(post(wanted(), create_token(robot, name="test")[1])) == (403, "not-a-person")
    with pytest.raises(ValueError, match="only a person proposes"):
        create_token(robot, name="test", scope=Token.Scope.PROPOSE)


def test_a_stranger_never_proposes(people: People) -> None:
    """A right to propose is the maintainers' and the stewards'."""
    assert refused(post(wanted(), secret_of(people.council.cleo))) == (403, "not-a-maintainer")


def test_without_a_second_factor_nobody_proposes(people: People) -> None:
    """A second factor comes before any right to propose, also where the token is older than its loss."""
    secret = secret_of(people.council.ada)
    people.ada.lose_authenticator()
    assert refused(post(wanted(), secret)) == (403, "second-factor-missing")


def test_a_token_for_one_package_stays_there(people: People) -> None:
    """Narrow tokens are narrow for every kind."""
    other = new_package("gadget", owner=people.council.ada)
    secret = secret_of(people.council.ada, package=other)
    assert refused(post(wanted(), secret)) == (403, "token-scope")
    assert refused(post({"kind": "policy", "document": {"schema": 1}, "reason": "x"}, secret)) == (403, "token-scope")


def test_a_newcomer_proposes(people: People) -> None:
    """A maintainer added lately proposes but does not decide."""
    council = people.council
    added = roster(council.package, **{"cleo-of-widget": "maintainer"})
    agree(trusted.roster_of(council.package), added, by=[council.ada, council.bob])
    assert post(wanted(), secret_of(council.cleo)).status_code == 201
    assert council.cleo.person_id not in queries.voters(Proposal.objects.get(kind=Kind.EXPECTATION))


def test_stewards_propose_about_the_registry(people: People) -> None:
    """And a maintainer does not."""
    stella = Somebody(steward()).account
    policy = json.loads(queries.active_policy_version().document)
    sent = {"kind": "policy", "document": {**policy, "proposal_days": policy["proposal_days"] + 1}, "reason": "Slower."}
    assert refused(post(sent, secret_of(people.council.ada))) == (403, "not-a-steward")
    response = post(sent, secret_of(stella))
    assert (response.status_code, response.json()["package"]) == (201, None)
    listed = Client().get("/api/v1/registry/proposals").json()["items"]
    assert [item["id"] for item in listed] == [response.json()["id"]]


@pytest.mark.parametrize("kind", ["roster", "status", "deletion", "person"])
def test_every_kind_can_be_proposed(people: People, kind: str) -> None:
    """People, state and deletions go the same way as promises."""
    council = people.council
    stella = Somebody(steward()).account
    release = council.package.releases.create(version="1.0", canonical_version="1")
    accounts = {"schema": 1, "accounts": [council.cleo.pk], "state": "deactivated", "factors_reset": 0}
    sent: dict[str, dict[str, Any]] = {
        "roster": wanted(document=roster(council.package, **{"cleo-of-widget": "maintainer"})),
        "status": wanted(document={"schema": 1, "state": "archived", "note": "Done."}),
        "deletion": wanted(document={"schema": 1, "deleted": True}, release=release.version),
        "person": {"person": str(council.cleo.person_id), "document": accounts, "reason": "Gone."},
    }
    by = stella if kind == "person" else council.ada
    response = post({**sent[kind], "kind": kind}, secret_of(by))
    assert response.status_code == 201, response.content
    assert (response.json()["kind"], response.json()["decisions"]) == (kind, [])


# What is sent


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (wanted(kind="law"), "/kind"),
        (wanted(reason=" "), "/reason"),
        (wanted(reason="a\u0000b"), None),
        (wanted(document=[]), "/document"),
        ({"kind": "expectation", "document": {}, "reason": "x"}, "/package"),
        (wanted(kind="deletion", document={"schema": 1, "deleted": True}), "/file"),
        (wanted(kind="deletion", document={"schema": 1, "deleted": True}, file="none.whl"), "/file"),
        (wanted(refusal="00000000-0000-4000-8000-000000000000"), "/refusal"),
        ({"kind": "person", "document": {}, "reason": "x"}, "/person"),
        ([], ""),
        (b"{", None),
        (b'{"kind":"expectation","kind":"roster"}', None),
        (b'{"kind":1.5}', None),
        (b"[" * 5000, None),
        (b'"' + b"x" * 600_000 + b'"', None),
    ],
)
def test_what_cannot_be_read_is_refused(people: People, sent: Any, where: str | None) -> None:
    """Strictly, and with the place of what is wrong."""
    response = post(sent, secret_of(people.council.ada))
    assert refused(response) == (400, None)
    if where is not None:
        assert response.json()["faults"][0]["where"] == where


def test_every_problem_of_a_document_is_told(people: People) -> None:
    """With the same reason and sentences as on the page."""
    response = post(wanted(document=document(minimum_level=9, builder_ids=[])), secret_of(people.council.ada))
    assert refused(response) == (400, "document-invalid")
    assert {fault["where"] for fault in response.json()["faults"]} == {
        "/recipes/0/minimum_level",
        "/recipes/0/builder_ids",
    }


def test_another_type_of_body_is_not_read(people: People) -> None:
    """A form of somebody else's page is no proposal."""
    response = people.ada.browser().post(PROPOSALS, {"kind": "expectation"})
    assert refused(response) == (415, None)


def test_what_is_in_force_is_not_proposed_again(people: People) -> None:
    """The domain's refusals come through with their reason and status."""
    council = new_council("fixed", change_control="immutable", with_each=Somebody)
    response = post(wanted(package="fixed"), secret_of(council.ada))
    assert refused(response) == (409, "expectation-immutable")


# A stolen token


def test_a_stolen_token_decides_nothing(people: People) -> None:
    """Two people: neither through the API nor by the page's form, whichever token it is."""
    made = people.council.propose()
    for scope in Token.Scope.values:
        headers = {"Authorization": f"Bearer {secret_of(people.council.bob, scope=scope)}"}
        sent = {"voice": "approve", "digest": made.digest, "code": people.bob.code()}
        api = Client().post(f"/api/v1/proposals/{made.pk}/decisions", sent, "application/json", headers=headers)
        form = Client().post(f"/proposals/{made.pk}/decide/", sent, headers=headers)
        assert (api.status_code, form.status_code) == (403, 403)
        assert api.json()["reason"] == "not-a-person"
    assert not made.decisions.exists()


def test_a_token_reads_the_document_that_its_page_shows(people: People) -> None:
    """Whoever is signed in sees what is proposed; an upload token is nobody's session."""
    made = people.council.propose()
    address = f"{PROPOSALS}/{made.pk}/document"
    headers = {"Authorization": f"Bearer {secret_of(people.council.bob)}"}
    assert Client().get(address, headers=headers).json()["preimage"] == made.preimage
    headers = {"Authorization": f"Bearer {secret_of(people.council.bob, scope=Token.Scope.UPLOAD)}"}
    assert Client().get(address, headers=headers).status_code == 403


# Tokens have one scope


def test_a_token_that_proposes_uploads_nothing(client: Client, world: SigstoreWorld, store: Path) -> None:
    """Each is for one thing: stealing the one does not give the other."""
    uploader = Uploader(client, world, store)
    uploader.secret = secret_of(uploader.account)
    response = uploader.publish()
    assert (response.status_code, response.json()["reason"]) == (403, Reason.TOKEN_SCOPE.value)
    token = uploader.account.tokens.get(scope=Token.Scope.PROPOSE)
    assert not roles.may_upload(token, uploader.package)
    assert roles.may_upload(uploader.token, uploader.package)


def test_a_scope_never_changes() -> None:
    """The database holds a token to what it was made as, and knows two scopes."""
    token, _ = create_token(new_account(), name="CI")
    assert token.scope == Token.Scope.UPLOAD
    for scope, refusal in (("propose", (IntegrityError, InternalError)), ("decide", IntegrityError)):
        with pytest.raises(refusal), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE registry_token SET scope = %s WHERE id = %s", [scope, token.pk])


def test_the_account_page_makes_tokens_of_either_scope(people: People) -> None:
    """In plain words, with uploading where nothing is chosen."""
    browser = people.ada.browser()
    assert "propose changes, on which people then decide" in browser.get("/account/").content.decode()
    browser.post("/account/tokens/", {"name": "a", "days": "9"})
    shown = browser.post("/account/tokens/", {"name": "b", "days": "9", "scope": "propose"}).content.decode()
    assert "Authorization: Bearer" in shown
    made = people.council.ada.tokens.order_by("name").values_list("name", "scope")
    assert list(made) == [("a", "upload"), ("b", "propose")]


# Refusals


def test_maintainers_read_refusals_with_all_their_checks(client: Client, world: SigstoreWorld, store: Path) -> None:
    """Each with its verdict whole, so that a program can propose what would let it in."""
    uploader = Uploader(client, world, store)
    Somebody(uploader.account)
    assert uploader.publish("1.0").status_code == 200
    assert uploader.publish("1.1", repository="example/fork").status_code == 400
    headers = {"Authorization": f"Bearer {secret_of(uploader.account)}"}
    (told,) = Client().get("/api/v1/packages/widget/refusals", headers=headers).json()["items"]
    assert (told["filename"], told["expectation"]) == ("widget-1.1.tar.gz", 1)
    checks = [check for sent in told["verdict"]["attestations"] for check in sent["checks"]]
    assert told["reason"] in {check.get("reason") for check in checks}
    sent = wanted(refusal=told["id"])
    sent["document"]["recipes"][0]["minimum_level"] = 1
    assert post(sent, secret_of(uploader.account)).status_code == 201
    assert str(Proposal.objects.get().refusal_id) == told["id"]


def test_refusals_are_the_maintainers_business(people: People) -> None:
    """Strangers, robots and upload tokens see none; a maintainer's session does."""
    address = "/api/v1/packages/widget/refusals"
    assert Client().get(address).status_code == 401
    assert people.stranger.browser().get(address).json()["reason"] == "not-a-maintainer"
    headers = {"Authorization": f"Bearer {secret_of(people.council.ada, scope=Token.Scope.UPLOAD)}"}
    assert Client().get(address, headers=headers).json()["reason"] == "token-scope"
    shown = people.ada.browser().get(address)
    assert (shown.status_code, shown.json()["total"]) == (200, 0)
    assert "no-store" in shown["Cache-Control"]
