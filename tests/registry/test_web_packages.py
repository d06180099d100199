"""The pages of packages: the list, one package, a new name, robots, and the audit log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from expectations import actions, queries
from expectations.documents import PackageState
from expectations.models import AuditLeaf
from registry import roles
from registry.limits import MOST_ROBOTS
from registry.models import Account, Package, Token
from registry.tokens import create_token, find_token
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_account, new_package
from tests.support.voices import FACTOR, document, new_council

pytestmark = pytest.mark.django_db

CONTENT = b"the file"


def text(response: Any) -> str:
    return str(response.content.decode())


def reasons(response: Any) -> list[str]:
    return re.findall(r'data-reason="([^"]*)"', text(response))


def offer(package: Package, signing: Signing, version: str) -> None:
    """Let a file of a version in."""
    filename = f"{package.name}-{version}.tar.gz"
    evidence = [signing.provenance(filename, CONTENT, signing.release_of(version))]
    accept(package, filename, CONTENT, evidence, roots=signing.roots, version=version)


@pytest.fixture
def owner() -> Somebody:
    """Who owns the package."""
    return Somebody(new_account("owner"))


@pytest.fixture
def package(owner: Somebody) -> Package:
    """A package without a file."""
    package = new_package("Widget", owner=owner.account)
    roles.project(package)
    return package


# The list


def test_an_empty_registry_says_what_to_do(client: Client) -> None:
    """An empty state is an invitation."""
    shown = text(client.get("/"))
    assert "No package yet" in shown
    assert 'href="/packages/new/"' in shown


def test_the_list_shows_version_level_and_promise(client: Client, package: Package, signing: Signing) -> None:
    """The highest version by PEP 440, a pre-release only where there is nothing else."""
    assert "no file yet" in text(client.get("/"))
    for version in ("1.9", "1.10", "2.0rc1"):
        offer(package, signing, version)
    shown = text(client.get("/packages/"))
    assert re.search(r'data-label="Latest">1\.10<', shown)
    assert "SLSA&nbsp;2" in shown
    assert "first use, not yet confirmed" in shown


def test_the_list_shows_what_is_not_open(client: Client, package: Package, signing: Signing) -> None:
    """Whoever looks for a package need not open it to learn that nothing of it is offered, or that it is frozen."""
    offer(package, signing, "1.0")
    assert "badge--bad" not in text(client.get("/"))
    owner = Account.objects.get(person=package.created_by)
    actions.close_package(package, state=PackageState.QUARANTINED, note="", by=owner, factor=FACTOR)
    shown = text(client.get("/"))
    assert '<span class="badge badge--bad">quarantined</span>' in shown
    assert "no file yet" not in shown
    page = text(client.get("/packages/widget/"))
    assert page.count("Nothing is offered while the package is in quarantine.") == 2
    assert "no file to install yet" not in page


def test_the_list_says_first_what_this_is(client: Client, package: Package) -> None:
    """What is promised, and how to install from here."""
    shown = text(client.get("/"))
    assert shown.index("each promise how they are built") < shown.index(f"/packages/{package.name}/")
    assert "pip install --index-url http://127.0.0.1:8000/simple/ NAME" in shown


def test_the_list_costs_the_same_whatever_it_shows(client: Client, package: Package, signing: Signing) -> None:
    """No query a package."""
    offer(package, signing, "1.0")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for number in range(5):
        new_package(f"other-{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(one)


# One package


def test_a_package_tells_first_how_it_is_built(client: Client, package: Package, signing: Signing) -> None:
    """What it promises, since when and by whom confirmed; then how to install it, and its files."""
    offer(package, signing, "1.0")
    shown = text(client.get("/packages/widget/"))
    promise = shown.index("Built by GitHub Actions from example/widget")
    assert promise < shown.index("pip install --index-url http://127.0.0.1:8000/simple/ widget")
    assert "by nobody yet" in shown
    assert 'href="/packages/widget/1.0/widget-1.0.tar.gz"' in shown
    assert "<li>owner</li>" in shown


def test_who_only_publishes_is_not_said_to_build(client: Client, package: Package, signing: Signing) -> None:
    """Levels: pages say "published by", never "built by"."""
    filename = "widget-1.0.tar.gz"
    accept(package, filename, CONTENT, [signing.publish(filename, CONTENT)], roots=signing.roots)
    shown = text(client.get("/packages/widget/"))
    assert "Published by GitHub Actions from" in shown
    assert "Built by" not in shown


def test_who_agreed_is_told(client: Client) -> None:
    """Confirmed by two people, with their user names."""
    council = new_council()
    proposal = council.propose()
    council.decide(proposal, council.ada)
    council.decide(proposal, council.bob)
    shown = text(client.get("/packages/widget/"))
    assert "agreed by two people" in shown
    assert "ada-of-widget and bob-of-widget" in shown


def test_another_spelling_leads_to_the_page(client: Client, package: Package) -> None:
    """PEP 503."""
    response = client.get("/packages/WIDGET/")
    assert (response.status_code, response["Location"]) == (301, "/packages/widget/")


def test_strangers_see_nothing_of_the_maintainers_part(client: Client, package: Package, owner: Somebody) -> None:
    """Robots, refusals and proposals are for maintainers."""
    stranger = Somebody(new_account("stranger")).browser()
    for browser in (client, stranger):
        assert not re.search("Robots|refusals|proposals", text(browser.get("/packages/widget/")))
    assert re.search("Robots.*", text(owner.browser().get("/packages/widget/")))


# Robots


def add_robot(somebody: Somebody, username: str = "widget-release") -> Any:
    return somebody.browser().post("/packages/widget/robots/", {"username": username})


def test_a_maintainer_adds_a_robot_and_sees_its_secret_once(package: Package, owner: Somebody) -> None:
    """The token is for uploads to this package alone."""
    response = add_robot(owner)
    (secret,) = re.findall(r"sluice_[\w-]+", text(response))
    token = Token.objects.get()
    assert (token.package, token.account.robot_of, token.hint) == (package, package, secret[-4:])
    assert "no-store" in response["Cache-Control"]
    assert "--repository-url http://127.0.0.1:8000/legacy/" in text(response)
    assert secret not in text(owner.browser().get("/packages/widget/"))


@pytest.mark.parametrize(("username", "status"), [("owner", 400), ("Not A Name", 400), ("", 400), ("x" * 65, 400)])
def test_a_robots_name_is_checked(package: Package, owner: Somebody, username: str, status: int) -> None:
    """What is wrong stands next to the field, and nothing is made."""
    response = add_robot(owner, username)
    assert response.status_code == status
    assert "field__error" in text(response)
    assert "Letters, digits, and . - _ between them" not in text(
        response
    )  # the rule of package names, which is a wider one
    assert not Token.objects.exists()


def test_a_package_has_so_many_robots(package: Package, owner: Somebody) -> None:
    """Threat: what one account may send in an hour, and what is kept of its refusals, is no bound to whoever makes robots by the
    thousand."""
    for number in range(MOST_ROBOTS):
        Account.objects.create_robot(f"robot-{number}", package=package)
    response = add_robot(owner)
    assert (response.status_code, reasons(response)) == (409, ["too-many-robots"])
    assert not Token.objects.exists()


def test_strangers_add_no_robot(package: Package, client: Client) -> None:
    """Nor does somebody who is not signed in."""
    response = add_robot(Somebody(new_account("stranger")))
    assert (response.status_code, reasons(response)) == (403, ["not-a-maintainer"])
    assert client.post("/packages/widget/robots/", {"username": "x"})["Location"].startswith("/accounts/login/")
    assert not Account.objects.filter(kind=Account.Kind.ROBOT).exists()


# A new name


def create(somebody: Somebody, **fields: str) -> Any:
    return somebody.browser().post("/packages/new/", {"name": "New.Thing", **fields})


def test_a_person_creates_a_name(owner: Somebody) -> None:
    """With the maintainers named, and without a promise yet."""
    second, third = new_account("second"), new_account("third")
    response = create(owner, maintainers="second, third owner")
    assert (response.status_code, response["Location"]) == (302, "/packages/new-thing/")
    package = Package.objects.get(name="new-thing")
    assert queries.maintainers(package) == {owner.account.person_id, second.person_id, third.person_id}
    assert queries.active_expectation(package) is None


def test_the_name_of_the_address_is_filled_in(owner: Somebody) -> None:
    """A refused upload leads here with the name."""
    assert 'value="thing"' in text(owner.browser().get("/packages/new/?name=thing"))


def test_a_first_expectation_may_be_given(owner: Somebody) -> None:
    """It is shown as set by one person."""
    create(owner, expectation=json.dumps(document()))
    assert "set by one person, not yet confirmed" in text(owner.browser().get("/packages/new-thing/"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "-"}, "This is not a valid name."),
        ({"name": "n\u00e9w"}, "This is not a valid name."),
        ({"maintainers": "nobody robo"}, "There is no person with the user name nobody."),
        ({"maintainers": "nobody robo"}, "There is no person with the user name robo."),
        ({"expectation": "{"}, "The document"),
        ({"expectation": '{"schema": 2}'}, "/schema: The schema is 1."),
    ],
)
def test_what_is_wrong_stands_next_to_the_field(
    owner: Somebody, package: Package, fields: dict[str, str], told: str
) -> None:
    """All at once, and nothing is created."""
    Account.objects.create_robot("robo", package=package)
    response = create(owner, **fields)
    assert response.status_code == 400
    assert told in text(response)
    assert Package.objects.count() == 1


def test_a_taken_name_stays_taken(owner: Somebody, package: Package) -> None:
    """In any spelling."""
    response = create(owner, name="WIDGET")
    assert (response.status_code, reasons(response)) == (409, ["name-taken"])
    (field,) = re.findall(r'<input[^>]* name="name"[^>]*>', text(response))
    assert 'value="WIDGET"' in field
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field


def test_a_new_name_needs_a_second_factor(client: Client, owner: Somebody) -> None:
    """And somebody who is signed in."""
    assert client.get("/packages/new/?name=x")["Location"] == "/accounts/login/?next=/packages/new/%3Fname%3Dx"
    owner.lose_authenticator()
    response = create(owner)
    assert (response.status_code, reasons(response)) == (403, ["second-factor-missing"])


def test_what_is_wrong_stands_above_its_field(owner: Somebody) -> None:
    """A field can be taller than the screen, and what is wrong with it is seen at once."""
    shown = text(create(owner, name="-"))
    assert 0 < shown.index('class="field__error" id="id_name_error"') < shown.index('<input type="text" name="name"')


# The audit log


def test_the_audit_log_is_public_and_paged(client: Client, package: Package, owner: Somebody) -> None:
    """The newest first; it holds ids, and nobody's name."""
    shown = text(client.get("/audit/"))
    leaf = AuditLeaf.objects.order_by("-index")[0]
    assert shown.index(f'id="leaf-{leaf.index}"') < shown.index('id="leaf-0"')
    assert leaf.leaf_hash in shown
    assert "package-founded" in shown
    assert str(owner.account.person_id) in shown
    assert "owner@example.test" not in shown
    older = text(client.get("/audit/?from=0"))
    assert re.findall(r'id="leaf-(\d+)"', older) == ["0"]
    assert f'href="?from={min(leaf.index, 50)}"' in older


@pytest.mark.parametrize("start", ["", "x", "-1", "9" * 30, "\u0662", "1e3"])
def test_the_audit_log_takes_any_number(client: Client, start: str) -> None:
    """What is none shows the newest."""
    assert "bootstrap" in text(client.get("/audit/", {"from": start}))


def test_a_robots_token_is_ended_by_one_maintainer(client: Client) -> None:
    """What only closes, one maintainer may do: a leaked robot token is revoked on the package's page; a stranger cannot."""
    owner, stranger = Somebody(new_account("ada")), Somebody(new_account("eve"))
    package = new_package(owner=owner.account)
    roles.project(package)
    token, secret = create_token(Account.objects.create_robot("bot", package=package), name="upload", package=package)
    address = f"/packages/{package.name}/robots/{token.pk}/revoke/"
    assert address in text(owner.browser().get(f"/packages/{package.name}/"))
    assert stranger.browser().post(address).status_code == 403
    assert client.post(address).status_code == 302
    assert find_token(secret) is not None
    owner.browser().post(address)
    assert find_token(secret) is None


@pytest.mark.parametrize(
    "path", ["/packages/widget/", "/packages/widget/expectation/", "/account/", "/accounts/2fa/totp/activate/"]
)
def test_what_is_shown_to_one_person_is_stored_by_nobody(path: str) -> None:
    """Pages of somebody signed in, secrets among them, stay out of every cache."""
    owner = Somebody(new_account("ada"))
    new_package(owner=owner.account)
    assert "no-store" in owner.browser().get(path)["Cache-Control"]


def test_the_index_does_not_vary_by_cookie(client: Client) -> None:
    """Asking who is signed in where nobody needs it would keep every cache from serving the index."""
    assert "Cookie" not in client.get("/simple/").get("Vary", "")
