"""pdm in what looks to it like a job of GitHub Actions: it gets itself a token, and is told what it cannot send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.clients.conftest import Served
from tests.clients.running import Ran, run
from tests.clients.test_publishing import PROJECT, built
from tests.support.oidc_issuer import GITHUB_RUN, OidcIssuer, serve_issuer
from tests.support.publishing import GITHUB_PINS

LIST_PUBLISHER = """
import json
from expectations import queries, trusted
from registry.models import Account, Package
from tests.support.agreement import agree, steward
from tests.support.stewards import STEWARDS
issuer, claims = {issuer!r}, {claims!r}
believed = json.loads(queries.issuers().canonical)
believed["issuers"][issuer] = "github"
assert agree(trusted.issuers(), believed, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
listed = {{"schema": 1, "publishers": [{{"kind": "github", "issuer": issuer, "claims": claims}}]}}
package = Package.objects.get(name="widget")
assert agree(trusted.publishers_of(package), listed, by=[Account.objects.get(username="ada"), steward()])
"""


@pytest.fixture
def issuer(served: Served) -> Iterator[OidcIssuer]:
    """A provider that the served registry believes, whose honest workflow widget lists; two people each agreed."""
    with serve_issuer() as issuer:
        setup = LIST_PUBLISHER.format(issuer=issuer.url, claims={**GITHUB_PINS, "environment": "pypi"})
        served.registry.manage("shell", "--no-imports", "--command", setup)
        yield issuer


def pdm(home: Path, url: str, issuer: OidcIssuer) -> Ran:
    """Publish what lies in ``dist``, without a password."""
    command = ["pdm", "publish", "--no-build", "--repository", f"{url}/legacy/"]
    return run(home, *command, environment=issuer.github_environment())


def test_pdm_gets_a_token_and_is_told_what_it_cannot_send(served: Served, issuer: OidcIssuer, tmp_path: Path) -> None:
    """The exchange works as uv's does. It sends no attestations, so the gate stays closed, and its user sees why and what can."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    built(tmp_path)
    url = served.registry.url
    issuer.run = {**GITHUB_RUN, "environment": "staging"}
    refused = pdm(tmp_path, url, issuer)
    assert refused.code != 0
    assert "Failed to get PyPI token via OIDC" in refused.shown, refused.shown
    issuer.run = dict(GITHUB_RUN)
    ran = pdm(tmp_path, url, issuer)
    assert ran.code != 0
    assert "::add-mask::sluice_" in ran.shown, ran.shown
    assert "evidence-missing" in ran.shown, ran.shown
    assert "uv publish" in ran.shown
    assert "widget-4.0" not in requests.get(f"{url}/simple/widget/", timeout=30).text
