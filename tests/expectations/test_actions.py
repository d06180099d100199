"""Trust rules, "Two people": who can change what is promised, and what a proposal can come to."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from expectations import actions, queries
from expectations.models import AuditLeaf, Grant, Proposal, Source, Voice
from expectations.queries import Standing
from registry.models import Account
from tests.support.agreement import link
from tests.support.refusals import refused
from tests.support.rows import new_account
from tests.support.voices import FACTOR, Council, document, new_council
from verification.canonical import parse_strict
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two maintainers."""
    return new_council()


def test_two_different_persons_put_a_proposal_in_force(council: Council) -> None:
    """It takes effect when two different persons who may decide agree to exactly its digest."""
    proposal = council.propose()
    assert council.in_force().number == 1
    assert council.decide(proposal, council.ada) is None
    assert council.in_force().number == 1
    version = council.decide(proposal, council.bob)
    assert version == council.in_force()
    assert (version.number, version.source, version.proposal_id) == (2, Source.PROPOSAL, proposal.pk)
    assert queries.standing(proposal) is Standing.ACTIVE


def test_proposing_carries_no_voice(council: Council) -> None:
    """The proposer counts as one only by having decided too: bob alone does not make two."""
    assert council.decide(council.propose(), council.bob) is None
    assert council.in_force().number == 1


def test_one_person_counts_once(council: Council) -> None:
    """Approving twice is refused, from the same account and from another account of the same person."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    with refused(Reason.ALREADY_DECIDED):
        council.decide(proposal, council.ada)
    second = new_account("ada-at-work")
    assert council.ada.person is not None
    link([council.ada, second], to=council.ada.person)
    second.refresh_from_db()
    with refused(Reason.ALREADY_DECIDED):
        council.decide(proposal, second)
    assert council.in_force().number == 1


def test_a_robot_counts_never(council: Council) -> None:
    """A robot is an account with no person: it neither proposes nor decides."""
    robot = Account.objects.create_robot("release-robot", package=council.package)
    with refused(Reason.NOT_A_PERSON):
        council.propose(by=robot)
    with refused(Reason.NOT_A_PERSON):
        council.decide(council.propose(), robot)


def test_a_stranger_neither_proposes_nor_decides(council: Council) -> None:
    """Only a maintainer of this package, by its grants."""
    with refused(Reason.NOT_A_MAINTAINER):
        council.propose(by=council.cleo)
    for voice in (Voice.APPROVE, Voice.REJECT):
        with refused(Reason.NOT_A_MAINTAINER):
            council.decide(council.propose(), council.cleo, voice)


def test_a_deactivated_account_has_no_voice(council: Council) -> None:
    """A maintainer whose account is deactivated neither decides nor counts any more."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    Account.objects.filter(pk=council.ada.pk).update(is_active=False)
    council.ada.refresh_from_db()
    assert council.decide(proposal, council.bob) is None
    with refused(Reason.NOT_A_PERSON):
        council.propose(by=council.ada)


def test_another_digest_is_not_this_proposal(council: Council) -> None:
    """Agreement is to exactly the digest: what was shown must be what is decided."""
    proposal = council.propose()
    with refused(Reason.PROPOSAL_DIGEST_DIFFERS):
        council.decide(proposal, council.ada, digest="0" * 64)


def test_a_rejection_closes(council: Council) -> None:
    """Anyone who may approve may reject; nothing changes then, and no later voice helps."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    council.decide(proposal, council.bob, Voice.REJECT)
    assert queries.standing(proposal) is Standing.REJECTED
    with refused(Reason.PROPOSAL_CLOSED):
        council.decide(proposal, council.bob)


def test_the_proposer_alone_withdraws(council: Council) -> None:
    """Whoever proposed may take it back while it is open; nobody else may."""
    proposal = council.propose()
    with refused(Reason.NOT_A_MAINTAINER):
        council.decide(proposal, council.bob, Voice.WITHDRAW)
    council.decide(proposal, council.ada, Voice.WITHDRAW)
    assert queries.standing(proposal) is Standing.WITHDRAWN
    with refused(Reason.PROPOSAL_CLOSED):
        council.decide(proposal, council.bob)


def test_a_moved_base_makes_stale(council: Council) -> None:
    """When the active version moves on, every proposal that started from the old one is stale; approvals do not travel."""
    first, second = council.propose(), council.propose(content=document("https://github.com/example/other"))
    council.decide(second, council.ada)
    for person in (council.ada, council.bob):
        council.decide(first, person)
    assert queries.standing(second) is Standing.STALE
    with refused(Reason.PROPOSAL_STALE):
        council.decide(second, council.bob)


def test_an_expired_proposal_finds_no_voice(council: Council) -> None:
    """Proposals expire, by the database's clock."""
    proposal = council.propose()
    past = timezone.now() - timedelta(seconds=1)
    expired = Proposal(
        kind=proposal.kind,
        object=proposal.object,
        package=council.package,
        base=proposal.base,
        content=proposal.content,
        proposer=proposal.proposer,
        reason="late",
        created_at=past - timedelta(days=1),
        expires_at=past,
    )
    expired.preimage = actions.preimage(expired).decode()
    expired.digest = hashlib.sha256(actions.PREFIX + expired.preimage.encode()).hexdigest()
    expired.save(force_insert=True)
    with refused(Reason.PROPOSAL_EXPIRED):
        council.decide(expired, council.ada)


def test_an_immutable_expectation_is_changed_by_nobody() -> None:
    """``immutable``: no approval can change it."""
    council = new_council("fixed", change_control="immutable")
    with refused(Reason.EXPECTATION_IMMUTABLE):
        council.propose()


def test_confirming_goes_the_way_of_every_change(council: Council) -> None:
    """A version that one person set is confirmed by two, with the same document; after that there is nothing to change."""
    same = council.in_force().document.encode()
    proposal = council.propose(content=parse_strict(same))
    for person in (council.ada, council.bob):
        council.decide(proposal, person)
    assert council.in_force().digest == hashlib.sha256(same).hexdigest()
    assert council.in_force().source == Source.PROPOSAL
    with refused(Reason.DOCUMENT_UNCHANGED):
        council.propose(content=parse_strict(same))


def test_an_invalid_document_is_told_whole(council: Council) -> None:
    """A document that lacks required pins cannot be proposed, and every problem is told."""
    lax = document(claims={}, builder_ids=[])
    with refused(Reason.DOCUMENT_INVALID) as caught:
        council.propose(content=lax)
    for place in ("/recipes/0/builder_ids", "source_repository_id", "build_trigger"):
        assert place in str(caught.value)


def test_what_is_agreed_to_names_everything(council: Council) -> None:
    """Two people 1: the digest covers registry, kind, object, proposal, base, audit head, content, proposer and expiry."""
    proposal = council.propose()
    said = json.loads(proposal.preimage)
    assert set(said) == {
        *("registry", "kind", "object", "proposal", "base_version", "base_digest"),
        *("audit_head", "content", "proposer", "expires"),
    }
    expected = hashlib.sha256(b"sluicegate-proposal-v1\n" + proposal.preimage.encode()).hexdigest()
    assert proposal.digest == expected
    assert said["object"] == str(council.package.pk)


def test_every_change_has_its_leaf(council: Council) -> None:
    """Every trust event is one leaf with its RFC 6962 hash, without a gap, and no name or address in it."""
    proposal = council.propose()
    for person in (council.ada, council.bob):
        council.decide(proposal, person)
    leaves = list(AuditLeaf.objects.order_by("index"))
    assert [leaf.index for leaf in leaves] == list(range(len(leaves)))
    assert all(leaf.leaf_hash == hashlib.sha256(b"\0" + leaf.leaf.encode()).hexdigest() for leaf in leaves)
    events = [json.loads(leaf.leaf)["event"] for leaf in leaves]
    assert events[0] == "bootstrap"
    assert events[-4:] == ["proposed", "decided", "decided", "proposal-activated"]
    told = "".join(leaf.leaf for leaf in leaves)
    for name in (council.ada.username, council.ada.email):
        assert name not in told
    assert json.loads(leaves[-1].leaf)["voices"] == sorted([str(council.ada.person_id), str(council.bob.person_id)])


def test_leaves_of_the_database_are_canonical(council: Council) -> None:
    """Leaves that the database writes are in RFC 8785's form, like those of the application."""
    from verification.canonical import canonical

    proposal = council.propose()
    for person in (council.ada, council.bob):
        council.decide(proposal, person)
    for leaf in AuditLeaf.objects.all():
        assert canonical(parse_strict(leaf.leaf)).decode() == leaf.leaf


def test_founding_ends_with_the_first_promise(council: Council) -> None:
    """Founding maintainers are named before the first promise; later nobody brings their own second."""
    assert council.cleo.person is not None
    with refused(Reason.EXPECTATION_EXISTS):
        actions.found_package(council.package, owner=council.cleo.person, maintainers=[])
    assert not Grant.objects.filter(person=council.cleo.person).exists()


def test_a_first_expectation_is_bound_once(council: Council) -> None:
    """First use happens once a name, ever."""
    again = actions.read_expectation(document("https://github.com/evil/widget"))
    with refused(Reason.EXPECTATION_EXISTS):
        actions.bind_first(council.package, again, source=Source.FIRST_USE)


def test_the_voice_keeps_its_factor(council: Council) -> None:
    """A decision keeps by which second factor it was given."""
    proposal = council.propose()
    council.decide(proposal, council.ada)
    (decision,) = queries.approvals(proposal)
    assert (decision.factor, decision.factor_detail) == (FACTOR.kind, FACTOR.detail)
