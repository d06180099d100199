"""Unsigned evidence through the registry: only where policy and expectation ask for it, and said wherever it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from expectations import actions, queries, trusted
from expectations.models import Source
from registry import roles
from registry.models import File, Refusal, VerdictRecord
from registry.web.provenance_words import tell_verdict
from tests.support.agreement import agree, steward
from tests.support.distributions import sdist, wheel
from tests.support.people import Somebody
from tests.support.stewards import STEWARDS
from tests.support.unsigned import bare_statement, unsigned_expectation
from tests.support.uploader import Uploader, reason_of
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

BADGE = '<span class="badge badge--bad">unsigned</span>'


def allow() -> None:
    """Let the stewards change the policy."""
    policy = queries.read_policy(queries.active_policy_version())
    wanted = {"schema": 1, **policy.members(), "unsigned_evidence": True}
    assert agree(trusted.policy(), wanted, by=[steward(STEWARDS[0]), steward(STEWARDS[1])]) is not None


def expect_unsigned(uploader: Uploader) -> None:
    """Set the package's first expectation: unsigned statements of a GitLab runner."""
    actions.bind_first(uploader.package, unsigned_expectation(), source=Source.EXPLICIT)


def send(uploader: Uploader, version: str = "1.0") -> Any:
    """Send an sdist with what the runner says of it."""
    filename, content = sdist("widget", version)
    return uploader.send(filename, content, [bare_statement(filename, content)])


@pytest.fixture
def unsigned(uploader: Uploader) -> Uploader:
    """A package one of whose files came with unsigned evidence."""
    allow()
    expect_unsigned(uploader)
    response = send(uploader)
    assert response.status_code == 200, response.content
    return uploader


def test_the_policy_allows_none_by_default(uploader: Uploader) -> None:
    """Policy off: refused by a reason of its own, though the package's expectation asks for it."""
    expect_unsigned(uploader)
    response = send(uploader)
    assert reason_of(response) == Reason.UNSIGNED_NOT_ALLOWED
    assert "policy" in response.reason_phrase
    assert not File.objects.exists()


def test_no_first_use(uploader: Uploader) -> None:
    """First use: unsigned evidence pins nothing, whatever the policy."""
    allow()
    assert reason_of(send(uploader)) == Reason.FIRST_USE_UNSUPPORTED
    assert queries.active_expectation(uploader.package) is None


def test_no_signed_package_takes_it(uploader: Uploader) -> None:
    """A stolen token sends a bare statement to a package whose builds are signed: refused, policy or not."""
    allow()
    assert uploader.publish().status_code == 200
    assert reason_of(send(uploader, "2.0")) == Reason.UNSIGNED_UNEXPECTED
    filename, content = wheel("widget", "1.0")
    beside = [uploader.attest(filename, content), bare_statement(filename, content)]
    assert reason_of(uploader.send(filename, content, beside)) == Reason.UNSIGNED_NOT_ALONE


def test_the_policy_is_asked_each_time(unsigned: Uploader) -> None:
    """What was allowed once is not allowed for ever: policy is part of the terms, at the time of judging."""
    policy = queries.read_policy(queries.active_policy_version())
    wanted = {"schema": 1, **policy.members(), "unsigned_evidence": False}
    assert agree(trusted.policy(), wanted, by=[steward(STEWARDS[0]), steward(STEWARDS[1])]) is not None
    assert reason_of(send(unsigned, "2.0")) == Reason.UNSIGNED_NOT_ALLOWED


@pytest.mark.parametrize("address", ["/", "/packages/widget/", "/packages/widget/1.0/widget-1.0.tar.gz"])
def test_every_page_that_shows_such_a_file_says_so(client: Client, unsigned: Uploader, address: str) -> None:
    """Levels: the list, the package's page and the file's say "unsigned"."""
    assert BADGE in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/", "/packages/widget/", "/packages/widget/1.0/widget-1.0.tar.gz"])
def test_a_signed_file_is_not_called_unsigned(client: Client, uploader: Uploader, address: str) -> None:
    """The word means something only where it is true."""
    assert uploader.publish().status_code == 200
    assert "nsigned" not in client.get(address).content.decode()


def test_the_file_page_claims_no_build(client: Client, unsigned: Uploader) -> None:
    """What nobody signed is told as its own word: no signature, no log, no signer, no PEP 740 provenance."""
    shown = client.get("/packages/widget/1.0/widget-1.0.tar.gz").content.decode()
    assert "Nobody vouches for how this file was built" in shown
    assert "Unsigned: the evidence says, and nobody vouches for it, that the file was built by" in shown
    assert "<dt>Signer</dt><dd><code>nobody</code></dd>" in shown
    assert "signature is authentic" not in shown
    assert "and logged" not in shown
    assert "/provenance" not in shown


@pytest.mark.parametrize("address", ["/packages/widget/", "/packages/widget/expectation/"])
def test_its_expectation_is_told_for_what_it_is(client: Client, unsigned: Uploader, address: str) -> None:
    """Who looks at the promise reads that it binds nobody."""
    shown = client.get(address).content.decode()
    assert "Unsigned: anybody who may upload can write that a file was built" in shown
    assert "unsigned: nobody vouches for how the file was built" in shown


def test_a_refusal_says_it_too(uploader: Uploader) -> None:
    """The page of a refused bare statement."""
    assert uploader.publish().status_code == 200
    roles.project(uploader.package)
    send(uploader, "2.0")
    page = f"/refusals/{Refusal.objects.get().pk}/"
    assert BADGE in Somebody(uploader.account).browser().get(page).content.decode()


def test_the_evidence_is_served_as_sent(client: Client, unsigned: Uploader) -> None:
    """A consumer can judge it alone; PEP 740 has no place for it."""
    verdict = json.loads(VerdictRecord.objects.get().document)
    assert (verdict["unsigned"], verdict["level"]) == (True, 1)
    told = tell_verdict(json.dumps(verdict))
    assert told.unsigned
    evidence = f"/integrity/widget/1.0/widget-1.0.tar.gz/evidence/{told.attestations[0].digest}"
    response = client.get(evidence)
    assert response.status_code == 200, response.content
    assert json.loads(response.content)["_type"] == "https://in-toto.io/Statement/v1"
    assert client.get("/integrity/widget/1.0/widget-1.0.tar.gz/provenance").status_code == 404
