"""Uploads by a minted token: what it opens, what it never opens, and how it ends at once when its list changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from expectations import actions, trusted
from expectations.documents import PackageState
from expectations.models import Proposal
from expectations.refusal import ChangeRefused
from registry import admission
from registry.models import File, Refusal
from registry.oidc import keys
from registry.tokens import create_token, find_token
from tests.support.agreement import steward
from tests.support.distributions import sdist
from tests.support.oidc_issuer import OidcIssuer, serve_issuer
from tests.support.publishing import AUDIENCE, believe, disbelieve, entry, exchange, list_publishers, mint_leaves
from tests.support.rows import new_package
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader, reason_of
from tests.support.voices import FACTOR
from verification.canonical import JsonValue
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def served() -> Iterator[OidcIssuer]:
    """One provider for all tests of this file."""
    with serve_issuer() as issuer:
        yield issuer


class Publishing(Uploader):
    """The uploader's package with the honest workflow as its publisher; ``secret`` is a minted token's."""

    def __init__(self, client: Client, world: SigstoreWorld, store: Path, issuer: OidcIssuer) -> None:
        super().__init__(client, world, store)
        self.issuer = issuer
        believe(issuer)
        keys.KEYS.forget()
        self.list([entry(issuer)])
        self.secret = self.mint()

    def list(self, entries: list[dict[str, Any]]) -> None:
        """Make these the publishers, as the maintainer and a steward agree."""
        list_publishers(self.package, entries, by=[self.account, steward()])

    def mint(self, **changes: Any) -> str:
        """Return the secret that a run gets."""
        return str(exchange(self.client, self.issuer.token(AUDIENCE, **changes)).json()["token"])


@pytest.fixture
def publishing(client: Client, world: SigstoreWorld, store: Path, served: OidcIssuer) -> Publishing:
    """A package with a publisher, whose run has a token."""
    return Publishing(client, world, store, served)


def test_a_minted_token_uploads(publishing: Publishing, client: Client) -> None:
    """The file came from the publisher and from no person, and its page says which one."""
    assert publishing.publish("1.0").status_code == 200
    account = File.objects.get().uploaded_by
    assert (account.kind, account.person) == ("publisher", None)
    page = client.get("/packages/widget/1.0/widget-1.0.tar.gz").content.decode()
    assert "by GitHub Actions: example/widget, release.yml, environment pypi" in page
    assert "Who uploaded a file proves nothing about how it was built" in page


def test_the_gate_does_not_rest_on_the_publisher(publishing: Publishing) -> None:
    """The right publisher with a stranger's build is refused like anybody: an upload right is no evidence."""
    assert publishing.publish("1.0").status_code == 200
    refused = publishing.publish("1.1", repository="stranger/widget")
    assert refused.status_code == 400
    assert Refusal.objects.get().account == File.objects.get().uploaded_by
    filename, content = sdist("widget", "1.2")
    assert reason_of(publishing.send(filename, content, None)) == Reason.EVIDENCE_MISSING


def test_another_package_is_closed_to_it(publishing: Publishing) -> None:
    """A token is for the packages that list its run, and for no other."""
    new_package("gadget")
    filename, content = sdist("gadget", "1.0")
    response = publishing.send(filename, content, [publishing.attest(filename, content)], name="gadget")
    assert reason_of(response) == Reason.NOT_ALLOWED
    assert "minted for other packages" in response.reason_phrase


def test_an_unknown_name_is_not_created(publishing: Publishing) -> None:
    """A person creates names; a publisher cannot."""
    filename, content = sdist("gadget", "1.0")
    response = publishing.send(filename, content, [publishing.attest(filename, content)], name="gadget")
    assert reason_of(response) == Reason.NAME_UNKNOWN


def removed(publishing: Publishing) -> None:
    """The list has nobody any more."""
    publishing.list([])


def joined(publishing: Publishing) -> None:
    """Another publisher joins; the run's own stays listed."""
    publishing.list([entry(publishing.issuer), entry(publishing.issuer, workflow="other.yml")])


def unbelieved(publishing: Publishing) -> None:
    """The stewards take the provider back."""
    disbelieve(publishing.issuer)


@pytest.mark.parametrize("change", [removed, joined, unbelieved])
def test_whatever_changes_the_list_ends_its_tokens(
    publishing: Publishing, change: Callable[[Publishing], None]
) -> None:
    """At once, and not when they expire; a run that is still listed gets a new one."""
    change(publishing)
    response = publishing.publish("1.0")
    assert reason_of(response) == Reason.NOT_ALLOWED
    assert "changed since" in response.reason_phrase
    if change is joined:
        publishing.secret = publishing.mint()
        assert publishing.publish("1.0").status_code == 200


@pytest.mark.parametrize("change", [removed, joined, unbelieved])
def test_the_binding_is_checked_again_inside(
    publishing: Publishing, change: Callable[[Publishing], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people change the list between the first look and the transaction: the upload is refused under the lock."""
    admit = admission.admit

    def change_first(*arguments: Any, **named: Any) -> Any:
        change(publishing)
        return admit(*arguments, **named)

    monkeypatch.setattr("registry.publish.admit", change_first)
    assert reason_of(publishing.publish("1.0")) == Reason.NOT_ALLOWED
    assert not File.objects.exists()
    assert publishing.leftovers() == []


def test_a_token_that_expires_under_way_lets_nothing_in(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a run's token for a moment begins an upload, drips it for hours, and ends it when it suits them."""
    late = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(admission, "_now", lambda: late)
    response = publishing.publish("1.0")
    assert reason_of(response) == Reason.TOKEN_INVALID
    assert "expired" in response.reason_phrase
    assert not File.objects.exists()
    assert publishing.leftovers() == []


def test_a_frozen_package_takes_nothing_of_it(publishing: Publishing) -> None:
    """One person stops a publisher that was hijacked, at once."""
    actions.close_package(
        publishing.package, state=PackageState.FROZEN, note="Stolen.", by=publishing.account, factor=FACTOR
    )
    assert reason_of(publishing.publish("1.0")) == Reason.PACKAGE_CLOSED


def test_an_upload_right_is_no_right_to_propose(publishing: Publishing, client: Client) -> None:
    """A publisher's token proposes nothing through the API, and nothing makes its account one that may."""
    nobody: JsonValue = {"schema": 1, "publishers": []}
    body = {"kind": "publishers", "package": "widget", "document": nobody, "reason": "Mine."}
    headers = {"Authorization": f"Bearer {publishing.secret}"}
    response = client.post("/api/v1/proposals", json.dumps(body), content_type="application/json", headers=headers)
    assert (response.status_code, response.json()["reason"]) == (403, "not-a-person")
    token = find_token(publishing.secret)
    assert token is not None
    before = Proposal.objects.count()
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.NOT_A_PERSON):
        actions.propose(trusted.publishers_of(publishing.package), content=nobody, reason="x", by=token.account)
    with pytest.raises(ValueError, match="only a person proposes"):
        create_token(token.account, name="x", scope="propose", days=1)
    assert Proposal.objects.count() == before


def test_a_publisher_does_not_sign_in(publishing: Publishing, client: Client) -> None:
    """Its account has no password, and none can be set by mail: it has no address."""
    account = find_token(publishing.secret)
    assert account is not None
    assert not account.account.has_usable_password()
    assert account.account.email == ""


def burn(client: Client, token: Any) -> Any:
    """Send a token to be ended, as uv does after its last file."""
    return client.post("/_/oidc/burn-token", json.dumps({"token": token}), content_type="application/json")


def test_a_run_ends_its_token_when_it_is_done(publishing: Publishing, client: Client) -> None:
    """Threat: a token is read in a run's log. It uploads no more once the run is done; ending it twice is once."""
    assert publishing.publish("1.0").status_code == 200
    assert [burn(client, publishing.secret).status_code for _ in range(2)] == [202, 202]
    assert reason_of(publishing.publish("2.0")) == Reason.TOKEN_INVALID
    (leaf,) = mint_leaves("publisher-token-ended")
    account = File.objects.get().uploaded_by
    assert (leaf["account"], leaf["token"]) == (account.pk, str(account.tokens.get().pk))


def test_nobody_elses_token_is_ended_there(publishing: Publishing, client: Client) -> None:
    """A person's token is for its person to revoke, and nobody learns there whether a text is a token."""
    _, secret = create_token(publishing.account, name="laptop")
    answers = [burn(client, text) for text in (secret, "sluice_unknown")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b'{"message": "Accepted"}')] * 2
    assert find_token(secret) is not None
    assert [burn(client, text).status_code for text in ("", None, 7, "\ud800", "sluice_\u00e9")] == [422] * 5
    assert client.get("/_/oidc/burn-token").status_code == 405
