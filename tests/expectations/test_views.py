"""The pages of change control, as browsers and tokens meet them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from expectations import queries
from expectations.models import Proposal, Voice
from expectations.queries import Standing
from registry import roles
from registry.models import Account, Package
from registry.tokens import create_token
from tests.support.people import Somebody
from tests.support.voices import Council, document, new_council
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

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
    # Authenticators first: whoever adds one while holding a role does not decide for a week.
    council = new_council(with_each=lambda account: somebody.setdefault(account.username, Somebody(account)))
    roles.project(council.package)
    return People(council, *(somebody[account.username] for account in (council.ada, council.bob, council.cleo)))


@pytest.fixture
def proposal(people: People) -> Proposal:
    """Ada's proposal, without a voice yet."""
    return people.council.propose()


def page(proposal: Proposal) -> str:
    return f"/proposals/{proposal.pk}/"


def decide(client: Client, proposal: Proposal, code: str, /, **fields: str) -> HttpResponse:
    """Send a decision as the page's form does."""
    sent = {"voice": "approve", "digest": proposal.digest, "code": code, **fields}
    return client.post(f"{page(proposal)}decide/", sent)  # type: ignore[return-value]  # the test client's double of it


def text(response: Any) -> str:
    return str(response.content.decode())


def reasons(response: Any) -> list[str]:
    return re.findall(r'data-reason="([^"]*)"', text(response))


def standing(proposal: Proposal) -> Standing:
    return queries.standing(proposal)


# Two people


def test_the_proposer_alone_puts_nothing_in_force(people: People, proposal: Proposal) -> None:
    """Two people: a proposal carries no voice, and its proposer's is only one."""
    before = people.council.in_force()
    response = decide(people.ada.browser(), proposal, people.ada.code())
    assert response.status_code == 302
    assert people.council.in_force() == before
    assert "1 of 2 people agreed" in text(people.ada.browser().get(page(proposal)))


def test_the_second_maintainer_puts_it_in_force(people: People, proposal: Proposal) -> None:
    """Two people: it takes effect when two different persons agree to exactly that digest."""
    decide(people.ada.browser(), proposal, people.ada.code())
    browser = people.bob.browser()
    response = browser.post(
        f"{page(proposal)}decide/",
        {"voice": "approve", "digest": proposal.digest, "code": people.bob.code()},
        follow=True,
    )
    assert "version 2 of the expectation of widget is in force" in text(response)
    assert "Two people agreed; it came into force." in text(response)
    assert people.council.in_force().document == proposal.content


def test_a_person_agrees_once(people: People, proposal: Proposal) -> None:
    """One voice a person, however often it is sent."""
    decide(people.ada.browser(), proposal, people.ada.code())
    again = decide(people.ada.browser(), proposal, people.ada.code())
    assert (again.status_code, reasons(again)) == (409, ["already-decided"])
    assert standing(proposal) is Standing.OPEN


@pytest.mark.parametrize("scheme", ["Bearer {}", "Basic {}"])
def test_a_token_has_no_voice(people: People, proposal: Proposal, scheme: str) -> None:
    """Two people: tokens and robots are refused before anything else, also without a CSRF token."""
    robot = Account.objects.create_robot("widget-release", package=people.council.package)
    _, secret = create_token(robot, name="upload", package=people.council.package)
    client = Client(enforce_csrf_checks=True)
    response = client.post(f"{page(proposal)}decide/", headers={"Authorization": scheme.format(secret)})
    assert (response.status_code, reasons(response)) == (403, ["not-a-person"])


def test_a_token_in_a_signed_in_browser_has_no_voice(people: People, proposal: Proposal) -> None:
    """A session beside the token changes nothing."""
    response = people.ada.browser().post(
        f"{page(proposal)}decide/",
        {"voice": "approve", "digest": proposal.digest, "code": people.ada.code()},
        headers={"Authorization": "Bearer sluice_x"},
    )
    assert (response.status_code, reasons(response)) == (403, ["not-a-person"])
    assert not proposal.decisions.exists()


def test_a_session_needs_a_csrf_token(people: People, proposal: Proposal) -> None:
    """Leaving tokens out of the CSRF check leaves nobody else out."""
    response = decide(people.ada.browser(csrf=True), proposal, people.ada.code())
    assert response.status_code == 403
    assert not proposal.decisions.exists()


def test_the_form_of_the_page_passes_the_csrf_check(people: People, proposal: Proposal) -> None:
    """What the page hands out is what the check wants."""
    browser = people.ada.browser(csrf=True)
    (token, *_) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', text(browser.get(page(proposal))))
    assert decide(browser, proposal, people.ada.code(), csrfmiddlewaretoken=token).status_code == 302


def test_a_wrong_code_decides_nothing(people: People, proposal: Proposal) -> None:
    """Two people: each voice has a fresh second factor."""
    response = decide(people.ada.browser(), proposal, "000000")
    assert (response.status_code, reasons(response)) == (400, ["second-factor-wrong"])
    assert not proposal.decisions.exists()


def test_a_code_works_once(people: People, proposal: Proposal) -> None:
    """Also for another decision of the same person."""
    code = people.ada.code()
    decide(people.ada.browser(), proposal, code)
    response = decide(people.ada.browser(), proposal, code, voice="withdraw")
    assert reasons(response) == ["second-factor-wrong"]
    assert standing(proposal) is Standing.OPEN


def test_another_digest_decides_nothing(people: People, proposal: Proposal) -> None:
    """Two people: approvals name that digest and nothing else."""
    response = decide(people.ada.browser(), proposal, people.ada.code(), digest="0" * 64)
    assert (response.status_code, reasons(response)) == (409, ["proposal-digest-differs"])
    assert not proposal.decisions.exists()


@pytest.mark.parametrize("fields", [{"voice": "activate"}, {"digest": "x"}, {"code": ""}])
def test_a_malformed_decision_comes_back(people: People, proposal: Proposal, fields: dict[str, str]) -> None:
    """With what is wrong, and without a voice."""
    response = decide(people.ada.browser(), proposal, people.ada.code(), **fields)
    assert (response.status_code, reasons(response)) == (400, ["form-malformed"])
    assert not proposal.decisions.exists()


def test_a_stale_proposal_says_so(people: People, proposal: Proposal) -> None:
    """Editing makes a new proposal; when the active version moves on, the old ones are stale."""
    other = people.council.propose(content=document("https://github.com/example/other"))
    people.council.decide(other, people.council.ada)
    people.council.decide(other, people.council.bob)
    shown = text(people.bob.browser().get(page(proposal)))
    assert "What it wanted to change has changed since" in shown
    assert 'data-voice="' not in shown
    response = decide(people.bob.browser(), proposal, people.bob.code())
    assert (response.status_code, reasons(response)) == (409, ["proposal-stale"])


def test_another_maintainer_rejects(people: People, proposal: Proposal) -> None:
    """Anyone who may approve may reject."""
    decide(people.bob.browser(), proposal, people.bob.code(), voice="reject")
    assert standing(proposal) is Standing.REJECTED
    assert "rejected it" in text(people.ada.browser().get(page(proposal)))


def test_the_proposer_withdraws(people: People, proposal: Proposal) -> None:
    """The proposer's own way to close it."""
    decide(people.ada.browser(), proposal, people.ada.code(), voice="withdraw")
    assert standing(proposal) is Standing.WITHDRAWN


def test_each_maintainer_is_offered_what_is_left_to_say(people: People, proposal: Proposal) -> None:
    """The proposer withdraws, the other one rejects; who has agreed does not agree again."""

    def offered(somebody: Somebody) -> list[str]:
        return re.findall(r'data-voice="([^"]*)"', text(somebody.browser().get(page(proposal))))

    assert offered(people.ada) == ["approve", "withdraw"]
    assert offered(people.bob) == ["approve", "reject"]
    people.council.decide(proposal, people.council.bob, Voice.APPROVE)
    assert offered(people.bob) == ["reject"]


def test_without_a_second_factor_nobody_decides() -> None:
    """The page tells where to add one."""
    bare = new_council("bare")
    proposal = bare.propose()
    bob = Client()
    bob.force_login(bare.bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = text(bob.get(page(proposal)))
    assert "/accounts/2fa/totp/activate/" in shown
    assert 'data-voice="' not in shown
    response = decide(bob, proposal, "123456")
    assert (response.status_code, reasons(response)) == (403, ["second-factor-missing"])


# Strangers


def test_a_stranger_reads_but_sees_no_form(people: People, proposal: Proposal) -> None:
    """The forms need rights."""
    shown = people.stranger.browser().get(page(proposal))
    assert shown.status_code == 200
    assert 'data-voice="' not in text(shown)
    response = decide(people.stranger.browser(), proposal, people.stranger.code())
    assert (response.status_code, reasons(response)) == (403, ["not-a-maintainer"])


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client, proposal: Proposal) -> None:
    """And from there to the proposal, not to the form's address."""
    for response in (client.get(page(proposal)), decide(client, proposal, "123456")):
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={page(proposal)}"


def test_everybody_reads_the_expectation(client: Client, people: People) -> None:
    """In words and exactly, but without a button."""
    for address in ("/packages/widget/expectation/", "/packages/widget/expectation/1/"):
        shown = text(client.get(address))
        assert (
            "Built by GitHub Actions from example/widget, workflow release.yml, from tags v{version}, at level 2 or more."
            in shown
        )
        assert "set by one person, not yet confirmed" in shown
        assert people.council.in_force().digest in shown
        assert "propose/" not in shown


def test_another_spelling_of_the_name_leads_to_the_page(client: Client, people: People) -> None:
    """PEP 503: names are compared normalised."""
    response = client.get("/packages/Widget/expectation/1/?x=1")
    assert (response.status_code, response["Location"]) == (301, "/packages/widget/expectation/1/?x=1")


@pytest.mark.parametrize(
    "address", ["/packages/none/expectation/", "/packages/%00/expectation/", "/packages/-/expectation/"]
)
def test_an_unknown_name_is_not_found(client: Client, address: str) -> None:
    """Whatever is in it."""
    assert client.get(address).status_code == 404


def test_the_history_says_who_agreed(people: People, client: Client, proposal: Proposal) -> None:
    """Each version with its source; an old one says that it is no longer in force."""
    people.council.decide(proposal, people.council.ada)
    people.council.decide(proposal, people.council.bob)
    shown = text(client.get("/packages/widget/expectation/"))
    assert "agreed by two people" in shown
    assert re.search(r"Agreed by <strong>ada-of-widget</strong> \(.*\) and <strong>bob-of-widget</strong>", shown)
    assert "no longer in force" in text(client.get("/packages/widget/expectation/1/"))


# Proposing


def propose(somebody: Somebody, content: str, reason: str = "We moved.") -> HttpResponse:
    base = queries.active_expectation(Package.objects.get(name="widget"))
    sent = {"document": content, "reason": reason, "base": base.digest if base else ""}
    return somebody.browser().post("/packages/widget/expectation/propose/", sent)  # type: ignore[return-value]  # the test client's double of it


def test_a_proposal_is_made_from_the_document_in_force(people: People) -> None:
    """The form comes filled in, and what comes back becomes a proposal without a voice."""
    shown = text(people.ada.browser().get("/packages/widget/expectation/propose/"))
    assert "&quot;change_control&quot;: &quot;two-person&quot;" in shown
    response = propose(people.ada, json.dumps(document(RENAMED)))
    made = Proposal.objects.get()
    assert (response.status_code, response["Location"]) == (302, page(made))
    assert not made.decisions.exists()


def test_confirming_is_proposing_the_same(people: People) -> None:
    """Confirming goes the way of every change."""
    assert "?confirm" in text(people.ada.browser().get("/packages/widget/expectation/"))
    shown = text(people.ada.browser().get("/packages/widget/expectation/propose/?confirm"))
    assert "Confirms the expectation as it stands." in shown
    propose(people.ada, json.dumps(document()))
    made = Proposal.objects.get()
    assert "it confirms version 1 as it stands" in text(people.ada.browser().get(page(made)))


def test_every_problem_of_a_document_is_told(people: People) -> None:
    """All at once, next to the field, and the text stays."""
    response = propose(people.ada, json.dumps(document(minimum_level=9, builder_ids=[])))
    shown = text(response)
    assert response.status_code == 400
    assert "/recipes/0/minimum_level: A SLSA build level is 1, 2 or 3." in shown
    assert "/recipes/0/builder_ids: This is a list of 1 to 200 items." in shown
    assert "&quot;minimum_level&quot;: 9" in shown
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("content", ["{", "[" * 5000, "\0", "nul", '{"a": 1.5}', "x" * 140_000, ""])
def test_what_is_no_document_is_refused(people: People, content: str) -> None:
    """Whatever it is, the page comes back."""
    assert propose(people.ada, content).status_code == 400


def test_an_immutable_expectation_is_not_changed() -> None:
    """No approval can change it, so nobody proposes to."""
    council = new_council(change_control="immutable")
    roles.project(council.package)
    response = propose(Somebody(council.ada), json.dumps(document(RENAMED)))
    assert (response.status_code, reasons(response)) == (409, ["expectation-immutable"])


def test_a_stranger_proposes_nothing(people: People) -> None:
    """Neither the form nor the action."""
    for response in (
        people.stranger.browser().get("/packages/widget/expectation/propose/"),
        propose(people.stranger, json.dumps(document(RENAMED))),
    ):
        assert (response.status_code, reasons(response)) == (403, ["not-a-maintainer"])


def test_proposing_needs_a_second_factor(people: People) -> None:
    """The page tells where to add one."""
    people.ada.lose_authenticator()
    response = propose(people.ada, json.dumps(document(RENAMED)))
    assert (response.status_code, reasons(response)) == (403, [Reason.SECOND_FACTOR_MISSING.value])
    assert "/accounts/2fa/totp/activate/" in text(response)


# What a proposal's page says


def test_weakening_stands_out(people: People) -> None:
    """The difference says in words and by class what weakens; warnings stand with the document."""
    claims = {**document()["recipes"][0]["claims"], "build_trigger": {"one_of": ["push", "workflow_dispatch"]}}
    shown = text(
        people.bob.browser().get(page(people.council.propose(content=document(claims=claims, minimum_level=3))))
    )
    assert re.findall(r'<tr class="(\w+)">', shown) == ["weakens", "tightens"]
    assert re.findall(r'badge--\w+">(1 \w+)<', shown) == ["1 weakens", "1 tightens"]
    assert "It may let in files that are refused now" in shown
    assert "workflow_dispatch: inputs are not recorded" in shown


def test_a_proposal_tells_what_is_agreed_to(people: People, proposal: Proposal) -> None:
    """Its whole digest, what it starts from, who proposed, and who can still agree."""
    shown = text(people.stranger.browser().get(page(proposal)))
    assert proposal.digest in shown
    assert proposal.base is not None
    assert proposal.base.digest in shown
    assert re.search(r"Can still agree: <strong>ada-of-widget</strong>, <strong>bob-of-widget</strong>", shown)


def test_hostile_text_is_escaped(people: People) -> None:
    """A reason and a document are somebody else's text."""
    attack = "<script>alert(1)</script>"
    ref = {"equals": f"refs/heads/{attack}\u202e"}
    parameters = {**document()["recipes"][0]["external_parameters"], "/workflow/ref": ref}
    made = people.council.propose(content=document(external_parameters=parameters, name=attack[:60]))
    shown = text(people.bob.browser().get(page(made)))
    assert "<script>" not in shown
    assert "\u202e" not in shown.split('<pre class="wrapped" tabindex="0" aria-label="The exact document">')[1]
    assert "&lt;script&gt;" in shown


def test_pages_are_allowed_no_script(people: People, client: Client) -> None:
    """A strict CSP, and nothing inline that it would have to stop."""
    response = client.get("/packages/widget/expectation/")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not re.search(r"<script|<style| style=| on\w+=", text(response))
