"""``uv publish`` by a trusted publisher: a real client in what looks to them like a job of GitHub Actions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from demo.serving import Registry
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import GitHubWorkflow
from tests.support.oidc_issuer import GITHUB_RUN, OidcIssuer, serve_issuer
from tests.support.publishing import GITHUB_PINS
from tests.support.sigstore_world import SigstoreWorld
from tests.support.tls_front import TlsFront, tls_in_front_of

LIST_PUBLISHER = """
import json, sys
from django.db import transaction
from expectations import actions, queries, trusted
from registry.models import Account, Package
from tests.support.agreement import agree, steward
from tests.support.stewards import STEWARDS
issuer, claims = {issuer!r}, {claims!r}
ada = Account.objects.create_person("ada", email="ada@example.org", password=None)
with transaction.atomic():
    package = Package.objects.create(name="widget", display_name="widget", created_by=ada.person)
    actions.found_package(package, owner=ada.person, maintainers=[])
believed = json.loads(queries.issuers().canonical)
believed["issuers"][issuer] = "github"
assert agree(trusted.issuers(), believed, by=[steward(STEWARDS[0]), steward(STEWARDS[1])])
listed = {{"schema": 1, "publishers": [{{"kind": "github", "issuer": issuer, "claims": claims}}]}}
assert agree(trusted.publishers_of(package), listed, by=[ada, steward()])
"""


@pytest.fixture
def issuer(registry: Registry) -> Iterator[OidcIssuer]:
    """A provider that the served registry believes, whose honest workflow ``widget`` lists; two people each agreed."""
    with serve_issuer() as issuer:
        setup = LIST_PUBLISHER.format(issuer=issuer.url, claims={**GITHUB_PINS, "environment": "pypi"})
        registry.manage("shell", "--no-imports", "--command", setup)
        yield issuer


@pytest.fixture
def front(registry: Registry, tmp_path: Path) -> Iterator[TlsFront]:
    """The registry as clients reach it from outside: over TLS."""
    with tls_in_front_of(registry.url, tmp_path) as front:
        yield front


@pytest.fixture
def built(world: SigstoreWorld, tmp_path: Path) -> list[str]:
    """A distribution that the honest workflow built, with its provenance beside it, as clients find it in ``dist``."""
    filename, content = sdist("widget", "1.0")
    identity = GitHubWorkflow(ref="refs/tags/v1.0")
    at = datetime.now(UTC) - timedelta(minutes=30)
    statement = statements.github_provenance(identity, [statements.subject(filename, content)])
    credential = world.issue(identity.san, identity.claims(), at=at)
    evidence = world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))
    file, attestation = tmp_path / filename, tmp_path / f"{filename}.slsa.attestation"
    file.write_bytes(content)
    attestation.write_text(json.dumps(evidence))
    return [str(file), str(attestation)]


def uv_publish(front: TlsFront, issuer: OidcIssuer, files: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``uv publish`` in a job of the provider's. uv exchanges tokens over TLS alone."""
    strip = ("UV_", "GITHUB_", "ACTIONS_", "CI")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strip)}
    command = [*(sys.executable, "-m", "uv", "publish"), "--publish-url", f"{front.url}/legacy/"]
    return subprocess.run(
        [*command, "--trusted-publishing", "always", *files],
        env={**kept, "SSL_CERT_FILE": str(front.authority), **issuer.github_environment()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def shown(done: subprocess.CompletedProcess[str]) -> str:
    """Return what the person saw, without the line breaks at the edge of the terminal."""
    return " ".join(done.stderr.split())


def test_uv_publishes_without_a_token(
    registry: Registry, front: TlsFront, issuer: OidcIssuer, built: list[str]
) -> None:
    """What a run may not is told in uv's own output, and nothing comes in; what it may comes in by its publisher's name.

    A stranger's trigger; an environment that is not listed; the right publisher without evidence; and then with it.
    """
    issuer.run = {**GITHUB_RUN, "event_name": "pull_request_target"}
    stranger = uv_publish(front, issuer, built)
    assert stranger.returncode != 0
    assert "pull_request_target" in shown(stranger), stranger.stderr
    assert "write access to the repository" in shown(stranger)
    issuer.run = {**GITHUB_RUN, "environment": "staging"}
    elsewhere = uv_publish(front, issuer, built)
    assert elsewhere.returncode != 0
    assert "widget lists a publisher that differs" in shown(elsewhere), elsewhere.stderr
    issuer.run = dict(GITHUB_RUN)
    without = uv_publish(front, issuer, built[:1])
    assert without.returncode != 0
    assert "evidence-missing" in shown(without), without.stderr
    assert "widget-1.0" not in requests.get(f"{registry.url}/simple/widget/", timeout=30).text
    done = uv_publish(front, issuer, built)
    assert done.returncode == 0, done.stderr
    assert "Failed to invalidate" not in done.stderr, "uv ends its token when it is done"
    page = requests.get(f"{registry.url}/packages/widget/1.0/widget-1.0.tar.gz", timeout=30).text
    assert "by GitHub Actions: example/widget, release.yml, environment pypi" in page


def test_one_identity_at_many_doors_at_once(registry: Registry, issuer: OidcIssuer) -> None:
    """Two web processes get the same identity token eight times at once: one upload token is minted, by whoever was first."""
    audience = requests.get(f"{registry.url}/_/oidc/audience", timeout=30).json()["audience"]
    token = issuer.token(audience)

    def exchange(_number: int) -> tuple[int, str]:
        answer = requests.post(f"{registry.url}/_/oidc/mint-token", json={"token": token}, timeout=60)
        return answer.status_code, answer.json().get("errors", [{"code": ""}])[0]["code"]

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(exchange, range(8)))
    assert answers == [(200, ""), *[(422, "invalid-reuse-token")] * 7]
    upload = f"{registry.url}/legacy/"
    for address, status in (
        (upload, 200),
        ("/legacy", 200),
        (f"{registry.url}/simple/", 404),
        ("https://a.example/legacy/", 404),
    ):
        found = requests.get(f"{registry.url}/.well-known/pytp", params={"discover": address}, timeout=30)
        assert found.status_code == status, address
    key = hashlib.sha256(b"/legacy/").hexdigest()
    told = requests.get(f"{registry.url}/.well-known/pytp/{key}", timeout=30).json()
    assert told["mint-token-endpoint"] == told["token-mint-endpoint"] == f"{registry.url}/_/oidc/mint-token"
    assert told["audience-endpoint"] == f"{registry.url}/_/oidc/audience"
    assert requests.get(f"{registry.url}/.well-known/pytp/{'0' * 64}", timeout=30).status_code == 404
