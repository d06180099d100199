"""Provenance, verdict and evidence, as whoever installs a file asks for them (PEP 740)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pypi_attestations import Attestation, GitHubPublisher, Provenance
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from registry.models import File, Package
from tests.support.rows import HONEST, Evidence, Signing, accept, new_package
from verification.canonical import sha256_hex

pytestmark = pytest.mark.django_db

INTEGRITY = "application/vnd.pypi.integrity.v1+json"
FILENAME, CONTENT = "widget-1.0.tar.gz", b"the file"
BASE = f"/integrity/widget/1.0/{FILENAME}"
OTHER_COMMIT = replace(HONEST, commit="b" * 40, run_id="1000000002")


@pytest.fixture
def package() -> Package:
    return new_package()


@pytest.fixture
def file(package: Package, signing: Signing) -> File:
    """A file with what matched, what corroborates it, and what neither did: only the first two are for others."""
    return _accept(package, signing, *_pieces(signing).values())


def _pieces(signing: Signing) -> dict[str, Evidence]:
    return {
        "matched": signing.provenance(FILENAME, CONTENT),
        "unmatched": signing.publish(FILENAME, CONTENT, OTHER_COMMIT),
        "corroborating": signing.publish(FILENAME, CONTENT),
    }


def _accept(package: Package, signing: Signing, *evidence: Evidence, visible: bool = True) -> File:
    return accept(package, FILENAME, CONTENT, evidence, roots=signing.roots, visible=visible)


def _digest(file: File, role: str) -> str:
    return file.verdict.evidence.get(role=role).evidence_id


def _get(client: Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200
    return json.loads(response.content)


def test_provenance_holds_the_served_attestations_by_publisher(client: Client, file: File) -> None:
    """PEP 740: each bundle corresponds to a signing identity, and contains one or more attestation objects."""
    assert [row.role for row in file.verdict.evidence.all()] == ["matched", "unmatched", "corroborating"]
    body = _get(client, f"{BASE}/provenance")
    assert set(body) == {"version", "attestation_bundles"}
    assert body["version"] == 1
    (bundle,) = body["attestation_bundles"]
    assert bundle["publisher"] == {
        "kind": "GitHub",
        "repository": "example/widget",
        "workflow": "release.yml",
        "environment": None,
    }
    sent = [json.loads(bytes(row.evidence.content)) for row in file.verdict.evidence.exclude(role="unmatched")]
    served = [Attestation.model_validate(attestation) for attestation in bundle["attestations"]]
    assert served == [Attestation.model_validate(attestation) for attestation in sent]


def test_publishers_have_a_bundle_each(client: Client, package: Package, signing: Signing) -> None:
    """PEP 740: the publisher is associated with its own set of attestations."""
    in_environment = signing.publish(FILENAME, CONTENT, replace(HONEST, environment="pypi"))
    _accept(package, signing, signing.provenance(FILENAME, CONTENT), in_environment, signing.publish(FILENAME, CONTENT))
    provenance = Provenance.model_validate(_get(client, f"{BASE}/provenance"))
    publishers = [bundle.publisher for bundle in provenance.attestation_bundles]
    expected = GitHubPublisher(repository="example/widget", workflow="release.yml")
    assert publishers == [expected, expected.model_copy(update={"environment": "pypi"})]
    assert [len(bundle.attestations) for bundle in provenance.attestation_bundles] == [2, 1]


def test_what_is_served_can_be_verified_again(client: Client, file: File, signing: Signing) -> None:
    """PEP 740: whoever installs checks subject and signature without trusting the index."""
    root = TrustedRoot(TrustedRootDocument.from_json(json.dumps(signing.world.trusted_root())))
    verifier = Verifier(trusted_root=root)
    (bundle,) = Provenance.model_validate(_get(client, f"{BASE}/provenance")).attestation_bundles
    for attestation in bundle.attestations:
        # Attestation.verify() knows Sigstore's own instances alone; the publisher's policy is what it holds them to.
        _, statement = verifier.verify_dsse(attestation.to_bundle(), bundle.publisher._as_policy())
        (subject,) = json.loads(statement)["subject"]
        assert subject == {"name": FILENAME, "digest": {"sha256": hashlib.sha256(CONTENT).hexdigest()}}


@pytest.mark.parametrize(
    ("accept_header", "media_type"),
    [
        (None, INTEGRITY),
        ("*/*", INTEGRITY),
        (INTEGRITY, INTEGRITY),
        ("application/json", "application/json"),
        (f"{INTEGRITY};q=0.5, application/json", "application/json"),
        ("text/html, */*;q=0.8", INTEGRITY),
    ],
)
def test_content_types_of_provenance(client: Client, file: File, accept_header: str | None, media_type: str) -> None:
    """PyPI's integrity API: its own type, or plain JSON where that is asked for."""
    response = client.get(f"{BASE}/provenance", headers={"Accept": accept_header} if accept_header else {})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == media_type
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("accept_header", ["text/html", "application/vnd.pypi.integrity.v2+json", f"{INTEGRITY};q=0"])
def test_other_content_types_are_406(client: Client, file: File, accept_header: str) -> None:
    """PyPI's integrity API: 406 for what is not served."""
    response = client.get(f"{BASE}/provenance", headers={"Accept": accept_header})
    assert response.status_code == 406
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("project", ["widget", "Widget", "WIDGET"])
@pytest.mark.parametrize("version", ["1.0", "1.0.0", "v1", "1", "0!1.0"])
def test_every_spelling_of_name_and_version_is_understood(
    client: Client, file: File, project: str, version: str
) -> None:
    """PEP 503 and PEP 440: spellings of one name or version are equal."""
    for leaf in ("provenance", "verdict", f"evidence/{_digest(file, 'matched')}"):
        assert client.get(f"/integrity/{project}/{version}/{FILENAME}/{leaf}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/integrity/gadget/1.0/{FILENAME}",
        f"/integrity/widget/1.1/{FILENAME}",
        f"/integrity/widget/nonsense/{FILENAME}",
        f"/integrity/widget/%00/{FILENAME}",
        f"/integrity/%00/1.0/{FILENAME}",
        f"/integrity/-/1.0/{FILENAME}",
        "/integrity/widget/1.0/widget-1.1.tar.gz",
    ],
)
def test_what_is_not_there_is_404(client: Client, file: File, path: str) -> None:
    """PyPI's integrity API: 404 with a message that names the file."""
    new_package("gadget")
    response = client.get(f"{path}/provenance")
    assert response.status_code == 404
    assert json.loads(response.content) == {"message": f"No provenance available for {path.rpartition('/')[2]}"}
    assert client.get(f"{path}/verdict").status_code == 404
    assert client.get(f"{path}/evidence/{_digest(file, 'matched')}").status_code == 404


@pytest.mark.parametrize("leaf", ["%00/provenance", f"{FILENAME}%00/verdict", f"{FILENAME}/evidence/%00"])
def test_impossible_texts_never_reach_the_database(client: Client, file: File, leaf: str) -> None:
    """Threat: a byte that PostgreSQL refuses turns a request into a server error."""
    assert client.get(f"/integrity/widget/1.0/{leaf}").status_code == 404


def test_nothing_is_told_of_a_file_that_is_not_offered(client: Client, package: Package, signing: Signing) -> None:
    """Design, "An upload": what is not yet visible is there for nobody."""
    file = _accept(package, signing, signing.provenance(FILENAME, CONTENT), visible=False)
    for leaf in ("provenance", "verdict", f"evidence/{_digest(file, 'matched')}"):
        assert client.get(f"{BASE}/{leaf}").status_code == 404


def test_the_verdict_is_the_document_that_its_digest_names(client: Client, file: File) -> None:
    """Trust rules, "Kept from the first day": a verdict is kept whole, so that it can be reached again."""
    response = client.get(f"{BASE}/verdict")
    assert response.headers["Content-Type"] == "application/json"
    assert sha256_hex(response.content) == file.verdict.digest
    assert json.loads(response.content)["result"] == "accepted"


@pytest.mark.parametrize("role", ["matched", "corroborating"])
def test_evidence_is_served_exactly_as_sent(client: Client, file: File, role: str) -> None:
    """Design, "From bytes to a verdict": the original bytes are kept exactly as sent."""
    digest = _digest(file, role)
    response = client.get(f"{BASE}/evidence/{digest}")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert sha256_hex(response.content) == digest


def test_unmatched_evidence_is_not_served(client: Client, file: File) -> None:
    """Trust rules, "Evidence" 1: what neither matched nor corroborates is kept as "unmatched" and not served."""
    assert client.get(f"{BASE}/evidence/{_digest(file, 'unmatched')}").status_code == 404


def test_what_is_no_digest_is_told_as_json(client: Client, file: File) -> None:
    """A program asked, and no page helps it."""
    answer = client.get(f"{BASE}/evidence/first")
    assert (answer.status_code, answer.json()) == (404, {"message": f"No evidence first available for {FILENAME}"})


def test_evidence_is_served_with_its_own_file_alone(
    client: Client, file: File, package: Package, signing: Signing
) -> None:
    """Threat: somebody else's attestation is shown as if it spoke for this file."""
    wheel = "widget-1.0-py3-none-any.whl"
    other = accept(package, wheel, b"wheel", [signing.provenance(wheel, b"wheel")], roots=signing.roots)
    assert client.get(f"{BASE}/evidence/{_digest(other, 'matched')}").status_code == 404


def test_evidence_without_a_form_in_pep_740_is_served_as_it_is(
    client: Client, package: Package, signing: Signing
) -> None:
    """PEP 740 has no place for time stamps: no provenance object, but the bundle itself."""
    bundle = signing.bundle(FILENAME, CONTENT, log="rekor-v2")
    file = _accept(package, signing, bundle)
    assert client.get(f"{BASE}/provenance").status_code == 404
    assert _get(client, f"{BASE}/evidence/{_digest(file, 'matched')}") == bundle


def test_an_unchanged_answer_is_not_sent_again(client: Client, file: File) -> None:
    """RFC 9110, 15.4.5: 304 where the client has it already. PEP 740: provenance objects may change over time."""
    for leaf in ("provenance", "verdict", f"evidence/{_digest(file, 'matched')}"):
        first = client.get(f"{BASE}/{leaf}")
        assert first.headers["Cache-Control"] == "max-age=0, must-revalidate"
        again = client.get(f"{BASE}/{leaf}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.post(f"{BASE}/{leaf}").status_code == 405
