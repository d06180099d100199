"""Trust rules, "Two people" 3 to 5: accounts, persons, their second factors, and who waits."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator

from expectations import actions, queries, trusted
from expectations.models import FactorEvent, Voice
from registry.models import Account, Person
from tests.support.agreement import KEY, agree, link, steward
from tests.support.people import Somebody
from tests.support.refusals import refused
from tests.support.rows import new_account
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, Council, new_council
from verification.canonical import JsonValue
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers, ada and bob; cleo is none."""
    return new_council()


def person_of(account: Account) -> Person:
    account.refresh_from_db()
    assert account.person is not None
    return account.person


def two_stewards() -> list[Account]:
    return [steward(name) for name in STEWARDS[:2]]


def test_two_accounts_of_one_person_are_one_voice(council: Council) -> None:
    """Two accounts of one person count once: bob's second voice is nobody's."""
    other = new_account("bob-at-work")
    link([council.bob, other], to=person_of(council.bob))
    other.refresh_from_db()
    proposal = council.propose()
    council.decide(proposal, council.bob)
    with refused(Reason.ALREADY_DECIDED):
        council.decide(proposal, other)
    assert council.in_force().number == 1


def test_linking_takes_two_stewards(council: Council) -> None:
    """Linking accounts to a person is itself a two-person change; no maintainer and no steward alone makes it."""
    other = new_account("ada-at-work")
    content: JsonValue = {"schema": 1, "accounts": [council.ada.pk, other.pk], "state": "active", "factors_reset": 0}
    about = trusted.accounts_of(person_of(council.ada))
    with refused(Reason.NOT_A_STEWARD):
        actions.propose(about, content=content, reason="", by=council.ada)
    assert agree(about, content, by=[steward()]) is None
    assert person_of(other) != person_of(council.ada)


def test_a_split_off_account_decides_nothing_for_a_while(council: Council) -> None:
    """Splitting a person into two takes two and waits 7 days, and the new person holds no role."""
    other = new_account("bob-at-work")
    bob = person_of(council.bob)
    link([council.bob, other], to=bob)
    link([council.bob], to=bob)
    split = person_of(other)
    assert split != bob
    assert split.pk not in queries.maintainers(council.package)
    assert queries.waits_until(council.package, split.pk) is not None


def test_whose_account_is_moved_has_no_voice_on_it() -> None:
    """Whom a change concerns neither approves nor rejects it, stewards too."""
    stella, stefan, _ = (steward(name) for name in STEWARDS)
    both: list[JsonValue] = [*sorted([stella.pk, stefan.pk])]
    content: JsonValue = {"schema": 1, "accounts": both, "state": "active", "factors_reset": 0}
    about = trusted.accounts_of(person_of(stella))
    with refused(Reason.NOBODY_MAY_DECIDE):
        actions.propose(about, content=content, reason="One and the same.", by=stella)
    only: list[JsonValue] = [stella.pk]
    mine: JsonValue = {"schema": 1, "accounts": only, "state": "active", "factors_reset": 1}
    proposal = actions.propose(about, content=mine, reason="Lost my key.", by=stella)
    with refused(Reason.CONCERNS_YOURSELF):
        actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=stella, factor=KEY)


def test_decisions_about_the_registry_need_the_stronger_kind(council: Council) -> None:
    """Roots of trust, policy, stewards and persons need WebAuthn."""
    accounts: list[JsonValue] = [council.ada.pk]
    content: JsonValue = {"schema": 1, "accounts": accounts, "state": "deactivated", "factors_reset": 0}
    proposal = actions.propose(trusted.accounts_of(person_of(council.ada)), content=content, reason="", by=steward())
    with refused(Reason.SECOND_FACTOR_TOO_WEAK):
        actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=steward(), factor=FACTOR)


def test_a_deactivated_person_comes_back_by_two(council: Council) -> None:
    """Persons are deactivated, never deleted; opening again takes two."""
    bob = person_of(council.bob)
    link([council.bob], to=bob, active=False)
    assert council.bob.person_id not in queries.maintainers(council.package)
    link([council.bob], to=bob)
    assert council.bob.person_id in queries.maintainers(council.package)


def test_whoever_changed_a_factor_waits(council: Council) -> None:
    """Whoever changed a factor while holding a role does not decide for 7 days."""
    proposal = council.propose()
    Somebody(council.ada)
    with refused(Reason.WAITS_TO_DECIDE):
        council.decide(proposal, council.ada)
    council.decide(proposal, council.ada, Voice.WITHDRAW)


def test_whoever_changed_an_address_waits(council: Council) -> None:
    """Whoever changed an e-mail while holding a role does not decide for 7 days."""
    council.ada.email = "elsewhere@example.test"
    council.ada.save()
    with refused(Reason.WAITS_TO_DECIDE):
        council.decide(council.propose(), council.ada)


def test_a_factor_of_before_the_role_is_no_reason_to_wait() -> None:
    """Founding maintainers who have their authenticator decide at once."""
    council = new_council("ready", with_each=Somebody)
    assert not FactorEvent.objects.filter(held_role=True).exists()
    proposal = council.propose()
    council.decide(proposal, council.ada)
    assert council.decide(proposal, council.bob) is not None


def test_what_sign_in_writes_is_no_change_of_factor(council: Council) -> None:
    """Wrong codes and a new password touch no factor."""
    Somebody(council.cleo)
    before = FactorEvent.objects.count()
    factor = Authenticator.objects.get(user=council.cleo)
    factor.data["wrong_at"] = [1]
    factor.save()
    council.cleo.set_password("something else entirely")
    council.cleo.save()
    assert FactorEvent.objects.count() == before


def test_reset_factors_are_gone_and_make_wait(council: Council) -> None:
    """Resetting another's factors is a two-person change, and its person decides nothing for a while."""
    ada = person_of(council.ada)
    Somebody(council.ada)
    link([council.ada], to=ada, resets=1)
    assert not Authenticator.objects.filter(user=council.ada).exists()
    assert queries.waits_until(council.package, ada.pk) is not None


def test_the_operators_stewards_enrol_and_decide(council: Council) -> None:
    """The first factor of a steward whom the operator named is how a registry begins; a second one is a change."""
    stella = steward()
    Authenticator.objects.create(user=stella, type="webauthn", data={"credential": {"id": "1"}, "name": "key"})
    assert queries.waits_until(None, person_of(stella).pk) is None
    Authenticator.objects.create(user=stella, type="webauthn", data={"credential": {"id": "2"}, "name": "other"})
    assert queries.waits_until(None, person_of(stella).pk) is not None


def test_fewer_than_two_stewards_are_never_left() -> None:
    """Every change of the registry takes two stewards; the list never goes below."""
    stella = str(person_of(steward()).pk)
    with refused(Reason.DOCUMENT_INVALID):
        actions.propose(
            trusted.stewards(), content={"schema": 1, "members": {stella: "steward"}}, reason="", by=steward()
        )


def test_a_steward_is_added_by_two_and_waits(council: Council) -> None:
    """The stewards' list changes like everything; a new steward proposes but does not decide at first."""
    members = {str(person_of(steward(name)).pk): "steward" for name in STEWARDS}
    content = {"schema": 1, "members": {**members, str(council.cleo.person_id): "steward"}}
    assert agree(trusted.stewards(), content, by=two_stewards()) is not None
    assert council.cleo.person_id in queries.stewards()
    policy = {"schema": 1, **queries.read_policy(queries.active_policy_version()).members(), "level_floor": 2}
    proposal = actions.propose(trusted.policy(), content=policy, reason="Higher.", by=council.cleo)
    with refused(Reason.WAITS_TO_DECIDE):
        actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=council.cleo, factor=KEY)


def test_policy_and_roots_change_by_two_stewards() -> None:
    """The registry's floor and its roots of trust change like everything that decides what is trusted."""
    policy = queries.read_policy(queries.active_policy_version())
    wanted = {"schema": 1, **policy.members(), "level_floor": 2, "first_use": False}
    assert agree(trusted.policy(), wanted, by=[steward()]) is None
    assert agree(trusted.policy(), wanted, by=two_stewards()) is not None
    assert queries.read_policy(queries.active_policy_version()).level_floor == 2
    roots = queries.active_roots_version()
    document = json.loads(roots.document)
    document["builders"] = document["builders"][:-1]
    assert agree(trusted.roots(), document, by=two_stewards()) is not None
    assert queries.active_roots_version().number == roots.number + 1


def test_what_another_persons_document_moved_comes_back(council: Council) -> None:
    """An account that was linked to somebody else by mistake is given back by the document that named it before."""
    ada, bob = person_of(council.ada), person_of(council.bob)
    link([council.ada], to=ada)
    link([council.bob, council.ada], to=bob)
    assert person_of(council.ada) == bob
    link([council.ada], to=ada)
    assert person_of(council.ada) == ada


def test_one_of_two_accounts_that_was_locked_comes_back(council: Council) -> None:
    """The application may deactivate an account; two people bring it back, though their document said so before."""
    other, bob = new_account("bob-at-work"), person_of(council.bob)
    link([council.bob, other], to=bob)
    Account.objects.filter(pk=other.pk).update(is_active=False)
    link([council.bob, other], to=bob)
    assert Account.objects.get(pk=other.pk).is_active


def test_an_account_that_is_not_there_yet_is_not_linked(council: Council) -> None:
    """Threat: two agree to "number 57", a number that nobody can look at; whoever signs up next and gets it is ada."""
    following = 1 + max(Account.objects.values_list("pk", flat=True))
    robot = Account.objects.create_robot("release-robot", package=council.package)
    for other in (following + 1, robot.pk):
        accounts: list[JsonValue] = [council.ada.pk, other]
        content: JsonValue = {"schema": 1, "accounts": accounts, "state": "active", "factors_reset": 0}
        with refused(Reason.DOCUMENT_INVALID):
            actions.propose(trusted.accounts_of(person_of(council.ada)), content=content, reason="", by=steward())


def test_factors_are_reset_once_at_a_time(council: Council) -> None:
    """Threat: a reset that counts up to the last number there is, so that a lost second factor is never reset again."""
    ada = person_of(council.ada)
    accounts: list[JsonValue] = [council.ada.pk]
    for resets in (2, 2**31 - 1, 2**53 - 1):
        content: JsonValue = {"schema": 1, "accounts": accounts, "state": "active", "factors_reset": resets}
        with refused(Reason.DOCUMENT_INVALID):
            actions.propose(trusted.accounts_of(ada), content=content, reason="", by=steward())
    link([council.ada], to=ada, resets=1)
    link([council.ada], to=ada, resets=2)
