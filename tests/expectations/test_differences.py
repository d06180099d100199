"""What a proposal of each kind would change, and which of it weakens. Expectations have a file of their own."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from expectations.differences import deletion, members, person, policy, roots, status
from expectations.differences.change import Change, Effect
from expectations.documents import Members, PackageState, PersonAccounts, Status
from expectations.documents.policy import DEFAULT_POLICY
from expectations.models import Role
from verification.canonical import canonical
from verification.root_of_trust import shipped_roots

ADA, BOB, CLEO = (UUID(int=number) for number in (1, 2, 3))
NAMES = {ADA: "ada", BOB: "bob", CLEO: "cleo"}


def effects(changes: tuple[Change, ...]) -> dict[str, Effect]:
    return {change.where: change.effect for change in changes}


def clauses(changes: tuple[Change, ...]) -> list[str]:
    return [change.clause for change in changes if change.clause]


def test_who_joins_weakens() -> None:
    """One more decides: that is what to look at first."""
    found = members.difference(
        Members({ADA: Role.OWNER, BOB: Role.MAINTAINER}),
        Members({ADA: Role.OWNER, BOB: Role.OWNER, CLEO: Role.MAINTAINER}),
        NAMES.__getitem__,
    )
    assert effects(found) == {"bob": Effect.NEUTRAL, "cleo": Effect.WEAKENS}
    assert clauses(found) == ["bob becomes an owner instead of maintainer", "cleo becomes a maintainer"]


def test_who_leaves_one_behind_weakens() -> None:
    """With one maintainer there is no second of the package's own."""
    found = members.difference(
        Members({ADA: Role.OWNER, BOB: Role.MAINTAINER}), Members({ADA: Role.OWNER}), NAMES.__getitem__
    )
    assert effects(found) == {"bob": Effect.NEUTRAL, "number of maintainers": Effect.WEAKENS}


def test_two_stewards_are_too_few_to_change_one() -> None:
    """With two, none of them can be changed or reset."""
    three = dict.fromkeys((ADA, BOB, CLEO), Role.STEWARD)
    two = dict.fromkeys((ADA, BOB), Role.STEWARD)
    found = members.difference(Members(three), Members(two), NAMES.__getitem__)
    assert effects(found)["number of stewards"] is Effect.WEAKENS
    assert "number of stewards" not in effects(members.difference(Members(two), Members(three), NAMES.__getitem__))


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        (PackageState.FROZEN, PackageState.ACTIVE, Effect.WEAKENS),
        (PackageState.QUARANTINED, PackageState.FROZEN, Effect.WEAKENS),
        (PackageState.ARCHIVED, PackageState.DEPRECATED, Effect.WEAKENS),
        (PackageState.ACTIVE, PackageState.QUARANTINED, Effect.TIGHTENS),
        (PackageState.ACTIVE, PackageState.DEPRECATED, Effect.NEUTRAL),
    ],
)
def test_opening_weakens(old: PackageState, new: PackageState, effect: Effect) -> None:
    """And closing tightens."""
    assert effects(status.difference(Status(old, ""), Status(new, ""))) == {"state": effect}


def test_a_deletion_is_looked_at_first() -> None:
    """It lets nothing in, and cannot be undone."""
    (change,) = deletion.difference("the file widget-1.0.tar.gz")
    assert change.effect.lets_in
    assert "for ever" in change.note


@pytest.mark.parametrize(
    ("setting", "weaker"),
    [
        ("level_floor", (3, 2)),
        ("first_use", (False, True)),
        ("proposal_days", (14, 30)),
        ("newcomer_days", (7, 0)),
        ("factor_days", (7, 6)),
        ("steward_factor", ("webauthn", "any")),
    ],
)
def test_each_setting_of_the_policy_has_a_weaker_side(setting: str, weaker: tuple[Any, Any]) -> None:
    """A lower floor, first use, longer-lived proposals, shorter waits and weaker factors weaken; the way back tightens."""
    strict, loose = (replace(DEFAULT_POLICY, **{setting: value}) for value in weaker)
    assert [change.effect for change in policy.difference(strict, loose)] == [Effect.WEAKENS]
    assert [change.effect for change in policy.difference(loose, strict)] == [Effect.TIGHTENS]


def test_every_setting_of_the_policy_has_words() -> None:
    """A setting without them would be told by its key."""
    assert policy.SETTINGS.keys() == json.loads(DEFAULT_POLICY.canonical).keys() - {"schema"}


def test_what_moves_or_weakens_voices_is_looked_at_first() -> None:
    """Linking, splitting, coming back and losing factors weaken; being deactivated tightens."""
    names = {1: "ada", 2: "ada-at-work", 3: "ada-at-home"}.__getitem__
    standing = PersonAccounts((1, 2), active=True, factors_reset=0)
    moved = person.difference(standing, PersonAccounts((1, 3), active=True, factors_reset=1), names)
    assert {change.effect for change in moved} == {Effect.WEAKENS}
    assert clauses(moved) == [
        "ada-at-work is split off",
        "ada-at-home is linked here",
        "every second factor is taken off",
    ]
    gone = replace(standing, active=False)
    assert effects(person.difference(standing, gone, names)) == {"person": Effect.TIGHTENS}
    assert effects(person.difference(gone, standing, names)) == {"person": Effect.WEAKENS}


# Roots of trust


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shipped_roots().canonical)
    return found


def difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[Change, ...]:
    return roots.difference(canonical(old), canonical(new))


def test_the_same_roots_differ_in_nothing() -> None:
    """Several entries of one name are told apart."""
    twice = document()
    twice["builders"].append(copy.deepcopy(twice["builders"][0]))
    assert difference(twice, twice) == ()


def test_a_builder_more_weakens_and_one_less_tightens() -> None:
    """The entries before and after stay as they are."""
    more = document()
    more["builders"].append({**more["builders"][0], "name": "another"})
    assert effects(difference(document(), more)) == {"builder another": Effect.WEAKENS}
    assert effects(difference(more, document())) == {"builder another": Effect.TIGHTENS}


@pytest.mark.parametrize(
    ("member", "stricter", "looser"),
    [
        ("level", 2, 3),
        ("speaks_for", ["own-identity"], ["own-identity", "https://builder.example/*"]),
        ("valid_from", "2026-02-01T00:00:00Z", "2026-01-31T23:59:59.5Z"),
        ("valid_from", "2026-02-01T00:00:00Z", None),
        ("distrusted_from", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00.5Z"),
        ("distrusted_from", "2026-02-01T00:00:00Z", None),
        ("denied", {"commits": ["a" * 40, "b" * 40]}, {"commits": ["a" * 40]}),
        ("denied", {"runs": ["https://runs.example/1"]}, None),
    ],
)
def test_each_part_of_a_builder_has_a_weaker_side(member: str, stricter: Any, looser: Any) -> None:
    """Levels, builder ids, times of trust and what is denied."""
    strict, loose = document(), document()
    for part, value in ((strict, stricter), (loose, looser)):
        if value is not None:
            part["builders"][0][member] = value
        else:
            part["builders"][0].pop(member, None)
    assert [change.effect for change in difference(strict, loose)] == [Effect.WEAKENS]
    assert [change.effect for change in difference(loose, strict)] == [Effect.TIGHTENS]


def test_a_review_put_off_lets_nothing_in() -> None:
    """It is shown, and is no change of what is believed."""
    later = document()
    later["builders"][0]["review_by"] = "2031-01-01"
    assert [change.effect for change in difference(document(), later)] == [Effect.NEUTRAL]


def test_another_order_of_builders_is_told() -> None:
    """The first entry that may speak for a builder id counts."""
    turned = document()
    turned["builders"].reverse()
    assert effects(difference(document(), turned)) == {"order of the builders": Effect.REPLACES}


def test_another_instance_is_told_by_its_digest() -> None:
    """A trusted root is long; another one under the same name stands out."""
    other = document()
    other["sigstore"]["public-good"]["trusted_root"]["mediaType"] += "x"
    (change,) = difference(document(), other)
    assert (change.where, change.effect) == ("Sigstore instance public-good: trusted_root", Effect.REPLACES)
    assert change.before.startswith("SHA-256 ")
    assert change.before != change.after


@pytest.mark.parametrize("said", [{"transparency": "log"}, {}])
def test_an_instance_that_needs_no_log_any_more_weakens(said: dict[str, str]) -> None:
    """What no log has seen is let in from then on; saying what is so anyway changes nothing."""
    logged, unlogged = document(), document()
    logged["sigstore"]["public-good"] |= said
    unlogged["sigstore"]["public-good"]["transparency"] = "none"
    where = "Sigstore instance public-good: transparency"
    assert effects(difference(logged, unlogged)) == {where: Effect.WEAKENS}
    assert effects(difference(unlogged, logged)) == {where: Effect.TIGHTENS}
    assert {change.effect for change in difference(document(), logged)} <= {Effect.NEUTRAL}


@pytest.mark.parametrize("member", ["signer", "name of the future"])
def test_what_is_not_known_is_told_as_replacing(member: str) -> None:
    """Nothing that differs goes unseen, and no weakening is told as tightening."""
    other = document()
    other["builders"][0][member] = {"key": "k"}
    assert [change.effect for change in difference(document(), other)] == [Effect.REPLACES]


def test_what_is_denied_for_all_builders_is_compared_too() -> None:
    """Taking something off the list weakens."""
    denying = {**document(), "denied": {"artifacts": ["a" * 64]}}
    assert effects(difference(denying, document())) == {"denied: artifacts": Effect.WEAKENS}
    assert effects(difference(document(), denying)) == {"denied: artifacts": Effect.TIGHTENS}
