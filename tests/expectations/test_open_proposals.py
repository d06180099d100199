"""How many proposals one person may have open: enough for honest work, and no flood for those who have to read them."""

from __future__ import annotations

import pytest

from expectations import actions, trusted
from expectations.models import Kind, Proposal, Voice
from registry.models import Account, Release
from tests.support.refusals import refused
from tests.support.rows import new_package
from tests.support.voices import Council, document, new_council
from verification.canonical import JsonValue
from verification.reasons import OPEN_IN_ALL, OPEN_ON_ONE_THING, Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers, ada and bob; cleo is none."""
    return new_council()


def as_many_as_may_be(council: Council, owner: str = "example") -> list[Proposal]:
    """Let ada propose other repositories of an owner, up to the bound."""
    return [
        council.propose(content=document(f"https://github.com/{owner}/{number}")) for number in range(OPEN_ON_ONE_THING)
    ]


def test_one_person_has_few_open_about_one_thing(council: Council) -> None:
    """The next one is refused; what others propose, and what the same person does about other things, is not."""
    as_many_as_may_be(council)
    with refused(Reason.TOO_MANY_PROPOSALS):
        council.propose()
    council.propose(by=council.bob)
    archived: JsonValue = {"schema": 1, "state": "archived", "note": ""}
    actions.propose(trusted.status_of(council.package), content=archived, reason="", by=council.ada)


def test_what_is_withdrawn_or_rejected_counts_no_longer(council: Council) -> None:
    """Closing one makes room for one."""
    first, second, *_ = as_many_as_may_be(council)
    council.decide(first, council.ada, Voice.WITHDRAW)
    council.propose()
    council.decide(second, council.bob, Voice.REJECT)
    council.propose()
    with refused(Reason.TOO_MANY_PROPOSALS):
        council.propose()


def test_what_is_stale_counts_no_longer(council: Council) -> None:
    """Once one of them is in force the others can no longer be, and nobody has to read them."""
    agreed, *_ = as_many_as_may_be(council)
    council.decide(agreed, council.ada)
    council.decide(agreed, council.bob)
    as_many_as_may_be(council, owner="elsewhere")


def test_one_person_has_a_bounded_number_open_altogether() -> None:
    """However many things there are to propose about."""
    package = new_package()
    owner = Account.objects.get(person=package.created_by)
    releases = [
        Release.objects.create(package=package, version=f"{number}.0", canonical_version=f"{number}")
        for number in range(OPEN_IN_ALL + 1)
    ]
    content: JsonValue = {"schema": 1, "deleted": True}
    for release in releases[:-1]:
        actions.propose(trusted.deletion_of(release, package), content=content, reason="", by=owner)
    with refused(Reason.TOO_MANY_PROPOSALS):
        actions.propose(trusted.deletion_of(releases[-1], package), content=content, reason="", by=owner)
    assert Proposal.objects.filter(kind=Kind.DELETION).count() == OPEN_IN_ALL


def test_the_refusal_says_how_many_and_what_to_do() -> None:
    """Every error says what to do."""
    sentence = Reason.TOO_MANY_PROPOSALS.sentence
    assert f"{OPEN_ON_ONE_THING} about one thing, {OPEN_IN_ALL} altogether" in sentence
    assert "Withdraw one" in sentence
