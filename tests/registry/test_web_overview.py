"""What stewards look after, on one page; and what a package's robots may do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry import roles
from registry.models import Account, Package, Refusal, Token
from registry.tokens import create_token, find_token
from tests.support.agreement import steward
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def refusal() -> Refusal:
    """An upload to a name that there is not."""
    uploader = new_account("uploader")
    token, _ = create_token(uploader, name="laptop")
    told = {"claimed_name": "nothing", "filename": "nothing-1.0.tar.gz", "reason": "name-unknown", "message": "Wanted."}
    return Refusal.objects.create(account=uploader, token=token, **told)


def test_stewards_see_refusals_reviews_and_names(refusal: Refusal) -> None:
    """On the registry's page; each leads further."""
    new_package("Widget")
    shown = text(Somebody(steward()).browser().get("/registry/"))
    assert f'href="/refusals/{refusal.pk}/"' in shown
    assert "to the unknown name nothing" in shown
    assert "When builders are to be reviewed" in shown
    assert re.search(r'data-label="By"><time datetime="20\d\d-\d\d-\d\d">', shown)
    assert '<a href="/packages/widget/">Widget</a>' in shown


def test_stewards_see_every_refusal(refusal: Refusal) -> None:
    """Listed, by reason too; and its own page."""
    browser = Somebody(steward()).browser()
    for query in ("", "?reason=name-unknown", "?reason=no-word", "?reason=%00&page=x"):
        assert f'href="/refusals/{refusal.pk}/"' in text(browser.get(f"/registry/refusals/{query}"))
    assert str(refusal.pk) not in text(browser.get("/registry/refusals/?reason=subject-mismatch"))
    assert browser.get(f"/refusals/{refusal.pk}/").status_code == 200


def test_others_see_none_of_it(refusal: Refusal) -> None:
    """Who uploads what, and is refused, is for stewards, the package's maintainers and the uploader."""
    stranger = Somebody(new_account("stranger")).browser()
    assert stranger.get("/registry/refusals/").status_code == 403
    assert stranger.get(f"/refusals/{refusal.pk}/").status_code == 404
    assert "nothing-1.0" not in text(stranger.get("/registry/"))


# Robots


@pytest.fixture
def owner() -> Somebody:
    """Who maintains the package."""
    return Somebody(new_account("owner"))


@pytest.fixture
def robot(owner: Somebody) -> Account:
    """A robot of widget whose token is gone."""
    package = new_package("widget", owner=owner.account)
    roles.project(package)
    return Account.objects.create_robot("widget-release", package=package)


def ask(somebody: Somebody, robot: Account, scope: str) -> Any:
    return somebody.browser().post("/packages/widget/robots/tokens/", {"robot": robot.pk, "scope": scope})


def test_a_robot_gets_another_token(owner: Somebody, robot: Account) -> None:
    """Shown once, for this package; its name is never used again, so a robot must outlive its token."""
    assert "Another token for a robot" in text(owner.browser().get("/packages/widget/"))
    response = ask(owner, robot, "upload")
    (secret,) = re.findall(r"sluice_[\w-]+", text(response))
    found = find_token(secret)
    assert found is not None
    assert (found.account, found.package, found.scope) == (robot, Package.objects.get(), "upload")
    assert found.expires_at is not None
    assert "no-store" in response["Cache-Control"]


def test_a_robot_reads_a_private_registry(owner: Somebody, robot: Account, settings: Any) -> None:
    """All of it, where it is private; elsewhere no token is offered for what everybody may."""
    assert ask(owner, robot, "read").status_code == 302
    settings.PRIVATE = True
    assert "reading the whole registry" in text(ask(owner, robot, "read"))
    assert Token.objects.get().package is None


@pytest.mark.parametrize("scope", ["propose", "decide", ""])
def test_a_robot_never_proposes(owner: Somebody, robot: Account, scope: str) -> None:
    """Whatever is asked."""
    assert ask(owner, robot, scope).status_code == 302
    assert not Token.objects.exists()


def test_strangers_and_other_packages_robots(owner: Somebody, robot: Account) -> None:
    """A maintainer with a second factor, for the package's own robots."""
    assert ask(Somebody(new_account("eve")), robot, "upload").status_code == 403
    other = Account.objects.create_robot("other-bot", package=new_package("other"))
    assert ask(owner, other, "upload").status_code == 302
    owner.lose_authenticator()
    assert ask(owner, robot, "upload").status_code == 403
    assert not Token.objects.exists()
