"""The pages of a file and of a refusal: why it was let in, or why not."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from packaging.utils import canonicalize_name
from packaging.version import Version

from expectations import audit, queries
from registry import roles
from registry.models import File, Package, Refusal
from registry.refusals import tell
from registry.tokens import create_token
from registry.verdicts import Judged, keep_evidence, record_verdict
from registry.web.provenance_words import in_words, tell_verdict
from tests.support.agreement import steward
from tests.support.people import Somebody
from tests.support.rows import HONEST, SIGNED, Signing, accept, new_account, new_package
from verification.judgement import Terms
from verification.pipeline import examine_all, judge
from verification.subject import Artifact
from verification.verdict import Refused

pytestmark = pytest.mark.django_db

FILENAME, CONTENT = "widget-1.0.tar.gz", b"the file"
PAGE = f"/packages/widget/1.0/{FILENAME}"
ATTACK = "refs/tags/<script>alert(1)</script>"


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def owner() -> Somebody:
    """Who owns the package."""
    return Somebody(new_account("owner"))


@pytest.fixture
def package(owner: Somebody) -> Package:
    """A package without a file."""
    package = new_package(owner=owner.account)
    roles.project(package)
    return package


@pytest.fixture
def file(package: Package, signing: Signing) -> File:
    """A file with its provenance, and a publish attestation of the same run."""
    evidence = [signing.provenance(FILENAME, CONTENT), signing.publish(FILENAME, CONTENT)]
    return accept(package, FILENAME, CONTENT, evidence, roots=signing.roots)


def test_a_file_tells_why_it_was_let_in(client: Client, file: File) -> None:
    """Its provenance in words, its digests, and the version of the expectation that it was judged by."""
    shown = text(client.get(PAGE))
    assert (
        f"Built by GitHub Actions from https://github.com/example/widget, commit {'a' * 40}, "
        "workflow .github/workflows/release.yml, ref refs/tags/v1.0, started by &#x27;push&#x27;, "
        "on a github-hosted runner, SLSA build level 2, signed 1 Mar 2026, 12:02:00 UTC and logged." in shown
    )
    assert "Published by GitHub Actions from" in shown
    assert file.sha256 in shown
    assert 'href="/packages/widget/expectation/1/"' in shown
    assert "Dependencies are not checked" in shown


def test_every_check_is_shown(client: Client, file: File) -> None:
    """Those of each attestation and those of the upload, gathered by step, each step with its outcome in words."""
    shown = text(client.get(PAGE))
    verdict = json.loads(file.verdict.document)
    checks = [*verdict["checks"], *(check for report in verdict["attestations"] for check in report["checks"])]
    assert shown.count('class="check__one"') == len(checks)
    steps = {(index, check["step"]) for index, group in enumerate(_groups(verdict)) for check in group}
    assert len(re.findall('class="check check--passed"', shown)) == shown.count("(passed)") == len(steps)


def _groups(verdict: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [verdict["checks"], *(report["checks"] for report in verdict["attestations"])]


def test_its_links_lead_somewhere(client: Client, file: File) -> None:
    """To the provenance, the verdict, each piece of served evidence and the metadata."""
    shown = text(client.get(PAGE))
    links = [
        link
        for link in re.findall(r'href="(?:http://127.0.0.1:8000)?(/(?:integrity|files)/[^"]+)"', shown)
        if link.count("/") > 1
    ]
    assert len([link for link in links if "/evidence/" in link]) == 2
    assert any(link.endswith("/provenance") for link in links)
    for link in links:
        if not link.endswith(FILENAME):  # these rows have no blob
            assert client.get(link).status_code == 200


@pytest.mark.parametrize("address", ["/packages/Widget/1.0/", "/packages/widget/1.0.0/"])
def test_other_spellings_lead_to_it(client: Client, file: File, address: str) -> None:
    """Of its name (PEP 503) and its version (PEP 440)."""
    response = client.get(f"{address}{FILENAME}")
    assert (response.status_code, response["Location"].replace("1.0.0", "1.0")) == (301, PAGE)


@pytest.mark.parametrize(
    "address", ["/packages/widget/2.0/widget-1.0.tar.gz", "/packages/widget/1.0/x%00", "/packages/other/1.0/x"]
)
def test_what_is_not_offered_is_not_found(client: Client, file: File, address: str) -> None:
    """A file has one place."""
    assert client.get(address).status_code == 404


def test_a_file_that_is_not_visible_yet_has_no_page(client: Client, package: Package, signing: Signing) -> None:
    """Nothing is shown that is not served."""
    evidence = [signing.provenance(FILENAME, CONTENT)]
    accept(package, FILENAME, CONTENT, evidence, roots=signing.roots, visible=False)
    assert client.get(PAGE).status_code == 404


def test_hostile_provenance_is_text(client: Client, package: Package, signing: Signing) -> None:
    """Whoever builds chooses refs: they break no page, and nothing in them is markup."""
    evidence = [signing.provenance(FILENAME, CONTENT, replace(HONEST, ref=ATTACK))]
    accept(package, FILENAME, CONTENT, evidence, roots=signing.roots)
    for address in (PAGE, "/packages/widget/", "/packages/widget/expectation/", "/packages/widget/expectation/1/", "/"):
        shown = text(client.get(address))
        assert "<script" not in shown
    assert "refs/tags/&lt;script&gt;" in text(client.get(PAGE))


def test_look_alikes_show(file: File) -> None:
    """Expectations 2: what is not ASCII is shown escaped, in the sentence and in the facts."""
    verdict = json.loads(file.verdict.document)
    provenance = verdict["attestations"][0]["provenance"]
    provenance["facts"]["ref"] = "refs/tags/v1\u202e\u0430"
    assert "ref refs/tags/v1\\u202e\\u0430," in in_words(provenance)
    (told, _) = tell_verdict(json.dumps(verdict)).attestations
    assert ("Ref", "refs/tags/v1\\u202e\\u0430") in told.facts


def test_what_a_key_signed_is_not_said_to_be_logged(file: File) -> None:
    """The sentence claims nothing that the evidence does not show."""
    provenance = json.loads(file.verdict.document)["attestations"][0]["provenance"]
    provenance["signer"] |= {"key": "builder", "sigstore": None}
    provenance["facts"] = dict.fromkeys(provenance["facts"])
    told = "Built by GitHub Actions, SLSA build level 2, signed 1 Mar 2026, 12:02:00 UTC."
    assert in_words(provenance) == told


# Refusals


@pytest.fixture
def refusal(file: File, package: Package, owner: Somebody, signing: Signing) -> Refusal:
    """A refusal of a build from another, hostile ref, with its verdict."""
    filename = "widget-2.0.tar.gz"
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    artifact = Artifact(filename, canonicalize_name("widget"), Version("2.0"), {"sha256": sha256}, len(CONTENT))
    evidence = json.dumps([signing.provenance(filename, CONTENT, replace(HONEST, ref=ATTACK))]).encode()
    examination = examine_all(evidence, artifact=artifact, roots=signing.roots, now=SIGNED + timedelta(minutes=5))
    expectation, policy = queries.active_expectation(package), queries.active_policy_version()
    assert expectation is not None
    terms = Terms(queries.read_expectation(expectation), level_floor=1, policy_digest=policy.digest)
    verdict = judge(examination, terms=terms)
    assert isinstance(verdict, Refused)
    judged = Judged(verdict, examination.evidence, expectation, queries.active_roots_version(), policy)
    keep_evidence(judged)
    uploader = new_account("uploader")
    token, _ = create_token(uploader, name="laptop")
    return Refusal.objects.create(
        package=package,
        account=uploader,
        token=token,
        claimed_name="widget",
        filename=filename,
        sha256=sha256,
        reason=verdict.reason.value,
        message=tell(verdict),
        verdict=record_verdict(judged, package=package),
    )


def page(refusal: Refusal) -> str:
    return f"/refusals/{refusal.pk}/"


def test_a_refusal_tells_its_maintainers_why(owner: Somebody, refusal: Refusal) -> None:
    """The reason with its sentence, what came instead, all checks, and where to propose a change."""
    shown = text(owner.browser().get(page(refusal)))
    assert re.findall(r'notice--error" data-reason="([^"]+)"', shown) == ["parameter-unexpected"]
    assert "If the project changed on purpose, a maintainer can propose the change." in shown
    assert "check check--failed" in shown
    assert f"ends in <code>{refusal.token.hint}</code>" in shown
    assert f'href="/packages/widget/expectation/questions/?refusal={refusal.pk}"' in shown
    assert "<script" not in shown


def test_the_uploader_reads_it_too(refusal: Refusal) -> None:
    """But is offered no proposal."""
    shown = text(Somebody(refusal.account).browser().get(page(refusal)))
    assert "parameter-unexpected" in shown
    assert "/expectation/questions/" not in shown


def test_others_find_nothing(client: Client, refusal: Refusal) -> None:
    """Somebody signed in is told what is told of an unknown one; who is not signed in, signs in first."""
    stranger = Somebody(new_account("stranger")).browser()
    assert stranger.get(page(refusal)).status_code == 404
    assert stranger.get(f"/refusals/{uuid.uuid4()}/").status_code == 404
    assert client.get(page(refusal))["Location"].startswith("/accounts/login/")
    assert client.get(f"/refusals/{uuid.uuid4()}/")["Location"].startswith("/accounts/login/")


def test_a_refusal_that_came_to_no_verdict(refusal: Refusal) -> None:
    """An upload to a name that nobody has created: only its uploader reads it."""
    early = Refusal.objects.create(
        account=refusal.account,
        token=refusal.token,
        claimed_name="none",
        reason="name-unknown",
        message="create it first",
    )
    shown = text(Somebody(refusal.account).browser().get(page(early)))
    assert "No package of this name exists yet." in shown
    assert "It came no further than this" in shown
    assert 'href="/packages/new/?name=none"' in shown


def test_the_audit_log_leads_to_a_refusal_those_who_may_read_it(
    client: Client, owner: Somebody, package: Package, refusal: Refusal
) -> None:
    """To others it would be a link to nothing."""
    audit.record("refused", refusal=str(refusal.pk), package=str(package.pk))
    readers = [owner.browser(), Somebody(refusal.account).browser(), Somebody(steward()).browser()]
    for reader in (client, Somebody(new_account("stranger")).browser(), *readers):
        assert (f'href="{page(refusal)}"' in text(reader.get("/audit/"))) is (reader in readers)


def test_the_package_page_lists_recent_refusals(owner: Somebody, refusal: Refusal) -> None:
    """For maintainers."""
    assert page(refusal) in text(owner.browser().get("/packages/widget/"))
