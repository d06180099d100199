"""What first use could not pin is told on the pages, as long as what it pinned is in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from expectations import queries
from expectations.models import Source
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import CircleCiPipeline
from tests.support.uploader import Uploader
from tests.support.voices import document, new_council

pytestmark = pytest.mark.django_db

PAGES = ["/packages/widget/", "/packages/widget/expectation/", "/packages/widget/expectation/1/"]

by_page = pytest.mark.parametrize("address", PAGES)


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode().replace("&#x27;", "'")


@by_page
def test_a_source_without_numeric_ids(client: Client, uploader: Uploader, address: str) -> None:
    """First use: "bound by name only: a renamed and re-registered repository could take it over"."""
    filename, content = sdist("widget", "1.0")
    run = CircleCiPipeline()
    credential = uploader.world.issue(run.san, run.claims(), at=uploader.at)
    payload = statements.encode(statements.publish_attestation([statements.subject(filename, content)]))
    evidence = [uploader.world.attest(payload, credential, at=uploader.at + timedelta(minutes=1))]
    response = uploader.send(filename, content, evidence)
    assert response.status_code == 200, response.content
    told = shown(client, address)
    assert "bound by name only: a renamed and re-registered repository could take it over" in told
    assert "not how it was built" in told


@by_page
@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({"ref": "refs/tags/rev12"}, "refs/tags/rev12&quot; is expected, so the next version's would be refused"),
        ({"trigger": "workflow_dispatch"}, "inputs are not recorded"),
    ],
    ids=["pinned-tag", "inputs"],
)
def test_what_a_github_run_leaves_open(
    client: Client, uploader: Uploader, address: str, run: dict[str, Any], told: str
) -> None:
    """First use: a tag that is pinned as it is, and inputs that nobody records."""
    assert uploader.publish(**run).status_code == 200
    promise = queries.active_expectation(uploader.package)
    assert promise is not None
    assert promise.source == Source.FIRST_USE
    assert told in shown(client, address)


@by_page
def test_an_honest_first_use_needs_none(client: Client, uploader: Uploader, address: str) -> None:
    """Where ids, tag and trigger are pinned there is nothing to beware of."""
    assert uploader.publish().status_code == 200
    assert "Good to know" not in shown(client, address)


def test_a_caution_goes_with_what_it_is_about(client: Client) -> None:
    """Once two people put another expectation in force, the page tells of that one; the old version keeps its own."""
    council = new_council()
    pinned = document(
        external_parameters={
            "/workflow/repository": {"equals": "https://github.com/example/widget"},
            "/workflow/path": {"equals": ".github/workflows/release.yml"},
            "/workflow/ref": {"equals": "refs/tags/rev12"},
        }
    )
    for content in (pinned, document()):
        proposal = council.propose(content=content)
        council.decide(proposal, council.ada)
        council.decide(proposal, council.bob)
        assert ("would be refused" in shown(client, PAGES[0])) is (content is pinned)
    assert "would be refused" in shown(client, "/packages/widget/expectation/2/")
