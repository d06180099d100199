"""Two changes of what is trusted at the same moment: each pair has one right outcome, and nothing is lost or twice.

Really committed, over a connection each. ``one_waiting`` has the first act do everything but commit while the second is
under way; ``at_once`` lets chance decide, and the outcome has to be one of the two orders'.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import Decision, Proposal, Voice
from expectations.queries import Standing
from expectations.second_factor import Factor, webauthn
from expectations.trusted import Trusted
from registry.models import Account, Release
from registry.postgres import Administration, Database
from tests.support.agreement import roster, steward
from tests.support.at_once import Outcome, at_once, either_way, hows, in_any_order, one_waiting
from tests.support.own_database import own_database
from tests.support.rows import new_account
from tests.support.security_key import SecurityKey, enrol
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, Council, document, new_council
from verification.canonical import JsonValue
from verification.decision import KeptAssertion
from verification.reasons import OPEN_IN_ALL, OPEN_ON_ONE_THING, Reason
from verification.webauthn import read_response

KINDS = ("expectation", "roster", "status", "deletion", "roots", "policy", "stewards", "person")

_numbers = count()
_keys: dict[str, SecurityKey] = {}


@pytest.fixture(scope="module", autouse=True)
def _database(
    administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """A database of its own, for these transactions commit. In the end its whole log proves what its rows say."""
    with own_database(administration, template, django_db_blocker, name="changes"):
        for name in STEWARDS:
            enrolled(steward(name))
        yield
        call_command("verify_audit")


def enrolled(account: Account) -> None:
    """Give an account a key by which it decides about the registry."""
    _keys[account.username] = enrol(account)


@pytest.fixture
def council() -> Council:
    """A package with three founding maintainers, ada, bob and cleo."""
    return founded("ada", "bob", "cleo")


@transaction.atomic
def founded(*founders: str) -> Council:
    """Return a new package of these founders, of ada, bob and cleo."""
    return new_council(f"widget-{next(_numbers)}", founders=founders)


def say(proposal: Proposal, by: Account, voice: Voice = Voice.APPROVE) -> str:
    """Give a voice by code, about the registry by key; return whether something came into force by it."""
    factor = FACTOR if proposal.package_id else touch(proposal, by, voice)
    version = actions.decide(proposal, voice=voice, digest=proposal.digest, by=by, factor=factor)
    return "said" if version is None else "in force"


def touch(proposal: Proposal, by: Account, voice: Voice = Voice.APPROVE) -> Factor:
    """Return what the second factor's own adapter gives for a key's answer."""
    key = _keys[by.username]
    answer = read_response(key.decide(proposal.digest, voice))
    kept = KeptAssertion(answer, key.public_key, webauthn.relying_party())
    return Factor("webauthn", "a security key", assertion=kept.canonical.decode())


def write_voice(proposal: Proposal, by: Account) -> str:
    """Write an approving voice, and put nothing in force by it yet."""
    factor, person = touch(proposal, by), by.person
    assert person is not None
    Decision.objects.create(
        proposal=proposal,
        digest=proposal.digest,
        voice=Voice.APPROVE,
        person=person,
        account=by,
        factor=factor.kind,
        factor_detail=factor.detail,
        assertion=factor.assertion,
    )
    return "said"


def propose(about: Trusted, content: Any, by: Account) -> Proposal:
    """Propose something."""
    return actions.propose(about, content=content, reason="Now.", by=by)


def numbers(about: Trusted) -> list[int]:
    """Return the numbers of all versions, in order."""
    return sorted(queries.history(about).values_list("number", flat=True))


def something(kind: str, council: Council) -> tuple[Trusted, Any]:
    """Return something to decide on of a kind, and what may come into force of it."""
    package, newcomer = council.package, new_account(f"newcomer-{next(_numbers)}")
    release = Release.objects.create(package=package, version="1.0", canonical_version="1")
    roots = json.loads(queries.active_roots_version().document)
    policy = queries.read_policy(queries.active_policy_version())
    return {
        "expectation": (trusted.expectation_of(package), document("https://github.com/example/moved")),
        "roster": (trusted.roster_of(package), roster(package, **{newcomer.username: "maintainer"})),
        "status": (trusted.status_of(package), {"schema": 1, "state": "archived", "note": ""}),
        "deletion": (trusted.deletion_of(release, package), {"schema": 1, "deleted": True}),
        "roots": (trusted.roots(), {**roots, "builders": roots["builders"][:-1]}),
        "policy": (trusted.policy(), {"schema": 1, **policy.members(), "proposal_days": policy.proposal_days + 1}),
        "stewards": (trusted.stewards(), steward_list(joins=newcomer)),
        "person": (accounts_of(newcomer), accounts(newcomer, state="deactivated")),
    }[kind]


def steward_list(*, joins: Account | None = None, leaves: Account | None = None) -> JsonValue:
    """Return the stewards with somebody more or less."""
    now = {str(person) for person in queries.steward_list().roles}
    wanted = (now | ({str(joins.person_id)} if joins else set())) - ({str(leaves.person_id)} if leaves else set())
    return {"schema": 1, "members": dict.fromkeys(sorted(wanted), "steward")}


def accounts_of(account: Account) -> Trusted:
    """The accounts of an account's person."""
    assert account.person is not None
    return trusted.accounts_of(account.person)


def accounts(*listed: Account, state: str = "active", resets: int = 0) -> JsonValue:
    """Return the document of a person's accounts."""
    numbered: list[JsonValue] = [*sorted(account.pk for account in listed)]
    return {"schema": 1, "accounts": numbered, "state": state, "factors_reset": resets}


@pytest.mark.parametrize("chance", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_two_second_voices_put_each_kind_in_force_once(council: Council, kind: str, *, chance: bool) -> None:
    """One of two second voices puts it in force; the other is told that it has been decided. One new version, of every kind."""
    about, content = something(kind, council)
    stewards = [steward(name) for name in STEWARDS]
    one, other, third = [council.ada, council.bob, council.cleo] if about.package else stewards
    proposal = propose(about, content, one)
    before = numbers(about)
    assert say(proposal, one) == "said"
    acts = (lambda: say(proposal, other), lambda: say(proposal, third))
    came = at_once(*acts) if chance else list(one_waiting(*acts))
    assert sorted(map(str, came)) == ["in force", Reason.PROPOSAL_CLOSED.value]
    assert numbers(about) == [*before, len(before) + 1]


@hows
@pytest.mark.parametrize("voice", [Voice.WITHDRAW, Voice.REJECT])
def test_a_second_voice_against_one_that_closes(council: Council, voice: Voice, how: str) -> None:
    """Whichever is first counts: in force and not to be closed any more, or closed and not in force."""
    proposal = council.propose()
    council.decide(proposal, council.bob)
    closes = council.ada if voice is Voice.WITHDRAW else council.cleo
    orders = {"first": ("said", Reason.PROPOSAL_CLOSED), "second": (Reason.PROPOSAL_CLOSED, "in force")}
    order = in_any_order(lambda: say(proposal, closes, voice), lambda: say(proposal, council.cleo), orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]


@hows
def test_a_voice_against_what_makes_it_stale(council: Council, how: str) -> None:
    """Of two proposals that start from the same version one comes into force, and the other is stale."""
    one, other = council.propose(), council.propose(content=document("https://github.com/example/elsewhere"))
    for proposal in (one, other):
        council.decide(proposal, council.ada)
    orders = {"first": ("in force", Reason.PROPOSAL_STALE), "second": (Reason.PROPOSAL_STALE, "in force")}
    order = in_any_order(lambda: say(one, council.bob), lambda: say(other, council.cleo), orders, how)
    wanted = {"first": one, "second": other}[order]
    assert (council.in_force().number, council.in_force().proposal) == (2, wanted)


def test_a_proposal_that_expires_while_its_last_voice_waits(council: Council) -> None:
    """The time that counts is the database's once the voice has its turn, not the browser's click: it has expired."""
    proposal = expiring(council, timedelta(seconds=1.5))
    council.decide(proposal, council.ada)

    def hold() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sluicegate_lock(%s)", [council.package.pk])
        assert queries.standing(proposal) is Standing.OPEN
        return "held"

    def until_it_has_expired() -> str:
        time.sleep((proposal.expires_at - timezone.now()).total_seconds() + 0.05)
        return "held"

    came = one_waiting(hold, lambda: say(proposal, council.bob), and_then=until_it_has_expired)
    assert came == ("held", Reason.PROPOSAL_EXPIRED)
    assert council.in_force().number == 1


def expiring(council: Council, lasts: timedelta) -> Proposal:
    """Return ada's proposal of another expectation that does not wait for long."""
    now, base = timezone.now(), council.in_force()
    assert council.ada.person is not None
    content = actions.read_expectation(document("https://github.com/example/soon")).canonical.decode()
    proposal = Proposal(
        id=uuid4(),
        kind="expectation",
        object=council.package.pk,
        package=council.package,
        base=base,
        content=content,
        proposer=council.ada.person,
        reason="soon",
        created_at=now,
        expires_at=now + lasts,
    )
    proposal.preimage = actions.preimage(proposal).decode()
    proposal.digest = hashlib.sha256(actions.PREFIX + proposal.preimage.encode()).hexdigest()
    proposal.save(force_insert=True)
    return proposal


def removal(council: Council, who: Account) -> Callable[[], Outcome]:
    """Return the last voice on a removal of a maintainer, by the one whom it does not concern."""
    name = who.username.replace("-", "_")
    proposal = propose(trusted.roster_of(council.package), roster(council.package, **{name: None}), council.ada)
    council.decide(proposal, council.ada)
    return lambda: say(proposal, council.cleo)


@hows
def test_a_maintainer_removed_while_giving_the_last_voice(council: Council, how: str) -> None:
    """Removed first: the voice is no maintainer's, and nothing comes into force. Said first: it counted, and the removal too."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    orders = {
        "first": ("in force", Reason.NOT_A_MAINTAINER),
        "second": ("in force", "in force"),
    }
    order = in_any_order(removal(council, council.bob), lambda: say(proposal, council.bob), orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]
    assert council.bob.person_id not in queries.maintainers(council.package)


@hows
def test_a_maintainer_removed_whose_voice_stands(council: Council, how: str) -> None:
    """Removed first: bob's voice counts no longer, and ada's is one alone. Said first: it was one of two."""
    proposal = council.propose()
    council.decide(proposal, council.bob)
    orders = {"first": ("in force", "said"), "second": ("in force", "in force")}
    order = in_any_order(removal(council, council.bob), lambda: say(proposal, council.ada), orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]


@pytest.fixture
def fourth() -> Iterator[Account]:
    """A fourth steward for the time of a test, who need not wait."""
    account = new_account(f"steward-{next(_numbers)}")
    enrolled(account)
    wait_for_nobody()
    change_stewards(steward_list(joins=account))
    yield account
    if account.person_id in queries.stewards():
        change_stewards(steward_list(leaves=account))


def wait_for_nobody() -> None:
    """Let newcomers decide at once, as the policy may say."""
    policy = queries.read_policy(queries.active_policy_version())
    if policy.newcomer_days:
        members: JsonValue = {"schema": 1, **policy.members(), "newcomer_days": 0}
        agreed(trusted.policy(), members)


def change_stewards(content: JsonValue) -> None:
    """Let two stewards agree to another list."""
    agreed(trusted.stewards(), content)


def agreed(about: Trusted, content: JsonValue) -> None:
    """Put something of the registry in force."""
    proposal = propose(about, content, steward(STEWARDS[0]))
    assert [say(proposal, steward(name)) for name in STEWARDS[:2]] == ["said", "in force"]


@hows
def test_a_steward_removed_while_giving_the_last_voice(fourth: Account, how: str) -> None:
    """Removed first: a package's single maintainer still lacks a second. Said first: the steward was the second."""
    council = founded("ada")
    proposal = council.propose()
    council.decide(proposal, council.ada)
    leaving = propose(trusted.stewards(), steward_list(leaves=fourth), steward())
    say(leaving, steward(STEWARDS[0]))
    orders = {
        "first": ("in force", Reason.NOT_A_MAINTAINER),
        "second": ("in force", "in force"),
    }
    acts = (lambda: say(leaving, steward(STEWARDS[1])), lambda: say(proposal, fourth))
    order = in_any_order(*acts, orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]


@hows
def test_two_who_remove_each_others_voter(fourth: Account, how: str) -> None:
    """One proposal takes a steward's role, another deactivates a second steward, and each is the other's last voice.

    One of them comes into force, and whom it is about has no voice any more: never both, and nobody waits for ever.
    """
    fifth = new_account(f"steward-{next(_numbers)}")
    enrolled(fifth)
    change_stewards(steward_list(joins=fifth))
    without_fourth = propose(trusted.stewards(), steward_list(leaves=fourth), steward())
    without_fifth = propose(accounts_of(fifth), accounts(fifth, state="deactivated"), steward())
    for proposal in (without_fourth, without_fifth):
        say(proposal, steward())
    orders = {
        "first": ("in force", Reason.NOT_A_STEWARD),
        "second": (Reason.NOT_A_PERSON, "in force"),
    }
    in_any_order(lambda: say(without_fourth, fifth), lambda: say(without_fifth, fourth), orders, how)
    change_stewards(steward_list(leaves=fifth))


@hows
def test_two_who_agree_while_they_are_found_to_be_one(how: str) -> None:
    """Linked first: the second voice is by an account of the first one's person, and nothing comes into force.

    Said first: they were two, as far as anybody knew, and the log tells that it was before.
    """
    council = founded("ada", "bob")
    proposal = council.propose()
    council.decide(proposal, council.ada)
    linking = propose(accounts_of(council.ada), accounts(council.ada, council.bob), steward())
    say(linking, steward(STEWARDS[0]))
    orders = {
        "first": ("in force", Reason.NOT_A_PERSON),
        "second": ("in force", "in force"),
    }
    acts = (lambda: say(linking, steward(STEWARDS[1])), lambda: say(proposal, council.bob))
    order = in_any_order(*acts, orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]
    bob = Account.objects.get(pk=council.bob.pk)
    assert bob.person_id == council.ada.person_id


@hows
def test_closing_against_what_comes_into_force(council: Council, how: str) -> None:
    """Both happen: a frozen package's promise may change, and it stays frozen."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    came = either_way(lambda: freeze(council), lambda: say(proposal, council.bob), how)
    assert came == ("closed", "in force")
    assert queries.status(council.package).state is PackageState.FROZEN
    assert council.in_force().number == 2


@hows
def test_closing_against_opening(council: Council, how: str) -> None:
    """Closed first: who agreed to open what was frozen did not agree to end a quarantine; stale. Opened first: closed again."""
    freeze(council)
    opening = propose(trusted.status_of(council.package), {"schema": 1, "state": "active", "note": ""}, council.ada)
    say(opening, council.ada)
    orders = {
        "first": ("closed", Reason.PROPOSAL_STALE),
        "second": ("closed", "in force"),
    }
    acts = (lambda: freeze(council, PackageState.QUARANTINED), lambda: say(opening, council.bob))
    order = in_any_order(*acts, orders, how)
    assert queries.status(council.package).state is PackageState.QUARANTINED
    assert numbers(trusted.status_of(council.package)) == {"first": [1, 2], "second": [1, 2, 3]}[order]


def freeze(council: Council, state: PackageState = PackageState.FROZEN) -> str:
    """Let cleo close the package."""
    actions.close_package(council.package, state=state, note="", by=council.cleo, factor=FACTOR)
    return "closed"


@hows
def test_a_factor_changed_while_the_last_voice_is_given(council: Council, how: str) -> None:
    """Changed first: whoever did it waits, and has no voice. Said first: it counted."""
    proposal = council.propose()
    council.decide(proposal, council.ada)

    def change() -> str:
        council.bob.email = f"{next(_numbers)}@example.test"
        council.bob.save(update_fields=["email"])
        return "changed"

    orders = {
        "first": ("changed", Reason.WAITS_TO_DECIDE),
        "second": ("changed", "in force"),
    }
    order = in_any_order(change, lambda: say(proposal, council.bob), orders, how)
    assert council.in_force().number == {"first": 1, "second": 2}[order]


@hows
def test_a_factor_removed_while_factors_are_reset(how: str) -> None:
    """Both end, in either order, and no factor is left."""
    account, reset = forgetful()
    came = either_way(lambda: remove_factors(account), lambda: say(reset, steward(STEWARDS[1])), how)
    assert came == ("removed", "in force")
    assert not factors_of(account).exists()


def test_a_factor_removed_between_the_voice_and_what_it_puts_in_force() -> None:
    """Neither waits for what the other holds: the voice's leaf is not written before the rows that it may change are held."""
    account, reset = forgetful()

    def activate() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sluicegate_activate(%s)", [reset.pk])
            return "in force" if cursor.fetchone()[0] else "said"

    came = one_waiting(
        lambda: write_voice(reset, steward(STEWARDS[1])), lambda: remove_factors(account), and_then=activate
    )
    assert came == ("in force", "removed")
    assert not factors_of(account).exists()


def forgetful() -> tuple[Account, Proposal]:
    """Return somebody with a key, and a proposal that resets it, which lacks one voice."""
    account = new_account(f"forgetful-{next(_numbers)}")
    enrolled(account)
    reset = propose(accounts_of(account), accounts(account, resets=1), steward())
    say(reset, steward(STEWARDS[0]))
    return account, reset


def factors_of(account: Account) -> Any:
    """Return allauth's rows of somebody's factors."""
    return Authenticator.objects.filter(user=account)


def remove_factors(account: Account) -> str:
    """Let somebody remove every factor of their own."""
    factors_of(account).delete()
    return "removed"


def test_the_bound_on_proposals_holds_at_once(council: Council) -> None:
    """Two at once where there is room for one: one is there, one is refused; about one thing, and altogether."""
    for _ in range(OPEN_ON_ONE_THING - 1):
        council.propose()
    came = at_once(council.propose, council.propose)
    assert sorted(map(type, came), key=str) == sorted([Proposal, Reason], key=str)
    assert Reason.TOO_MANY_PROPOSALS in came


def test_the_bound_over_all_packages_holds_at_once() -> None:
    """The same about two packages, which no lock of a package's sets in order."""
    one, other = (founded("ada", "bob") for _ in range(2))
    by = steward(STEWARDS[2])
    room = OPEN_IN_ALL - 1 - len(queries.proposals_of(by))
    for number in range(room):
        release = Release.objects.create(package=one.package, version=f"{number}.0", canonical_version=f"{number}")
        propose(trusted.deletion_of(release, one.package), {"schema": 1, "deleted": True}, by)
    came = at_once(lambda: one.propose(by=by), lambda: other.propose(by=by))
    assert sorted(map(type, came), key=str) == sorted([Proposal, Reason], key=str)
    assert Reason.TOO_MANY_PROPOSALS in came
