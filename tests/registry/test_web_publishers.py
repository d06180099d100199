"""The pages of trusted publishers and of identity providers: questions instead of JSON, and what is told at the field."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from expectations import queries
from expectations.documents.publishers import NOBODY
from expectations.models import Proposal
from registry import roles
from tests.support.agreement import steward
from tests.support.oidc_issuer import OidcIssuer
from tests.support.people import Somebody
from tests.support.publishing import GITHUB_PINS, believe, disbelieve, list_publishers
from tests.support.voices import Council, new_council
from verification.build_types.claims import GITHUB_ISSUER

pytestmark = pytest.mark.django_db

PAGE = "/packages/widget/publishers/"
REMOVE = f"{PAGE}remove/"


@dataclass
class People:
    """A package, its maintainer ada and a stranger, each with an authenticator."""

    council: Council
    ada: Somebody
    stranger: Somebody


@pytest.fixture
def people() -> People:
    """Authenticators first: whoever adds one while holding a role does not decide for a week."""
    somebody: dict[str, Somebody] = {}
    council = new_council(with_each=lambda account: somebody.setdefault(account.username, Somebody(account)))
    roles.project(council.package)
    return People(council, somebody[council.ada.username], somebody[council.cleo.username])


def text(response: Any) -> str:
    """Return a page as a reader sees its characters."""
    return html.unescape(response.content.decode())


def send(somebody: Somebody, path: str, page: str = PAGE, **fields: Any) -> Any:
    """Send a form with the base that its page was made with."""
    browser = somebody.browser()
    base = re.search(r'name="base" value="([^"]*)"', text(browser.get(page)))
    return browser.post(path, {"base": base[1] if base else "", "reason": "We release by it.", **fields})


def content(response: Any) -> dict[str, Any]:
    """Return the document of the proposal that a form led to."""
    assert response.status_code == 302, text(response)
    proposal = Proposal.objects.latest("created_at")
    assert response["Location"] == f"/proposals/{proposal.pk}/"
    return dict(json.loads(proposal.content))


def github(**claims: str) -> dict[str, Any]:
    """Return the entry of the honest workflow."""
    return {"kind": "github", "issuer": GITHUB_ISSUER, "claims": {**GITHUB_PINS, **claims}}


def listed(people: People, *entries: dict[str, Any]) -> None:
    """Make these the publishers."""
    list_publishers(people.council.package, list(entries), by=[people.council.ada, people.council.bob])


def test_everybody_reads_who_may_publish(client: Client, people: People) -> None:
    """Nobody at first; then each with its pins. Without a form."""
    assert "Nobody: files come by API tokens alone." in text(client.get(PAGE))
    listed(people, github(environment="pypi"))
    shown = text(client.get(PAGE))
    assert "GitHub Actions: example/widget, release.yml, environment pypi" in shown
    assert "<code>123456</code>" in shown
    assert 'method="post"' not in shown
    assert f'href="{PAGE}"' in text(client.get("/packages/widget/"))


def test_a_maintainer_chooses_a_provider(people: People) -> None:
    """Of those that the registry believes; for one that it does not there is no form."""
    browser = people.ada.browser()
    assert "?issuer=https%3A%2F%2Ftoken.actions.githubusercontent.com#add" in browser.get(PAGE).content.decode()
    assert browser.get(PAGE, {"issuer": "https://evil.example"}).status_code == 404
    assert "Where does your release run?" not in text(people.stranger.browser().get(PAGE))


def test_two_forms_on_one_page_share_no_id(people: People) -> None:
    """A label leads to one field, and what a field is described by is said once."""
    listed(people, github())
    shown = text(people.ada.browser().get(PAGE, {"issuer": GITHUB_ISSUER}))
    ids = re.findall(r' id="([^"]*)"', shown)
    assert "remove_reason" in ids
    assert sorted(ids) == sorted(set(ids))


def test_what_the_expectation_names_is_filled_in(people: People) -> None:
    """Repository, numbers and workflow, as two people have agreed to them already."""
    shown = text(people.ada.browser().get(PAGE, {"issuer": GITHUB_ISSUER}))
    for value in GITHUB_PINS.values():
        assert f'value="{value}"' in shown


def test_a_publisher_is_proposed_pin_by_pin(people: People) -> None:
    """No JSON; an empty environment is none; those that are listed stay."""
    made = content(send(people.ada, PAGE, issuer=GITHUB_ISSUER, **GITHUB_PINS, environment=""))
    assert made == {"schema": 1, "publishers": [github()]}
    assert queries.publishers(people.council.package) == NOBODY
    listed(people, github())
    made = content(send(people.ada, PAGE, issuer=GITHUB_ISSUER, **GITHUB_PINS, environment=" pypi "))
    assert sorted(len(entry["claims"]) for entry in made["publishers"]) == [4, 5]


def test_a_wrong_pin_is_told_at_its_field(people: People) -> None:
    """With what it has to be."""
    wrong = {**GITHUB_PINS, "repository_id": "example/widget", "workflow": ".github/workflows/release.yml"}
    response = send(people.ada, PAGE, issuer=GITHUB_ISSUER, **wrong)
    assert response.status_code == 400
    assert "What it has to be: a number without leading zeros." in text(response)
    assert "What it has to be: the name of a .yml or .yaml file, without folders." in text(response)
    assert not Proposal.objects.exists()


def test_a_publisher_that_is_listed_is_not_proposed_again(people: People) -> None:
    """Nothing would change."""
    listed(people, github())
    response = send(people.ada, PAGE, issuer=GITHUB_ISSUER, **GITHUB_PINS)
    assert 'data-reason="document-unchanged"' in text(response)


def test_claims_of_another_provider_are_written_line_by_line(people: People, client: Client) -> None:
    """Each once; what every token has says nothing of who publishes."""
    other = OidcIssuer("https://ci.example.com", {})
    believe(other, "other")
    lines = "sub = pipeline:widget\r\n\r\nexample.com/organization=acme\r\n"
    made = content(send(people.ada, PAGE, issuer=other.url, claims=lines))
    assert made["publishers"][0]["claims"] == {"sub": "pipeline:widget", "example.com/organization": "acme"}
    for wrong in ("sub", "sub = a\nsub = b", "aud = a", "= a", "sub =", "sub = \u0430"):
        response = send(people.ada, PAGE, issuer=other.url, claims=wrong)
        assert response.status_code == 400, wrong
        assert "field__error" in text(response)


def test_a_publisher_is_removed_by_choice(people: People) -> None:
    """The others stay; the proposal's page says what it does."""
    listed(people, github(), github(environment="pypi"))
    gone = next(one for one in queries.publishers(people.council.package).listed if "environment" in one.claims)
    response = send(people.ada, REMOVE, publisher=gone.digest)
    assert content(response) == {"schema": 1, "publishers": [github()]}
    shown = text(people.ada.browser().get(response["Location"]))
    assert "may upload no longer" in shown
    assert "tightens" in shown
    assert send(people.ada, REMOVE, publisher="0" * 64).status_code == 400


def test_a_stranger_removes_nothing(people: People) -> None:
    """Whatever is sent."""
    listed(people, github())
    (one,) = queries.publishers(people.council.package).listed
    assert people.stranger.browser().post(REMOVE, {"publisher": one.digest, "reason": "x"}).status_code == 403


def test_a_proposal_that_adds_says_what_it_lets_in(people: People) -> None:
    """In the words that two people agree to."""
    response = send(people.ada, PAGE, issuer=GITHUB_ISSUER, **GITHUB_PINS)
    shown = text(people.ada.browser().get(response["Location"]))
    assert "Trusted publishers of widget" in shown
    assert "If two people agree, GitHub Actions: example/widget, release.yml may upload." in shown
    assert "It lets runs elsewhere upload to this package" in shown
    assert "any environment of it will do" in shown


def test_a_publisher_of_an_issuer_that_is_gone_is_marked(people: People, client: Client) -> None:
    """It uploads nothing, and the page says so."""
    listed(people, github())
    disbelieve(OidcIssuer(GITHUB_ISSUER, {}))
    assert "its issuer is not believed" in text(client.get(PAGE))


def test_stewards_propose_a_provider(people: People, client: Client) -> None:
    """By its address and kind; wrong addresses are told at the field; the others stay."""
    page = "/registry/issuers/"
    assert "https://token.actions.githubusercontent.com" in text(client.get(page))
    stella = Somebody(steward())
    made = content(send(stella, page, page, issuer="https://gitlab.example.com", kind="gitlab"))
    assert made["issuers"]["https://gitlab.example.com"] == "gitlab"
    assert len(made["issuers"]) == 5
    response = send(stella, page, page, issuer="http://gitlab.example.com", kind="gitlab")
    assert response.status_code == 400
    assert "field__error" in text(response)
    made = content(send(stella, page, page, issuer="https://gitlab.com", kind=""))
    assert "https://gitlab.com" not in made["issuers"]
