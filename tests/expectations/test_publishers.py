"""Which publisher may upload to a name is part of what two people decide: the document, its differences, its voices."""

from __future__ import annotations

from typing import Any

import pytest

from expectations import actions, queries, trusted
from expectations.differences import changes_of, issuers, publishers
from expectations.differences.change import Effect
from expectations.documents import Issuers, Publishers, parse_issuers, parse_publishers
from expectations.documents.issuers import KNOWN_ISSUERS, NO_ISSUERS
from expectations.documents.publishers import NOBODY
from expectations.models import Voice
from expectations.publishers.kinds import PublisherKind
from expectations.publishers.suggesting import suggested
from expectations.refusal import ChangeRefused
from tests.support.agreement import KEY, agree, steward
from tests.support.publishing import GITHUB_PINS
from tests.support.stewards import STEWARDS
from tests.support.voices import FACTOR, new_council
from tests.support.voices import document as expectation_document
from verification.build_types import required_pins
from verification.build_types.claims import GITHUB_ISSUER
from verification.canonical import JsonValue
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.reasons import Reason


def listed(**changes: Any) -> dict[str, Any]:
    """Return the entry of the honest workflow; ``changes`` replace its members."""
    return {"kind": "github", "issuer": GITHUB_ISSUER, "claims": dict(GITHUB_PINS), **changes}


def document(*entries: Any) -> dict[str, Any]:
    """Return a document of these publishers."""
    return {"schema": 1, "publishers": list(entries)}


def places(content: Any) -> set[str]:
    """Return where a document is wrong."""
    with pytest.raises(DocumentInvalid) as refused:
        parse_publishers(content)
    return {problem.where for problem in refused.value.problems}


def test_a_document_is_read_in_one_order() -> None:
    """Two lists of the same publishers are one document, under one digest."""
    one, two = listed(), listed(claims={**GITHUB_PINS, "environment": "pypi"})
    assert parse_publishers(document(one, two)).digest == parse_publishers(document(two, one)).digest


def test_the_numbers_are_always_pinned() -> None:
    """A name that is given up can be registered anew: without the numeric ids no publisher of a forge is listed."""
    for name in GITHUB_PINS:
        claims = {pin: value for pin, value in GITHUB_PINS.items() if pin != name}
        assert places(document(listed(claims=claims))) == {f"/publishers/0/claims/{name}"}
    gitlab = {"project_path": "group/widget", "workflow": ".gitlab-ci.yml"}
    wrong = places(document({"kind": "gitlab", "issuer": "https://gitlab.com", "claims": gitlab}))
    assert wrong == {"/publishers/0/claims/project_id", "/publishers/0/claims/namespace_id"}


WRONG: list[tuple[Any, str]] = [
    (listed(kind="bitbucket"), "/kind"),
    (listed(kind=["github"]), "/kind"),
    (listed(issuer="http://gitlab.example"), "/issuer"),
    (listed(issuer="https://token.actions.githubusercontent.com/"), "/issuer"),
    (listed(issuer=5), "/issuer"),
    (listed(claims=[]), "/claims"),
    (listed(claims={**GITHUB_PINS, "actor": "ada"}), "/claims/actor"),
    (listed(claims={**GITHUB_PINS, "repository": "widget"}), "/claims/repository"),
    (listed(claims={**GITHUB_PINS, "repository": "example/widg\u0435t"}), "/claims/repository"),
    (listed(claims={**GITHUB_PINS, "repository_id": 123456}), "/claims/repository_id"),
    (listed(claims={**GITHUB_PINS, "repository_id": "0123"}), "/claims/repository_id"),
    (listed(claims={**GITHUB_PINS, "workflow": "../release.yml"}), "/claims/workflow"),
    (listed(claims={**GITHUB_PINS, "workflow": "release.yml@x.yml"}), "/claims/workflow"),
    (listed(claims={**GITHUB_PINS, "environment": ""}), "/claims/environment"),
    ({**listed(), "note": "x"}, ""),
    ("github", ""),
    ({"kind": "other", "issuer": "https://a.example", "claims": {}}, "/claims"),
    ({"kind": "other", "issuer": "https://a.example", "claims": {"aud": "x"}}, "/claims/aud"),
    ({"kind": "other", "issuer": "https://a.example", "claims": {"jti": "x", "sub": "y"}}, "/claims/jti"),
    ({"kind": "other", "issuer": "https://a.example", "claims": {"sub": True}}, "/claims/sub"),
    ({"kind": "other", "issuer": "https://a.example", "claims": {"sub": "a\u202eb"}}, "/claims/sub"),
]


def test_a_wrong_document_is_told_place_by_place() -> None:
    """Unknown kinds and pins, numbers that are none, look-alikes, folders, claims that every token has."""
    for entry, where in WRONG:
        assert places(document(entry)) == {f"/publishers/0{where}"}, entry
    assert places(document(listed(), listed())) == {"/publishers"}
    assert places({"schema": 1, "publishers": {}}) == {"/publishers"}
    assert places(document(*([listed()] * 51))) == {"/publishers"}


def test_what_can_be_an_issuer() -> None:
    """An address and nothing beside it: https everywhere, plain http on this machine alone."""
    for good in (
        "https://gitlab.example.com:8443",
        "https://a.example/org/1",
        "http://127.0.0.1:8080",
        "http://[::1]:1",
    ):
        assert parse_issuers({"schema": 1, "issuers": {good: "gitlab"}}).kinds == {good: PublisherKind.GITLAB}
    for wrong in (
        *(
            "http://a.example",
            "https://a.example/",
            "https://a.example:443",
            "https://u@a.example",
            "https://A.example",
        ),
        *(
            "https://a.example?x",
            "https://a.example#x",
            "a.example",
            "https://",
            "https://a b.example",
            "ftp://a.example",
        ),
        *(
            "https://\u0430.example",
            "https://a.example/\n",
            "http://127.0.0.1.example",
            "https://[",
            "http://a.example:x",
        ),
    ):
        with pytest.raises(DocumentInvalid):
            parse_issuers({"schema": 1, "issuers": {wrong: "gitlab"}})
    with pytest.raises(DocumentInvalid):
        parse_issuers({"schema": 1, "issuers": {"https://a.example": "bitbucket"}})


def test_a_publisher_that_joins_weakens() -> None:
    """And one that leaves tightens; a changed one is told as both."""
    nobody, one = NOBODY, parse_publishers(document(listed()))
    other = parse_publishers(document(listed(claims={**GITHUB_PINS, "environment": "pypi"})))
    (joining,) = publishers.difference(nobody, one)
    assert (joining.effect, joining.before) == (Effect.WEAKENS, "not listed")
    assert "any environment" in joining.note
    assert joining.clause == "GitHub Actions: example/widget, release.yml may upload"
    (leaving,) = publishers.difference(one, nobody)
    assert leaving.effect is Effect.TIGHTENS
    assert {change.effect for change in publishers.difference(one, other)} == {Effect.WEAKENS, Effect.TIGHTENS}
    assert publishers.difference(one, one) == ()


def test_an_issuer_that_is_believed_weakens() -> None:
    """One that is believed no longer tightens; read as another kind, it replaces."""
    url = "https://gitlab.example.com"
    as_gitlab, as_other = Issuers({url: PublisherKind.GITLAB}), Issuers({url: PublisherKind.OTHER})
    effects = [
        change.effect
        for old, new in ((NO_ISSUERS, as_gitlab), (as_gitlab, NO_ISSUERS), (as_gitlab, as_other))
        for change in issuers.difference(old, new)
    ]
    assert effects == [Effect.WEAKENS, Effect.TIGHTENS, Effect.REPLACES]


def test_an_expectation_suggests_its_workflow() -> None:
    """Whoever adds a publisher need not look up again what two people have agreed to."""
    assert suggested(PublisherKind.GITHUB, GITHUB_ISSUER, None) == {}
    known = parse_expectation(expectation_document(), required_pins=required_pins)
    assert suggested(PublisherKind.GITHUB, GITHUB_ISSUER, known) == GITHUB_PINS
    assert suggested(PublisherKind.GITHUB, "https://ghe.example", known) == {}
    assert suggested(PublisherKind.GITLAB, GITHUB_ISSUER, known) == {}


@pytest.mark.django_db
def test_nobody_may_publish_at_first() -> None:
    """A new name lists nobody; the registry believes the best known providers, as its first document says."""
    council = new_council()
    assert queries.publishers(council.package) == Publishers(())
    assert queries.issuers() == KNOWN_ISSUERS


@pytest.mark.django_db
def test_one_person_lists_no_publisher() -> None:
    """Not the owner alone, and not with a stranger; two maintainers do."""
    council = new_council()
    about = trusted.publishers_of(council.package)
    proposal = actions.propose(about, content=document(listed()), reason="We release by it.", by=council.ada)
    assert council.decide(proposal, council.ada) is None
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.NOT_A_MAINTAINER):
        council.decide(proposal, council.cleo)
    assert queries.publishers(council.package) == NOBODY
    (change,) = changes_of(proposal)
    assert change.effect is Effect.WEAKENS
    version = council.decide(proposal, council.bob)
    assert version is not None
    assert (version.kind, version.number, version.package) == ("publishers", 1, council.package)
    assert queries.publishers(council.package) == parse_publishers(document(listed()))


@pytest.mark.django_db
def test_an_issuer_that_the_registry_does_not_believe_is_not_listed() -> None:
    """A list that lets nobody in is a mistake: told with those that are believed."""
    council = new_council()
    for entry in (listed(issuer="https://ghe.example"), {**listed(), "kind": "other", "claims": {"sub": "x"}}):
        with pytest.raises(ChangeRefused, match="takes no tokens of") as refused:
            actions.propose(trusted.publishers_of(council.package), content=document(entry), reason="x", by=council.ada)
        assert refused.value.reason is Reason.DOCUMENT_INVALID
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.DOCUMENT_UNCHANGED):
        actions.propose(trusted.publishers_of(council.package), content=document(), reason="x", by=council.ada)


@pytest.mark.django_db
def test_issuers_are_the_stewards_and_need_keys() -> None:
    """Two of them, each by a security key; a maintainer proposes nothing of it."""
    council = new_council()
    wanted: JsonValue = {"schema": 1, "issuers": {"https://gitlab.example.com": "gitlab"}}
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.NOT_A_STEWARD):
        actions.propose(trusted.issuers(), content=wanted, reason="x", by=council.ada)
    two = [steward(STEWARDS[0]), steward(STEWARDS[1])]
    proposal = actions.propose(trusted.issuers(), content=wanted, reason="Ours.", by=two[0])
    with pytest.raises(ChangeRefused, check=lambda error: error.reason is Reason.SECOND_FACTOR_TOO_WEAK):
        actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=two[0], factor=FACTOR)
    version = agree(trusted.issuers(), wanted, by=two, factor=KEY)
    assert version is not None
    assert version.number == 2
    assert queries.issuers() == Issuers({"https://gitlab.example.com": PublisherKind.GITLAB})
