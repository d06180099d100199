"""Trust rules, "Two people" 5: who maintains a package, and who decides on that."""

from __future__ import annotations

import pytest

from expectations import actions, queries, trusted
from expectations.models import Grant, Voice
from expectations.queries import Standing
from tests.support.agreement import KEY, agree, link, roster, steward
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


def add_cleo(council: Council) -> None:
    """Make cleo a maintainer, as ada and bob agree."""
    about = trusted.roster_of(council.package)
    assert agree(about, roster(council.package, cleo_of_widget="maintainer"), by=[council.ada, council.bob])


def test_two_maintainers_take_a_third(council: Council) -> None:
    """A package's maintainers change by a proposal that two of them agree to; the grant names it."""
    add_cleo(council)
    grant = Grant.objects.get(person=council.cleo.person)
    assert (grant.given, grant.founding, grant.role) == (True, False, "maintainer")
    assert grant.proposal is not None
    assert council.cleo.person_id in queries.maintainers(council.package)


def test_one_maintainer_brings_nobody(council: Council) -> None:
    """One voice changes no roster."""
    assert (
        agree(trusted.roster_of(council.package), roster(council.package, cleo_of_widget="owner"), by=[council.ada])
        is None
    )
    assert not Grant.objects.filter(person=council.cleo.person).exists()


def test_a_newcomer_proposes_but_does_not_decide(council: Council) -> None:
    """A maintainer added less than 7 days ago proposes but does not decide: nobody brings their own second."""
    add_cleo(council)
    proposal = council.propose(by=council.cleo)
    with refused(Reason.WAITS_TO_DECIDE):
        council.decide(proposal, council.cleo)
    council.decide(proposal, council.ada)
    assert queries.standing(proposal) is Standing.OPEN
    assert council.decide(proposal, council.bob) is not None


def test_whom_a_change_concerns_has_no_voice_on_it(council: Council) -> None:
    """Whom a change concerns neither approves nor rejects it: bob cannot keep himself by a veto."""
    without_bob = roster(council.package, bob_of_widget=None)
    proposal = actions.propose(trusted.roster_of(council.package), content=without_bob, reason="Gone.", by=council.ada)
    for voice in (Voice.APPROVE, Voice.REJECT):
        with refused(Reason.CONCERNS_YOURSELF):
            council.decide(proposal, council.bob, voice)


def test_one_left_over_needs_a_steward(council: Council) -> None:
    """Of two maintainers, the one whom a removal does not concern needs a steward as the second person."""
    without_bob = roster(council.package, bob_of_widget=None)
    about = trusted.roster_of(council.package)
    assert agree(about, without_bob, by=[council.ada, steward()]) is not None
    assert queries.maintainers(council.package) == {council.ada.person_id}


def test_stewards_alone_take_no_package_over(council: Council) -> None:
    """While a maintainer is left whom the change does not concern, one of the voices is a maintainer's."""
    without_bob = roster(council.package, bob_of_widget=None)
    about = trusted.roster_of(council.package)
    proposal = actions.propose(about, content=without_bob, reason="Gone.", by=council.ada)
    for name in STEWARDS[:2]:
        assert (
            actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=steward(name), factor=KEY) is None
        )
    assert council.bob.person_id in queries.maintainers(council.package)


def test_nobody_is_outvoted_all_at_once(council: Council) -> None:
    """A change of every maintainer at once leaves nobody to decide, stewards included: it cannot be proposed."""
    taken_over = roster(council.package, ada_of_widget=None, bob_of_widget=None, stella="owner")
    for proposer in (council.ada, steward()):
        with refused(Reason.NOBODY_MAY_DECIDE):
            actions.propose(trusted.roster_of(council.package), content=taken_over, reason="Mine.", by=proposer)


def test_a_steward_has_no_voice_where_two_maintainers_are(council: Council) -> None:
    """Stewards look after packages with too few maintainers, and not after others."""
    with refused(Reason.NOT_A_MAINTAINER):
        council.decide(council.propose(), steward())


def test_a_suspended_maintainer_still_counts(council: Council) -> None:
    """Whether a package has only one maintainer: a deactivated one counts, so that suspending bob brings in no steward."""
    assert council.bob.person is not None
    link([council.bob], to=council.bob.person, active=False)
    proposal = council.propose()
    council.decide(proposal, council.ada)
    with refused(Reason.NOT_A_MAINTAINER):
        council.decide(proposal, steward())
    council.bob.refresh_from_db()
    with refused(Reason.NOT_A_PERSON):
        council.decide(proposal, council.bob)
    assert queries.standing(proposal) is Standing.OPEN


def test_a_voice_given_before_leaving_stops_counting() -> None:
    """A leaving maintainer's voice stops counting until activation."""
    council = new_council("parted", founders=["ada", "bob", "cleo"])
    proposal = council.propose()
    council.decide(proposal, council.bob)
    about = trusted.roster_of(council.package)
    assert agree(about, roster(council.package, bob_of_parted=None), by=[council.ada, council.cleo], factor=FACTOR)
    assert council.decide(proposal, council.ada) is None, "bob's voice is gone"
    assert council.decide(proposal, council.cleo) is not None


def test_a_single_maintainer_decides_with_a_steward() -> None:
    """For a package with one maintainer, the second person is a steward; two stewards without the maintainer are not enough."""
    council = new_council("lonely", founders=["ada"])
    proposal = council.propose()
    assert actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=steward(), factor=KEY) is None
    second = steward(STEWARDS[1])
    assert actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=second, factor=KEY) is None
    assert council.in_force().number == 1
    assert council.decide(proposal, council.ada) is not None


def test_an_abandoned_package_is_given_on_by_two_stewards() -> None:
    """Where the only maintainer is who the change is about, two stewards decide."""
    council = new_council("abandoned", founders=["ada"])
    heir = new_account("heir")
    content = roster(council.package, ada_of_abandoned=None, heir="owner")
    assert agree(trusted.roster_of(council.package), content, by=[steward(name) for name in STEWARDS[:2]]) is not None
    assert queries.maintainers(council.package) == {heir.person_id}


def test_a_steward_alone_gives_no_package_on() -> None:
    """One steward is one person."""
    council = new_council("abandoned", founders=["ada"])
    new_account("heir")
    content = roster(council.package, ada_of_abandoned=None, heir="owner")
    assert agree(trusted.roster_of(council.package), content, by=[steward()]) is None
    assert council.ada.person_id in queries.maintainers(council.package)


@pytest.mark.parametrize(
    "members",
    [
        *({}, {"x": "owner"}, {"00000000-0000-0000-0000-000000000001": "steward"}, {"ada": "maintainer"}),
        *({"00000000-0000-0000-0000-000000000001": ["owner"]}, {"00000000-0000-0000-0000-000000000001": {}}),
    ],
)
def test_a_roster_is_read_strictly(council: Council, members: dict[str, JsonValue]) -> None:
    """Persons by id, roles of packages alone, and at least one owner."""
    with refused(Reason.DOCUMENT_INVALID):
        actions.propose(
            trusted.roster_of(council.package),
            content={"schema": 1, "members": members},
            reason="",
            by=council.ada,
        )


def test_nobody_unknown_is_given_a_role(council: Council) -> None:
    """A person who does not exist, or whose accounts are deactivated, is given no role."""
    content = roster(council.package)
    content["members"]["00000000-0000-4000-8000-000000000000"] = "maintainer"
    with refused(Reason.DOCUMENT_INVALID):
        agree(trusted.roster_of(council.package), content, by=[council.ada, council.bob], factor=FACTOR)


def test_founders_are_named_with_the_name(council: Council) -> None:
    """A change of role of a founder, too, is about that founder: the others decide."""
    content = roster(council.package, bob_of_widget="owner")
    assert agree(trusted.roster_of(council.package), content, by=[council.ada, steward()]) is not None
    bobs = Grant.objects.filter(person=council.bob.person).order_by("pk")
    assert [(grant.role, grant.given) for grant in bobs] == [("maintainer", True), ("owner", True)]
    proposal = council.propose()
    assert council.decide(proposal, council.bob) is None, "a change of role makes nobody a newcomer"
