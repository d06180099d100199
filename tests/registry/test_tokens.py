"""API tokens: found by their whole secret alone, while they hold, and never kept in clear."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from expectations.models import AuditLeaf
from registry import tokens
from registry.models import Account, Package, Token
from registry.tokens import create_token, find_token, how_ended, revoke_token

pytestmark = pytest.mark.django_db


class Clock:
    """The time that tokens are judged by."""

    now = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock to set."""
    clock = Clock()
    monkeypatch.setattr(tokens, "_now", lambda: clock.now)
    return clock


@pytest.fixture
def alice() -> Account:
    """A person's account."""
    return Account.objects.create_person("alice", email="alice@example.org", password=None)


@pytest.fixture
def package(alice: Account) -> Package:
    """A package."""
    assert alice.person is not None
    return Package.objects.create(name="widget", display_name="Widget", created_by=alice.person)


def last_leaf() -> dict[str, object]:
    """The newest leaf of the audit log, without its time."""
    leaf = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
    del leaf["at"]
    return dict(leaf)


def test_a_token_is_found_by_its_secret(alice: Account, package: Package) -> None:
    token, secret = create_token(alice, name="CI", package=package, days=30)
    found = find_token(secret)
    assert found == token
    assert found is not None
    assert (found.account, found.package, found.name) == (alice, package, "CI")


def test_who_holds_the_secret_is_told_how_a_token_ended(alice: Account, clock: Clock) -> None:
    """A release that fails months later is mended sooner by who knows that its token expired. Strangers learn nothing."""
    _, expiring = create_token(alice, name="CI", days=30)
    revoked, secret = create_token(alice, name="CI")
    assert [how_ended(one) for one in (expiring, secret, "sluice_nonsense")] == ["", "", ""]
    clock.now += timedelta(days=31)
    revoke_token(revoked, by=alice)
    assert how_ended(expiring) == "It expired on 31 January 2030."
    assert how_ended(secret) == "It was revoked on 01 February 2030."


def test_the_secret_says_what_it_is_and_is_long(alice: Account) -> None:
    secret = create_token(alice, name="CI")[1]
    assert secret.startswith("sluice_")
    assert len(secret) == len("sluice_") + 43


def test_the_secret_is_not_kept(alice: Account) -> None:
    token, secret = create_token(alice, name="CI")
    row = Token.objects.filter(pk=token.pk).values().get()
    assert not any(secret in str(value) for value in row.values())
    assert row["hint"] == secret[-4:]
    assert secret not in AuditLeaf.objects.order_by("-index")[0].leaf


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: f" {s}"])
def test_anything_but_the_whole_secret_is_unknown(alice: Account, change: object) -> None:
    assert callable(change)
    assert find_token(change(create_token(alice, name="CI")[1])) is None


@pytest.mark.parametrize("secret", ["", "sluice_", "\x00", "ü", "sluice_" + "a" * 10_000])
def test_strange_secrets_are_unknown(secret: str) -> None:
    assert find_token(secret) is None


def test_the_stored_digest_is_no_secret(alice: Account) -> None:
    assert find_token(create_token(alice, name="CI")[0].sha256) is None


def test_a_token_expires(alice: Account, clock: Clock) -> None:
    secret = create_token(alice, name="CI", days=1)[1]
    clock.now += timedelta(days=1, seconds=-1)
    assert find_token(secret) is not None
    clock.now += timedelta(seconds=1)
    assert find_token(secret) is None


def test_a_token_may_last_until_it_is_revoked(alice: Account, clock: Clock) -> None:
    token, secret = create_token(alice, name="CI")
    clock.now += timedelta(days=3650)
    assert find_token(secret) is not None
    revoke_token(token, by=alice)
    assert find_token(secret) is None


def test_a_token_lasts_for_a_day_at_least(alice: Account) -> None:
    with pytest.raises(ValueError, match="at least a day"):
        create_token(alice, name="CI", days=0)


def test_a_deactivated_account_has_no_token(alice: Account) -> None:
    secret = create_token(alice, name="CI")[1]
    Account.objects.filter(pk=alice.pk).update(is_active=False)
    assert find_token(secret) is None


def test_use_is_noted_at_most_once_a_minute(alice: Account, clock: Clock) -> None:
    token, secret = create_token(alice, name="CI")
    began = clock.now
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (90, 60)):
        clock.now = began + timedelta(seconds=seconds)
        find_token(secret)
        token.refresh_from_db()
        assert token.last_used_at == began + timedelta(seconds=noted)


def test_making_and_revoking_leave_leaves_that_name_ids_alone(alice: Account, package: Package) -> None:
    token, _ = create_token(alice, name="secret project", package=package)
    person = str(alice.person_id)
    assert last_leaf() == {
        "event": "token-created",
        "scope": "upload",
        "token": str(token.pk),
        "package": str(package.pk),
        "person": person,
    }
    revoke_token(token, by=alice)
    assert last_leaf() == {"event": "token-revoked", "token": str(token.pk), "person": person}


def test_a_robots_token_names_the_robot(package: Package) -> None:
    robot = Account.objects.create_robot("widget-robot", package=package)
    token, secret = create_token(robot, name="CI", package=package)
    assert last_leaf() == {
        "event": "token-created",
        "scope": "upload",
        "token": str(token.pk),
        "package": str(package.pk),
        "robot": str(robot.pk),
    }
    assert find_token(secret) == token


def test_revoking_twice_is_once(alice: Account) -> None:
    token, _ = create_token(alice, name="CI")
    revoke_token(token, by=alice)
    before = AuditLeaf.objects.count()
    revoke_token(token, by=alice)
    assert AuditLeaf.objects.count() == before
