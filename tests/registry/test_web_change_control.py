"""The pages from which changes are proposed: who is offered a form, who is refused, and what each form proposes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.guided.entry import known_signers
from expectations.models import Kind, Origin, Proposal
from registry import roles
from registry.models import Account, File, Package
from registry.tokens import create_token
from registry.web.audit_log import leaves_of
from tests.support.agreement import agree, link, roster, steward
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_account, new_package
from tests.support.sigstore_world import SigstoreWorld
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, Council, new_council
from verification.canonical import canonical, sha256_hex

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"
OF_PACKAGE = ["maintainers", "state", "deletion", "publishers"]
OF_REGISTRY = ["roots", "policy", "stewards", "issuers"]


@dataclass
class People:
    """A package with two maintainers, a stranger, and a steward, each with an authenticator."""

    council: Council
    ada: Somebody
    bob: Somebody
    stranger: Somebody
    steward: Somebody

    @property
    def package(self) -> Package:
        """The package."""
        return self.council.package


@pytest.fixture
def people() -> People:
    """Authenticators first: whoever adds one while holding a role does not decide for a week."""
    somebody: dict[str, Somebody] = {}
    council = new_council(with_each=lambda account: somebody.setdefault(account.username, Somebody(account)))
    roles.project(council.package)
    ada, bob, cleo = (somebody[account.username] for account in (council.ada, council.bob, council.cleo))
    return People(council, ada, bob, cleo, Somebody(steward()))


def text(response: Any) -> str:
    return str(response.content.decode())


def reasons(response: Any) -> list[str]:
    return re.findall(r'data-reason="([^"]*)"', text(response))


def send(somebody: Somebody, path: str, **fields: Any) -> Any:
    """Fill in the form of a page and send it, as a browser would: with the base that the page was made with."""
    browser = somebody.browser()
    base = re.search(r'name="base" value="([^"]*)"', text(browser.get(path)))
    return browser.post(path, {"base": base[1] if base else "", "reason": "It has to be.", **fields})


def proposed(response: Any) -> Proposal:
    """Return the proposal that a form led to."""
    assert response.status_code == 302, text(response)
    proposal = Proposal.objects.latest("created_at")
    assert response["Location"] == f"/proposals/{proposal.pk}/"
    return proposal


def content(proposal: Proposal) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(proposal.content)
    return found


# Who is offered what


@pytest.mark.parametrize("page", [*(f"/packages/widget/{page}/" for page in OF_PACKAGE), "/registry/"])
def test_everybody_reads(client: Client, people: People, page: str) -> None:
    """Without a form."""
    shown = text(client.get(page))
    assert 'method="post"' not in shown


@pytest.mark.parametrize("page", OF_PACKAGE[:2])
def test_maintainers_and_stewards_are_offered_the_form(people: People, page: str) -> None:
    """A stranger is not."""
    path = f"/packages/widget/{page}/"
    for somebody, offered in ((people.ada, True), (people.steward, True), (people.stranger, False)):
        assert (f'action="{path}"' in text(somebody.browser().get(path))) is offered


@pytest.mark.parametrize("page", OF_REGISTRY)
def test_stewards_alone_are_offered_the_registrys_forms(people: People, page: str) -> None:
    """Everybody reads roots, policy and stewards."""
    path = f"/registry/{page}/"
    for somebody, offered in ((people.steward, True), (people.ada, False)):
        assert (f'action="{path}"' in text(somebody.browser().get(path))) is offered


@pytest.mark.parametrize("page", [*OF_PACKAGE, "state/close"])
def test_a_stranger_proposes_nothing(client: Client, people: People, page: str) -> None:
    """Whatever is sent; who is not signed in is sent to sign in; another package's robot token opens nothing."""
    path = f"/packages/widget/{page}/"
    response = people.stranger.browser().post(path, {"reason": "Mine now."})
    assert (response.status_code, reasons(response)) == (403, ["not-a-maintainer"])
    robot = Account.objects.create_robot("widget-release", package=people.package)
    _, secret = create_token(robot, name="upload", package=people.package)
    for headers in ({}, {"Authorization": f"Bearer {secret}"}):
        answer = client.post(path, {"reason": "x"}, headers=headers)
        assert answer["Location"].startswith("/accounts/login/")
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("page", OF_REGISTRY)
def test_a_maintainer_proposes_nothing_of_the_registrys(people: People, page: str) -> None:
    """Stewards do."""
    response = people.ada.browser().post(f"/registry/{page}/", {"reason": "x"})
    assert (response.status_code, reasons(response)) == (403, ["not-a-steward"])


@pytest.mark.parametrize("page", OF_PACKAGE)
def test_proposing_needs_a_second_factor(people: People, page: str) -> None:
    """The page says where to add one."""
    people.ada.lose_authenticator()
    browser = people.ada.browser()
    assert "Proposing a change needs a second factor" in text(browser.get(f"/packages/widget/{page}/")) or (
        page == "deletion"
    )
    response = browser.post(f"/packages/widget/{page}/", {"reason": "x"})
    assert (response.status_code, reasons(response)) == (403, ["second-factor-missing"])


def test_forms_need_a_csrf_token(people: People) -> None:
    """A session alone is not enough."""
    for page in (*OF_PACKAGE, "state/close"):
        assert people.ada.browser(csrf=True).post(f"/packages/widget/{page}/", {}).status_code == 403


def test_a_newcomer_proposes(people: People) -> None:
    """A maintainer added a moment ago proposes, but does not decide."""
    people_now = roster(people.package, cleo_of_widget="maintainer")
    agree(trusted.roster_of(people.package), people_now, by=[people.council.ada, people.council.bob], factor=FACTOR)
    response = send(people.stranger, "/packages/widget/state/", state="archived")
    assert proposed(response).proposer_id == people.council.cleo.person_id
    assert "from <time" in text(people.stranger.browser().get("/packages/widget/maintainers/"))


# Maintainers


def test_a_maintainer_is_added_by_user_name(people: People) -> None:
    """No JSON: a user name, a role and a reason."""
    made = proposed(send(people.ada, "/packages/widget/maintainers/", username="cleo-of-widget", role="maintainer"))
    assert content(made) == roster(people.package, cleo_of_widget="maintainer")
    assert made.reason == "It has to be."


@pytest.mark.parametrize("role", ["owner", ""])
def test_a_role_is_changed_or_taken(people: People, role: str) -> None:
    """The others stay as they are."""
    made = proposed(send(people.ada, "/packages/widget/maintainers/", username="bob-of-widget", role=role))
    assert content(made) == roster(people.package, bob_of_widget=role or None)


@pytest.mark.parametrize("username", ["nobody", "widget-release", "", "\0"])
def test_who_is_no_person_gets_no_role(people: People, username: str) -> None:
    """A robot, a name that nobody has: told at the field."""
    Account.objects.create_robot("widget-release", package=people.package)
    response = send(people.ada, "/packages/widget/maintainers/", username=username, role="maintainer")
    assert response.status_code == 400
    assert "field__error" in text(response)


def test_the_last_owner_is_not_proposed_away(people: People) -> None:
    """What can never come into force is refused at once, with the reason."""
    response = send(people.bob, "/packages/widget/maintainers/", username="ada-of-widget", role="")
    assert (response.status_code, reasons(response)) == (400, ["document-invalid"])
    assert "names no owner" in text(response)


def test_what_was_not_seen_is_not_overwritten(people: People) -> None:
    """The list changed between the page and the form."""
    browser = people.ada.browser()
    base = re.search(r'name="base" value="([^"]*)"', text(browser.get("/packages/widget/maintainers/")))
    assert base is not None
    changed = roster(people.package, cleo_of_widget="maintainer")
    agree(trusted.roster_of(people.package), changed, by=[people.council.ada, people.council.bob], factor=FACTOR)
    fields = {"base": base[1], "username": "bob-of-widget", "role": "", "reason": "x"}
    response = browser.post("/packages/widget/maintainers/", fields)
    assert (response.status_code, reasons(response)) == (409, ["proposal-stale"])


def test_guardians_rows_follow_the_roster(people: People) -> None:
    """A new maintainer sees what concerns maintainers at once; who left sees it no longer."""
    about, page = trusted.roster_of(people.package), "/packages/widget/"
    assert "Recent refusals" not in text(people.stranger.browser().get(page))
    agree(
        about,
        roster(people.package, cleo_of_widget="maintainer"),
        by=[people.council.ada, people.council.bob],
        factor=FACTOR,
    )
    assert "Recent refusals" in text(people.stranger.browser().get(page))
    agree(
        about, roster(people.package, cleo_of_widget=None), by=[people.council.ada, people.council.bob], factor=FACTOR
    )
    assert "Recent refusals" not in text(people.stranger.browser().get(page))


def test_guardians_rows_follow_the_person(people: People) -> None:
    """An account that is linked to a maintainer sees what that maintainer sees; split off again, it does not."""
    other, page = Somebody(new_account("bob-at-work")), "/packages/widget/"
    bob = people.council.bob.person
    assert bob is not None
    link([people.council.bob, other.account], to=bob)
    assert "Recent refusals" in text(other.browser().get(page))
    link([people.council.bob], to=bob)
    assert "Recent refusals" not in text(other.browser().get(page))


# State


def test_one_person_closes_with_a_code(people: People) -> None:
    """At once, with a note that everybody reads."""
    fields = {"state": "quarantined", "note": HOSTILE, "code": people.bob.code()}
    response = people.bob.browser().post("/packages/widget/state/close/", fields)
    assert (response.status_code, response["Location"]) == (302, "/packages/widget/state/")
    assert queries.status(people.package).state is PackageState.QUARANTINED
    for path in ("/packages/widget/", "/packages/widget/state/"):
        shown = text(Client().get(path))
        assert 'data-state="quarantined"' in shown
        assert "nothing of it is offered until two people release it" in shown
        assert HOSTILE not in shown
    assert "<strong>bob-of-widget</strong> alone" in text(Client().get("/packages/widget/state/"))
    assert "close it now" not in text(people.bob.browser().get("/packages/widget/state/"))


def test_the_lever_offers_what_closes_more(people: People) -> None:
    """A frozen package is frozen already: what is left is quarantine, which stands chosen."""
    browser = people.bob.browser()
    assert 'value="frozen" required' in text(browser.get("/packages/widget/state/"))
    actions.close_package(people.package, state=PackageState.FROZEN, note="", by=people.council.ada, factor=FACTOR)
    lever = text(browser.get("/packages/widget/state/")).split("close it now")[1].split("</form>")[0]
    assert 'value="frozen"' not in lever
    assert re.search(r'value="quarantined"[^>]* checked', lever)


def test_from_where_a_package_was_closed_is_kept(people: People) -> None:
    """Every change has its row with who, when, from where and by which second factor; a closing too."""
    fields = {"state": "frozen", "note": "", "code": people.bob.code()}
    people.bob.browser().post("/packages/widget/state/close/", fields, headers={"User-Agent": "a browser"})
    origin = Origin.objects.get(closing__version__kind="status", closing__version__closed_by=people.bob.account.person)
    assert (origin.address, origin.user_agent) == ("127.0.0.1", "a browser")


def test_a_steward_closes_too(people: People) -> None:
    """Any one maintainer or steward."""
    fields = {"state": "frozen", "note": "", "code": people.steward.code()}
    assert people.steward.browser().post("/packages/widget/state/close/", fields).status_code == 302
    assert queries.status(people.package).state is PackageState.FROZEN


@pytest.mark.parametrize(
    ("fields", "status"), [({"code": "000000"}, 400), ({"code": ""}, 400), ({"state": "active"}, 400)]
)
def test_the_lever_needs_a_fresh_code_and_only_closes(people: People, fields: dict[str, str], status: int) -> None:
    """A stolen session alone closes nothing, and nobody opens by it."""
    sent = {"state": "frozen", "note": "", "code": people.ada.code(), **fields}
    response = people.ada.browser().post("/packages/widget/state/close/", sent)
    assert response.status_code == status
    assert queries.status(people.package).state is PackageState.ACTIVE


def test_opening_is_proposed(people: People) -> None:
    """And takes two."""
    actions.close_package(people.package, state=PackageState.FROZEN, note="", by=people.council.ada, factor=FACTOR)
    made = proposed(send(people.ada, "/packages/widget/state/", state="active", note=""))
    assert content(made) == {"schema": 1, "state": "active", "note": ""}
    assert queries.status(people.package).state is PackageState.FROZEN


def test_a_state_that_stands_is_not_proposed(people: People) -> None:
    """It would change nothing."""
    response = send(people.ada, "/packages/widget/state/", state="active", note="")
    assert reasons(response) == ["document-unchanged"]


def test_an_open_package_has_no_state_on_its_page(client: Client, people: People) -> None:
    """Only what is not as usual stands out."""
    assert "data-state" not in text(client.get("/packages/widget/"))


# Deletion


@dataclass
class Owned:
    """A package with a file, and its owner."""

    file: File
    owner: Somebody
    path: str


@pytest.fixture
def owned() -> Owned:
    """A package with one file."""
    signing, owner, name = Signing(), Somebody(new_account("owner")), "widget-1.0-py3-none-any.whl"
    package = new_package(owner=owner.account)
    file = accept(package, name, b"wheel", [signing.provenance(name, b"wheel")], roots=signing.roots)
    return Owned(file, owner, f"/packages/{package.name}/deletion/")


@pytest.mark.parametrize("whole", [False, True])
def test_a_deletion_is_proposed(owned: Owned, *, whole: bool) -> None:
    """Of a file or of a whole release, each with a reason."""
    what = owned.file.release_id if whole else owned.file.pk
    made = proposed(send(owned.owner, owned.path, what=what))
    assert (made.kind, made.object, content(made)) == (Kind.DELETION, what, {"schema": 1, "deleted": True})


def test_what_is_not_offered_is_not_deleted(owned: Owned) -> None:
    """Another package's file cannot be chosen."""
    other = new_package("other", owner=Somebody(new_account("other")).account)
    response = send(owned.owner, f"/packages/{other.name}/deletion/", what=owned.file.pk)
    assert response.status_code == 403
    response = send(owned.owner, owned.path, what=other.pk)
    assert response.status_code == 400
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("whole", [False, True])
def test_an_open_deletion_says_of_what(owned: Owned, *, whole: bool) -> None:
    """A list of deletions that all have the name of the package would tell nobody which one to look at."""
    about, told = (
        (owned.file.release, "release 1.0 with all its files")
        if whole
        else (owned.file, f"the file {owned.file.filename}")
    )
    made = proposed(send(owned.owner, owned.path, what=about.pk))
    for page in (owned.path, "/waiting/", f"/proposals/{made.pk}/"):
        assert f"Deletion in {owned.file.release.package.display_name}: {told}" in text(owned.owner.browser().get(page))


def test_what_was_deleted_is_told(owned: Owned, client: Client) -> None:
    """With who agreed; and nothing is left to choose."""
    about = trusted.deletion_of(owned.file.release, owned.file.release.package)
    agree(about, {"schema": 1, "deleted": True}, by=[owned.owner.account, steward()])
    shown = text(client.get(owned.path))
    assert "Release 1.0 with all its files" in shown
    assert "Agreed by <strong>owner</strong>" in shown
    assert "There is nothing to delete" in text(owned.owner.browser().get(owned.path))


# The registry


def test_a_policy_is_proposed_setting_by_setting(people: People) -> None:
    """A form of its settings; what is not touched stays."""
    now = json.loads(queries.active_policy_version().document)
    fields = {**now, "level_floor": 2, "first_use": ""}
    made = proposed(send(people.steward, "/registry/policy/", **fields))
    assert content(made) == {**now, "level_floor": 2, "first_use": False}


def test_a_policy_that_breaks_its_rules_comes_back(people: People) -> None:
    """Told at the field."""
    now = json.loads(queries.active_policy_version().document)
    response = send(people.steward, "/registry/policy/", **{**now, "proposal_days": 0})
    assert response.status_code == 400
    assert "field__error" in text(response)


def test_roots_are_proposed_with_the_same_checks(people: People) -> None:
    """Every problem of the document at once, next to the field; a sound one becomes a proposal."""
    now = json.loads(queries.active_roots_version().document)
    broken = {**now, "builders": [{**now["builders"][0], "level": 9}]}
    response = send(people.steward, "/registry/roots/", document=json.dumps(broken))
    assert response.status_code == 400
    assert "/builders/0" in text(response)
    for nothing in ("", "{", "[" * 5000, "\0", "null"):
        assert send(people.steward, "/registry/roots/", document=nothing).status_code == 400
    now["builders"][0]["review_by"] = "2031-01-01"
    made = proposed(send(people.steward, "/registry/roots/", document=json.dumps(now)))
    assert content(made) == now


def test_the_roots_page_has_each_builder_with_its_review_date(client: Client) -> None:
    """An entry that should have been looked at again says so in words."""
    shown = text(client.get("/registry/roots/"))
    for builder in json.loads(queries.active_roots_version().document)["builders"]:
        assert f'datetime="{builder["review_by"]}"' in shown


def test_an_instance_without_a_public_log_is_called_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page of the roots, and wherever a maintainer chooses an instance."""
    version = queries.active_roots_version()
    found = json.loads(version.document)
    world = SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC))
    found["sigstore"]["private"] = {"trusted_root": world.unlogged_root(), "transparency": "none"}
    version.document = canonical(found).decode()
    version.digest = sha256_hex(canonical(found))
    monkeypatch.setattr(queries, "active_roots_version", lambda: version)
    shown = text(client.get("/registry/roots/"))
    assert "private (no public log), public-good, simulated" in shown
    known = known_signers()
    assert [known.told(name) for name in known.instances] == ["private (no public log)", "public-good", "simulated"]


def test_stewards_are_proposed_by_user_name(people: People) -> None:
    """One more; and nobody who is none."""
    made = proposed(send(people.steward, "/registry/stewards/", username="cleo-of-widget", role="steward"))
    assert str(people.council.cleo.person_id) in content(made)["members"]
    assert len(content(made)["members"]) == len(STEWARDS) + 1


# Persons


def test_only_stewards_find_persons(people: People, client: Client) -> None:
    """Others are refused; who is not signed in is sent to sign in."""
    path = f"/registry/persons/{people.council.bob.person_id}/"
    for address in ("/registry/persons/", path):
        response = people.ada.browser().get(address)
        assert (response.status_code, reasons(response)) == (403, ["not-a-steward"])
        assert client.get(address).status_code == 302
    found = text(people.steward.browser().get("/registry/persons/?q=bob"))
    assert path in found
    assert "/packages/widget/maintainers/" in text(people.steward.browser().get(path))


def test_a_person_is_changed_one_thing_at_a_time(people: People) -> None:
    """Link, split, reset, deactivate, activate: each a document of the accounts as they stand with one thing changed."""
    bob, other = people.council.bob, new_account("bob-at-work")
    person = bob.person
    assert person is not None
    path = f"/registry/persons/{person.pk}/"

    def wanted(what: str, username: str = "") -> dict[str, Any]:
        return content(proposed(send(people.steward, path, what=what, username=username)))

    standing: dict[str, Any] = {"schema": 1, "accounts": [bob.pk], "state": "active", "factors_reset": 0}
    both = {**standing, "accounts": sorted([bob.pk, other.pk])}
    assert wanted("link", "bob-at-work") == both
    assert wanted("reset") == {**standing, "factors_reset": 1}
    assert wanted("deactivate") == {**standing, "state": "deactivated"}
    link([bob, other], to=person)
    assert wanted("split", "bob-at-work") == standing
    link([bob, other], to=person, active=False)
    assert wanted("reactivate") == both


@pytest.mark.parametrize(
    ("what", "username"), [("link", "nobody"), ("link", ""), ("split", "ada-of-widget"), ("crown", ""), ("", "")]
)
def test_what_cannot_be_done_to_a_person_comes_back(people: People, what: str, username: str) -> None:
    """With what is wrong, next to the field."""
    path = f"/registry/persons/{people.council.bob.person_id}/"
    response = send(people.steward, path, what=what, username=username)
    assert response.status_code == 400
    assert "field__error" in text(response)


def test_the_only_account_is_not_split_off(people: People) -> None:
    """A person without accounts could never be reached again."""
    path = f"/registry/persons/{people.council.bob.person_id}/"
    response = send(people.steward, path, what="split", username="bob-of-widget")
    assert reasons(response) == ["document-invalid"]


def test_stewards_see_packages_with_too_few_maintainers(people: People, client: Client) -> None:
    """And nobody else does."""
    new_council("alone", founders=("ada",))
    shown = text(people.steward.browser().get("/registry/"))
    assert "/packages/alone/maintainers/" in shown
    assert "/packages/widget/maintainers/" not in shown
    assert "/packages/alone/maintainers/" not in text(client.get("/registry/"))


# Every page


def test_hostile_text_is_escaped(people: People) -> None:
    """A reason is somebody else's text, wherever proposals are listed."""
    made = proposed(
        send(people.ada, "/packages/widget/maintainers/", username="cleo-of-widget", role="owner", reason=HOSTILE)
    )
    for path in ("/packages/widget/", "/packages/widget/maintainers/", "/waiting/", f"/proposals/{made.pk}/"):
        shown = text(people.bob.browser().get(path))
        assert HOSTILE not in shown
        assert "&lt;script&gt;" in shown


TURNED = "Back to the old workflow.\u202e.desoporp rehtie nobody \u2066\u200b"


def test_what_hides_in_a_reason_is_shown(people: People) -> None:
    """Marks that turn the direction of text make a reason read otherwise than it is, and the words beside it too."""
    reason = f"{TURNED}\u00a0It\u2028is."
    made = proposed(
        send(people.ada, "/packages/widget/maintainers/", username="cleo-of-widget", role="owner", reason=reason)
    )
    for path in ("/packages/widget/maintainers/", "/waiting/", f"/proposals/{made.pk}/"):
        shown = people.bob.browser().get(path).content.decode()
        assert not {mark for mark in "\u202e\u2066\u200b\u2028\u00a0" if mark in shown}
        assert "\\u202e.desoporp" in shown
        assert "\\u2066\\u200b It is." in shown


def test_nothing_hides_in_a_note(people: People) -> None:
    """A package's note is for everybody, and in the index: what does not show is refused, with the place."""
    answer = send(people.ada, "/packages/widget/state/", state="archived", note=TURNED, reason="Over.")
    assert answer.status_code == 400
    assert "write one plain line" in text(answer)
    by_code = {"state": "frozen", "note": TURNED, "code": people.ada.code()}
    assert people.ada.browser().post("/packages/widget/state/close/", by_code).status_code == 400
    assert not people.council.package.documents.filter(kind="status").exists()


def test_no_page_has_anything_inline(people: People) -> None:
    """A strict CSP, and no JavaScript needed."""
    paths = [
        *(f"/packages/widget/{page}/" for page in OF_PACKAGE),
        *(f"/registry/{page}/" for page in (*OF_REGISTRY, "persons", f"persons/{people.council.bob.person_id}")),
        *("/registry/", "/waiting/", "/audit/"),
    ]
    for path in paths:
        response = people.steward.browser().get(path)
        assert response.status_code == 200
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert not re.search(r"<script|<style| style=| on\w+=", text(response))


def test_the_audit_log_of_one_package_is_read_by_index() -> None:
    """However long the log is, a page of one package reads that package's leaves alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
    leaves = leaves_of(Package(id=uuid4())).filter(index__lte=5).order_by("-index")[:51]
    plan = leaves.explain()
    assert "Index Scan Backward using leaves_of_a_package" in plan
    assert "Filter" not in plan
    assert "Sort" not in plan


def test_the_audit_log_of_one_package(people: People, client: Client) -> None:
    """In words, with links to the proposal and the package; others' leaves are left out."""
    made = people.council.propose()
    new_council("other")
    shown = text(client.get("/audit/?package=Widget"))
    assert "Somebody proposed to change: expectation of a package." in shown
    assert f'href="/proposals/{made.pk}/"' in shown
    assert 'href="/packages/widget/"' in shown
    assert "/packages/other/" not in shown
    assert "bootstrap" not in shown
    missed = client.get("/audit/?package=none")
    assert missed.status_code == 404
    assert "No package here is called “none”." in text(missed)


# Who reads what is proposed about people


def test_a_proposal_about_maintainers_is_read_by_those_whose_business_it_is(people: People) -> None:
    """Maintainers, stewards and whom it concerns; others learn no name and no reason, and the public has ids alone."""
    made = proposed(send(people.ada, "/packages/widget/maintainers/", username="cleo-of-widget", role="maintainer"))
    page = f"/proposals/{made.pk}/"
    for reader in (people.ada, people.bob, people.steward, people.stranger):
        assert "It has to be." in text(reader.browser().get(page)), reader.account
    outsider = Somebody(new_account("outsider"))
    answer = outsider.browser().get(page)
    assert (answer.status_code, reasons(answer)) == (403, ["not-a-maintainer"])
    for shown in (
        text(answer),
        text(Client().get("/packages/widget/maintainers/")),
        text(Client().get(f"/api/v1/proposals/{made.pk}")),
        text(outsider.browser().get(f"/api/v1/proposals/{made.pk}/document")),
    ):
        assert "It has to be." not in shown
    assert "It has to be." in text(people.bob.browser().get("/packages/widget/maintainers/"))


def test_a_proposal_about_a_person_is_for_stewards(people: People) -> None:
    """And for the person: whose accounts are linked, or factors reset, is nobody else's business."""
    person = people.council.bob.person_id
    made = proposed(send(people.steward, f"/registry/persons/{person}/", what="reset"))
    page = f"/proposals/{made.pk}/"
    assert "It has to be." in text(people.bob.browser().get(page))
    answer = people.ada.browser().get(page)
    assert (answer.status_code, reasons(answer)) == (403, ["not-a-steward"])
    assert "It has to be." not in text(Client().get(f"/api/v1/proposals/{made.pk}"))
