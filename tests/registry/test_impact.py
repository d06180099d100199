"""What a proposal would do: kept evidence is judged again by the gate, and the page tells the difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from expectations import actions, queries, trusted
from expectations.impact import Impact
from expectations.models import AuditLeaf, DocumentVersion, Proposal, Source, Voice
from expectations.trusted import Trusted
from registry import impact, rejudging, roles
from registry.impact import impact_of
from registry.models import VerdictRecord
from tests.support.agreement import KEY, agree, steward
from tests.support.distributions import sdist
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from tests.support.sigstore_world import SigstoreWorld
from tests.support.stewards import STEWARDS
from tests.support.unsigned import bare_statement, unsigned_expectation
from tests.support.uploader import Uploader
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

FORK = {"repository": "example/moved", "repository_id": "123456"}


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """A maintainer of a package with two releases, and two uploads that were refused: from elsewhere, and without evidence."""
    uploader = Uploader(client, world, store)
    assert uploader.publish("1.0").status_code == 200
    assert uploader.publish("1.1").status_code == 200
    assert uploader.publish("2.0", **FORK).status_code >= 400
    return uploader


def in_force(about: Trusted) -> dict[str, Any]:
    version = queries.in_force(about)
    assert version is not None
    document: dict[str, Any] = json.loads(version.document)
    return document


def propose(about: Trusted, content: Any, uploader: Uploader) -> Proposal:
    by = uploader.account if about.package is not None else steward()
    return actions.propose(about, content=content, reason="", by=by)


def moved(uploader: Uploader) -> dict[str, Any]:
    """Return the expectation in force, of the repository that the refused upload came from."""
    text = json.dumps(in_force(trusted.expectation_of(uploader.package)))
    document: dict[str, Any] = json.loads(text.replace("example/widget", "example/moved"))
    return document


def looked(proposal: Proposal) -> Impact:
    found = impact_of(proposal)
    assert found is not None
    return found


def test_what_is_lost_and_what_is_gained(uploader: Uploader) -> None:
    """Which stored files would no longer pass, and which past refusals would have passed."""
    found = looked(propose(trusted.expectation_of(uploader.package), moved(uploader), uploader))
    assert [(file.name, file.reason) for file in found.lost] == [
        ("widget-1.1.tar.gz", Reason.REPOSITORY_RENAMED),
        ("widget-1.0.tar.gz", Reason.REPOSITORY_RENAMED),
    ]
    assert [(upload.name, upload.reason) for upload in found.gained] == [
        ("widget-2.0.tar.gz", Reason.REPOSITORY_RENAMED)
    ]
    assert found.is_whole
    assert (found.files, found.refusals) == (2, 1)


def test_both_recipes_lose_nothing(uploader: Uploader) -> None:
    """A further recipe beside the old one."""
    both = in_force(trusted.expectation_of(uploader.package))
    (second,) = moved(uploader)["recipes"]
    both["recipes"].append({**second, "name": "moved"})
    found = looked(propose(trusted.expectation_of(uploader.package), both, uploader))
    assert found.lost == ()
    assert [upload.name for upload in found.gained] == ["widget-2.0.tar.gz"]


def test_a_higher_floor_loses_what_lies_below(uploader: Uploader) -> None:
    """Of the policy, for every package."""
    found = looked(propose(trusted.policy(), {**in_force(trusted.policy()), "level_floor": 3}, uploader))
    assert {file.reason for file in found.lost} == {Reason.LEVEL_TOO_LOW}
    assert len(found.lost) == 2


def test_forbidding_what_nobody_signed_loses_it(uploader: Uploader) -> None:
    """Each term of the policy counts in a second look as it did in the first; allowing it brings back what it kept out."""
    package = new_package("bare", owner=uploader.account)
    filename, content = sdist("bare", "1.0")
    actions.bind_first(package, unsigned_expectation(), source=Source.EXPLICIT)
    uploader.send(filename, content, [bare_statement(filename, content)], name="bare")
    allowing = {**in_force(trusted.policy()), "unsigned_evidence": True}
    (gained,) = looked(propose(trusted.policy(), allowing, uploader)).gained
    assert (gained.name, gained.reason) == (filename, Reason.UNSIGNED_NOT_ALLOWED)
    agree(trusted.policy(), allowing, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
    again = uploader.send(filename, content, [bare_statement(filename, content)], name="bare")
    assert again.status_code == 200, again.content
    (lost,) = looked(propose(trusted.policy(), {**allowing, "unsigned_evidence": False}, uploader)).lost
    assert (lost.name, lost.reason) == (filename, Reason.UNSIGNED_NOT_ALLOWED)


def test_other_waits_judge_nothing(uploader: Uploader) -> None:
    """No evidence is judged by how long newcomers wait."""
    assert impact_of(propose(trusted.policy(), {**in_force(trusted.policy()), "newcomer_days": 9}, uploader)) is None


def test_roots_without_the_builder_lose_its_files(uploader: Uploader) -> None:
    """Every file that only the removed instance vouches for."""
    roots = in_force(trusted.roots())
    roots["builders"] = [builder for builder in roots["builders"] if builder["signer"].get("sigstore") != "simulated"]
    found = looked(propose(trusted.roots(), roots, uploader))
    assert {file.reason for file in found.lost} == {Reason.SIGNER_UNKNOWN}
    assert len(found.lost) == 2
    assert found.gained == ()


def test_denying_a_commit_loses_its_files(uploader: Uploader) -> None:
    """Distrust shows the files that it touches before anybody agrees to it."""
    roots = {**in_force(trusted.roots()), "denied": {"commits": ["a" * 40]}}
    found = looked(propose(trusted.roots(), roots, uploader))
    assert {file.reason for file in found.lost} == {Reason.BUILD_DENIED}


def test_looking_writes_nothing(uploader: Uploader) -> None:
    """Old verdicts are never rewritten, and no new one is made."""
    proposal = propose(trusted.expectation_of(uploader.package), moved(uploader), uploader)

    def counts() -> list[int]:
        return [model.objects.count() for model in (VerdictRecord, AuditLeaf, DocumentVersion)]

    before = counts()
    looked(proposal)
    assert counts() == before


def test_a_look_that_is_cut_says_so(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded in number."""
    monkeypatch.setattr(impact, "FILES", 1)
    found = looked(propose(trusted.expectation_of(uploader.package), moved(uploader), uploader))
    assert [file.name for file in found.lost] == ["widget-1.1.tar.gz"]
    assert (found.files, found.files_in_all, found.is_whole) == (1, 2, False)


def test_a_look_whose_time_is_up_says_so(uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded in time."""
    monkeypatch.setattr(impact, "SECONDS", -1.0)
    found = looked(propose(trusted.expectation_of(uploader.package), moved(uploader), uploader))
    assert (found.files, found.refusals, found.is_whole) == (0, 0, False)


def test_looking_again_judges_nothing_again(uploader: Uploader) -> None:
    """The same evidence judged by the same documents comes out the same: whoever looks again gets further."""
    proposal = propose(trusted.expectation_of(uploader.package), moved(uploader), uploader)
    looked(proposal)
    before = rejudging.outcome.cache_info().misses
    looked(proposal)
    assert rejudging.outcome.cache_info().misses == before


def page(proposal: Proposal, somebody: Somebody) -> str:
    return str(somebody.browser().get(f"/proposals/{proposal.pk}/").content.decode())


def test_the_page_tells_it_to_maintainers_alone(uploader: Uploader) -> None:
    """Refused uploads are theirs alone; to a stranger nothing is judged."""
    roles.project(uploader.package)
    proposal = propose(trusted.expectation_of(uploader.package), moved(uploader), uploader)
    shown = page(proposal, Somebody(uploader.account))
    assert "<strong>2 stored files would no longer pass.</strong>" in shown
    assert "<strong>1 refused upload would have passed.</strong>" in shown
    assert "widget-2.0.tar.gz" in shown
    misses = rejudging.outcome.cache_info()
    stranger = page(proposal, Somebody(new_account("eve")))
    assert "What it would do" not in stranger
    assert "widget-2.0.tar.gz" not in stranger
    assert rejudging.outcome.cache_info() == misses


def test_a_closed_proposal_is_not_judged(uploader: Uploader) -> None:
    """What cannot come into force does nothing."""
    proposal = propose(trusted.expectation_of(uploader.package), moved(uploader), uploader)
    actions.decide(proposal, voice=Voice.WITHDRAW, digest=proposal.digest, by=uploader.account, factor=KEY)
    assert "What it would do" not in page(proposal, Somebody(uploader.account))
