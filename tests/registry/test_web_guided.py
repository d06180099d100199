"""The questions: from a refused upload, or from the promise in force, to a proposal, without a word of JSON."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from expectations import actions, queries, trusted
from expectations.models import Proposal, Source
from registry import roles
from registry.models import Package, Refusal
from tests.support.agreement import agree, steward
from tests.support.distributions import sdist
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from tests.support.sent_form import fields_of
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader
from tests.support.voices import document

pytestmark = pytest.mark.django_db

QUESTIONS = "/packages/widget/expectation/questions/"


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """The maintainer of widget, whose first upload is in."""
    found = Uploader(client, world, store)
    assert found.publish().status_code == 200
    roles.project(found.package)
    return found


@pytest.fixture
def ada(uploader: Uploader) -> Client:
    """Her browser."""
    return Somebody(uploader.account).browser()


@pytest.fixture
def eve() -> Client:
    """The browser of a maintainer of widget, whose promise was set without an upload."""
    account = new_account("eve")
    package = new_package("widget", owner=account)
    actions.bind_first(package, actions.read_expectation(document()), source=Source.EXPLICIT)
    roles.project(package)
    return Somebody(account).browser()


def refused(uploader: Uploader, version: str = "2.0", **run: Any) -> Refusal:
    """Return the refusal of an upload by another run."""
    assert uploader.publish(version, **run).status_code == 400
    return Refusal.objects.latest("created_at")


def text(response: Any) -> str:
    return str(response.content.decode())


def opened(browser: Client, query: str = "") -> dict[str, list[str]]:
    """Return the fields of the form as it is opened."""
    response = browser.get(f"{QUESTIONS}{query}")
    assert response.status_code == 200
    return fields_of(text(response))


def step(browser: Client, fields: dict[str, list[str]], do: str, **more: Any) -> Any:
    """Press a button."""
    return browser.post(QUESTIONS, {**fields, **more, "do": do})


def in_force(package: Package) -> Any:
    version = queries.active_expectation(package)
    assert version is not None
    return json.loads(version.document)


# From a refused upload


def test_a_refused_upload_becomes_a_proposal(uploader: Uploader, ada: Client) -> None:
    """A maintainer opens the form from the refusal's page, looks at the difference, and proposes: the refusal is named."""
    refusal = refused(uploader, workflow=".github/workflows/publish.yml")
    page = text(ada.get(f"/refusals/{refusal.pk}/"))
    assert f'{QUESTIONS}?refusal={refusal.pk}"' in page
    assert "The promise has changed since" not in page
    fields = opened(ada, f"?refusal={refusal.pk}")
    assert (fields["r0-workflow"], fields["r0-repository_id"]) == (["publish.yml"], ["123456"])
    looked = step(ada, fields, "look")
    assert looked.status_code == 200
    assert "workflow publish.yml, from tags v{version}, at level 2 or more" in text(looked)
    assert re.findall(r'<tr class="(\w+)">', text(looked)) == ["replaces", "replaces"]
    sent = step(ada, fields_of(text(looked)), "propose", reason="We renamed it.")
    proposal = Proposal.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/proposals/{proposal.pk}/")
    assert (proposal.refusal, proposal.reason) == (refusal, "We renamed it.")
    wanted = in_force(uploader.package)
    recipe = wanted["recipes"][0]
    recipe["external_parameters"]["/workflow/path"] = {"equals": ".github/workflows/publish.yml"}
    recipe["builder_ids"] = [
        {"template": "https://github.com/example/widget/.github/workflows/publish.yml@refs/tags/v{version}"}
    ]
    assert json.loads(proposal.content) == wanted


@pytest.mark.parametrize(
    ("run", "changed"),
    [
        ({"trigger": "release"}, {"r0-triggers": ["push", "release"]}),
        ({"ref": "refs/heads/main"}, {"r0-ref_kind": ["branch"], "r0-ref": ["main"]}),
        ({"runner": "self-hosted"}, {"r0-runner": ["self-hosted"], "r0-minimum_level": ["1"]}),
        ({"repository": "example/renamed"}, {"r0-repository": ["example/renamed"]}),
        ({"owner_id": "99"}, {"r0-owner_id": ["99"]}),
        ({"repository": "fork/widget", "repository_id": "5"}, {"r0-repository_id": ["5"]}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_only_what_came_otherwise_is_changed(
    uploader: Uploader, ada: Client, run: dict[str, Any], changed: dict[str, list[str]]
) -> None:
    """What the recipe takes already, it goes on taking; what came now would pass."""
    before = opened(ada)
    after = opened(ada, f"?refusal={refused(uploader, **run).pk}")
    told = {name: value for name, value in after.items() if value != before.get(name) and name.startswith("r0-")}
    assert changed.items() <= told.items()
    assert step(ada, after, "look").status_code == 200


def test_a_recipe_can_be_added_instead(uploader: Uploader, ada: Client) -> None:
    """Wheels by another workflow than the sdist: the recipe in force stays as it is."""
    refusal = refused(uploader, workflow=".github/workflows/wheels.yml")
    fields = opened(ada, f"?refusal={refusal.pk}&into=")
    assert (fields["r0-workflow"], fields["r1-workflow"]) == (["release.yml"], ["wheels.yml"])
    assert fields["r1-name"] == ["wheels"]
    step(ada, fields_of(text(step(ada, fields, "look"))), "propose", reason="Wheels too.")
    assert json.loads(Proposal.objects.get().content)["recipes"][0] == in_force(uploader.package)["recipes"][0]


def test_what_strangers_can_pull_is_not_filled_in(uploader: Uploader, ada: Client) -> None:
    """Expectations 5: pull_request is no value to start from; the page says so and shows what is in force."""
    refusal = refused(uploader, trigger="pull_request")
    response = ada.get(f"{QUESTIONS}?refusal={refusal.pk}")
    assert 'data-begun="no"' in text(response)
    assert "can be steered by strangers" in text(response)
    assert fields_of(text(response))["r0-triggers"] == ["push"]


def test_evidence_that_is_not_sound_starts_nothing(uploader: Uploader, ada: Client) -> None:
    """Threat: a forged attestation fills in the forger's repository for a tired maintainer to agree to."""
    filename, content = sdist("widget", "2.0")
    other = uploader.attest(filename, b"another file", repository="evil/widget", repository_id="666")
    assert uploader.send(filename, content, [other]).status_code == 400
    refusal = Refusal.objects.get()
    assert "Start a proposal" not in text(ada.get(f"/refusals/{refusal.pk}/"))
    response = ada.get(f"{QUESTIONS}?refusal={refusal.pk}")
    assert "666" not in text(response)
    assert 'data-begun="no"' in text(response)


def test_a_refusal_under_an_earlier_promise_says_so(uploader: Uploader) -> None:
    """Who opens an old link is told that the promise has changed, and is asked for no reason where nothing is to propose."""
    refusal = refused(uploader, workflow=".github/workflows/publish.yml")
    anew = json.dumps(in_force(uploader.package)).replace("release.yml", "publish.yml")
    assert agree(trusted.expectation_of(uploader.package), json.loads(anew), by=[uploader.account, steward()])
    browser = Somebody(uploader.account).browser()
    page = text(browser.get(f"/refusals/{refusal.pk}/"))
    assert '<a href="/packages/widget/expectation/2/">version 2</a> is in force' in page
    looked = text(step(browser, opened(browser, f"?refusal={refusal.pk}"), "look"))
    assert "There is nothing to propose" in looked
    assert "send it again" in looked
    assert 'name="reason"' not in looked
    assert 'value="propose"' not in looked


def test_another_packages_refusal_is_not_found(uploader: Uploader, ada: Client) -> None:
    """Refusals are their maintainers' business alone."""
    refusal = refused(uploader, trigger="release")
    eve = new_account("eve")
    package = new_package("gadget", owner=eve)
    actions.bind_first(package, actions.read_expectation(document()), source=Source.EXPLICIT)
    roles.project(package)
    browser = Somebody(eve).browser()
    address = "/packages/gadget/expectation/questions/"
    assert browser.get(address).status_code == 200
    for query in (str(refusal.pk), str(uuid.uuid4()), "x", "\0"):
        assert browser.get(address, {"refusal": query}).status_code == 404
        assert browser.post(address, {"refusal": query}).status_code == 404


# From the promise in force


def test_confirming_takes_one_click_and_a_button(uploader: Uploader, ada: Client) -> None:
    """First use: confirming goes the way of every change, and its page says what it does."""
    assert f"{QUESTIONS}?confirm" in text(ada.get("/packages/widget/expectation/"))
    looked = ada.get(f"{QUESTIONS}?confirm")
    assert "it confirms version 1 as it stands" in text(looked)
    step(ada, fields_of(text(looked)), "propose")
    proposal = Proposal.objects.get()
    assert proposal.reason == "Confirms the expectation as it stands."
    assert json.loads(proposal.content) == in_force(uploader.package)


def test_immutable_is_warned_of_plainly(uploader: Uploader, ada: Client) -> None:
    """Two people: it is for ever, so that nobody does it by mistake."""
    looked = ada.get(f"{QUESTIONS}?immutable")
    assert 'data-warning="immutable"' in text(looked)
    step(ada, fields_of(text(looked)), "propose", reason="It is finished.")
    assert json.loads(Proposal.objects.get().content)["change_control"] == "immutable"


def test_nobody_proposes_against_a_version_that_was_not_shown(uploader: Uploader, ada: Client) -> None:
    """Threat: a difference is looked at, another version comes into force, and the proposal undoes it unseen."""
    fields = opened(ada)
    looked = fields_of(text(step(ada, fields, "look")))
    looked["base"] = ["0" * 64]
    assert "came into force while you were writing" in text(step(ada, looked, "look"))
    sent = step(ada, looked, "propose", reason="x")
    assert (sent.status_code, 'data-reason="proposal-stale"' in text(sent)) == (409, True)
    assert not Proposal.objects.exists()


def test_recipes_come_and_go_and_keep_what_was_typed(eve: Client) -> None:
    """Each by a button of its own; half-filled fields are neither lost nor scolded."""
    more = step(eve, opened(eve), "add", **{"way": "gitlab-publish", "r0-workflow": "half a na"})
    fields = fields_of(text(more))
    assert fields["recipe"] == ["0:github", "1:gitlab-publish"]
    assert fields["r0-workflow"] == ["half a na"]
    assert "field__error" not in text(more)
    less = fields_of(text(step(eve, fields, "remove:0")))
    assert less["recipe"] == ["1:gitlab-publish"]
    assert fields_of(text(step(eve, less, "remove:1")))["recipe"] == ["1:gitlab-publish"]


def test_questions_and_json_are_two_views_of_one_document(eve: Client) -> None:
    """What was answered goes on as JSON, and back."""
    fields = opened(eve)
    fields["r0-ref"] = ["widget-v"]
    editor = step(eve, fields, "json")
    sent = fields_of(text(editor))
    assert json.loads(sent["document"][0])["recipes"][0]["external_parameters"]["/workflow/ref"] == {
        "template": "refs/tags/widget-v{version}"
    }
    back = eve.post("/packages/widget/expectation/propose/", {**sent, "do": "questions"})
    assert fields_of(text(back))["r0-ref"] == ["widget-v"]
    looked = eve.post("/packages/widget/expectation/propose/", {**sent, "do": "look"})
    assert "from tags widget-v{version}" in text(looked)
    again = eve.post("/packages/widget/expectation/propose/", {**fields_of(text(looked)), "do": "change"})
    assert fields_of(text(again))["document"] == sent["document"]
    done = eve.post(
        "/packages/widget/expectation/propose/", {**fields_of(text(looked)), "do": "propose", "reason": "Tags."}
    )
    assert done.status_code == 302


def test_what_the_questions_cannot_ask_is_kept(uploader: Uploader, ada: Client) -> None:
    """A recipe beyond the questions is shown as JSON, and stays exactly as it is."""
    wanted = in_force(uploader.package)
    odd = {**wanted["recipes"][0], "name": "odd", "builder_ids": [{"equals": "a:b"}, {"equals": "c:d"}]}
    wanted["recipes"].append(odd)
    sent = {"document": json.dumps(wanted), "do": "questions"}
    fields = fields_of(text(ada.post("/packages/widget/expectation/propose/", sent)))
    assert fields["recipe"] == ["0:github", "1:written"]
    step(ada, fields_of(text(step(ada, fields, "look"))), "propose", reason="Two.")
    assert json.loads(Proposal.objects.get().content) == wanted


# What is wrong is told where it is wrong

WRONG = [
    ("repository", "widget"),
    ("repository", "https://evil.example/example/widget"),
    ("repository", "../widget"),
    ("repository", "ex\u0430mple/widget"),
    ("repository_id", "12a"),
    ("repository_id", ""),
    ("owner_id", "\u0661\u0662"),
    ("workflow", "../release.yml"),
    ("workflow", "release.yml@refs/heads/main"),
    ("ref", "v{version}"),
    ("ref", "v*"),
    ("ref", "v\n"),
    ("triggers", "pull_request_target"),
    ("triggers", []),
    ("runner", "my-machine"),
    ("minimum_level", "4"),
    ("ref_kind", "glob"),
    ("versions", "===1.0"),
    ("versions", "1.0 or so"),
    ("stages", "alpha"),
    ("name", "\u202ename"),
    ("name", " "),
    ("signing_workflow", "javascript:alert(1)"),
    ("signing_workflow", "https://*/{name"),
    ("environment", "p\u00fd"),
    ("parameters", "/inputs"),
    ("parameters", "/workflow/ref = anything"),
    ("parameters", "/a = 1.5"),
    ("parameters", "no pointer = 1"),
    ("parameters", "/a = 1\n/a = 2"),
    ("sigstore", "evil"),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda value: ascii(value)[:30])
def test_every_problem_stands_at_its_field(eve: Client, field: str, value: Any) -> None:
    """And in a list above the form, with a link; nothing is proposed, for nothing can be."""
    fields = {**opened(eve), f"r0-{field}": value}
    response = step(eve, fields, "propose", reason="x")
    shown = text(response)
    assert response.status_code == 400
    assert f'id="id_r0-{field}_error"' in shown
    assert f'href="#id_r0-{field}"' in shown
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("kind", ["branch", "tag"])
def test_a_branch_or_a_tag_has_a_name(eve: Client, kind: str) -> None:
    """Only before a version may nothing stand."""
    fields = {**opened(eve), "r0-ref_kind": [kind], "r0-ref": [""]}
    assert f"Say which {kind}." in text(step(eve, fields, "look"))


def test_two_recipes_of_one_name_are_told_at_the_name(eve: Client) -> None:
    """A problem of the document is told at the field that it comes from."""
    fields = {**opened(eve), "recipe": ["0:github", "1:github"]}
    fields |= {name.replace("r0-", "r1-"): value for name, value in fields.items() if name.startswith("r0-")}
    assert "Another recipe has this name already." in text(step(eve, fields, "look"))
    assert 'id="id_r1-name_error"' in text(step(eve, fields, "look"))


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 5000, '{"a": 1.5}', '{"name": "x"}', "x" * 140_000])
def test_what_is_no_recipe_is_told_at_its_text(eve: Client, content: str) -> None:
    """The part in JSON has the same checks."""
    fields = {**opened(eve), "recipe": ["0:github", "1:written"], "r1-document": [content]}
    response = step(eve, fields, "look")
    assert (response.status_code, 'id="id_r1-document_error"' in text(response)) == (400, True)


def test_hostile_text_is_escaped_in_every_step(eve: Client) -> None:
    """Threat: markup in a value that goes to and fro in hidden fields."""
    attack = '"><script>alert(1)</script>'
    fields = {**opened(eve), "r0-environment": [attack]}
    for do in ("look", "change", "add", "remove:0"):
        assert "<script" not in text(step(eve, fields, do))
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in text(step(eve, fields, "look"))


@pytest.mark.parametrize(
    "recipes",
    [[], ["x"], ["0:nothing"], ["0:github"] * 3, ["-1:github"], ["9999:github"]],
)
def test_a_page_that_was_never_handed_out_does_no_harm(eve: Client, recipes: list[str]) -> None:
    """Whatever a program sends, the answer is a page."""
    for do in ("look", "add", "remove:0", "remove:x", "change", "json", "propose", "nothing", ""):
        response = step(eve, {"recipe": recipes}, do, way="nothing")
        assert response.status_code in (200, 400)
    assert not Proposal.objects.exists()


def test_there_are_never_more_recipes_than_a_document_holds(eve: Client) -> None:
    """Threat: a page of ten thousand forms."""
    response = step(eve, {"recipe": [f"{number}:google-publish" for number in range(90)]}, "add", way="github")
    assert len(fields_of(text(response))["recipe"]) == 32


# Rights


def test_only_maintainers_with_a_second_factor_are_asked(uploader: Uploader, client: Client) -> None:
    """Neither the questions nor a step of them for anybody else."""
    stranger, bare = Somebody(new_account("stranger")).browser(), Client()
    bare.force_login(uploader.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    for browser, reason in ((stranger, "not-a-maintainer"), (bare, "second-factor-missing")):
        for response in (browser.get(QUESTIONS), browser.post(QUESTIONS, {"do": "propose"})):
            assert response.status_code == 403
            assert f'data-reason="{reason}"' in text(response)
    assert client.get(QUESTIONS)["Location"].startswith("/accounts/login/")


def test_nothing_is_asked_before_the_first_upload(uploader: Uploader) -> None:
    """The first upload pins; the page says so."""
    eve = new_account("eve")
    roles.project(new_package("gadget", owner=eve))
    response = Somebody(eve).browser().get("/packages/gadget/expectation/questions/")
    assert (response.status_code, response["Location"]) == (302, "/packages/gadget/expectation/")


def test_an_immutable_expectation_asks_nothing(uploader: Uploader) -> None:
    """No approval can change it."""
    eve = new_account("eve")
    package = new_package("gadget", owner=eve)
    content = {**document(), "change_control": "immutable"}
    actions.bind_first(package, actions.read_expectation(content), source=Source.EXPLICIT)
    roles.project(package)
    browser = Somebody(eve).browser()
    response = browser.get("/packages/gadget/expectation/questions/")
    assert (response.status_code, 'data-reason="expectation-immutable"' in text(response)) == (409, True)
    for page in ("/packages/gadget/", "/packages/gadget/expectation/"):
        assert "Propose a change" not in text(browser.get(page))
    assert 'href="/packages/gadget/">Back to gadget</a>' in text(response)
    assert queries.in_force(trusted.expectation_of(package)) is not None


# The list of refusals


def test_maintainers_see_every_refusal_with_its_checks(uploader: Uploader, ada: Client) -> None:
    """Paged, the newest first, each with what was looked at, and with a proposal to start where one could help."""
    filename, content = sdist("widget", "3.0")
    assert uploader.send(filename, content, None).status_code == 400
    refusal = refused(uploader, trigger="release")
    page = text(ada.get("/packages/widget/refusals/"))
    assert re.findall(r'<article class="card"[^>]* data-reason="([^"]*)"', page) == [
        "claim-unexpected",
        "evidence-missing",
    ]
    assert page.count("Start a proposal<") == 1
    assert f"{QUESTIONS}?refusal={refusal.pk}" in page
    assert "check check--failed" in page
    assert "/packages/widget/refusals/" in text(ada.get("/packages/widget/"))


def test_hidden_fields_have_no_id(uploader: Uploader, ada: Client) -> None:
    """An id is in a page once."""
    assert uploader.publish().status_code == 200
    assert 'id="None"' not in text(ada.get(f"{QUESTIONS}?confirm"))


def test_refusals_are_paged(uploader: Uploader, ada: Client) -> None:
    """A project's bad day does not make an endless page."""
    refusal = refused(uploader, trigger="release")
    for _ in range(20):
        refusal.pk, refusal.verdict = uuid.uuid4(), None
        refusal.save(force_insert=True)
    first, second = (text(ada.get(f"/packages/widget/refusals/?page={number}")) for number in (1, 2))
    assert (first.count("<article"), second.count("<article")) == (20, 1)
    assert "Page 1 of 2" in first


def test_others_see_no_refusals(uploader: Uploader, client: Client) -> None:
    """They hold what somebody tried to upload."""
    assert Somebody(new_account("stranger")).browser().get("/packages/widget/refusals/").status_code == 404
    assert client.get("/packages/widget/refusals/")["Location"].startswith("/accounts/login/")
