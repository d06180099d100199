"""Attacks on a real registry: over HTTP, with a valid token, at a database of its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from expectations import actions, queries
from registry.models import File, Package, Refusal
from tests.support import statements
from tests.support.distributions import sdist, wheel
from tests.support.identities import GitHubWorkflow
from tests.support.sigstore_world import SigstoreWorld
from tests.support.specimens import GENERATORS
from tests.support.uploader import Uploader
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

EVIL = {"repository": "evil/widget", "repository_id": "666", "owner_id": "66"}


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """Whoever holds a maintainer's token: the maintainer, or a thief."""
    return Uploader(client, world, store)


def let_in(response: Any) -> None:
    """Hold that an upload was taken."""
    assert response.status_code == 200, response.content


def kept_out(response: Any, reason: Reason) -> None:
    """Hold that an upload was refused for the reason, in the way that clients are told it."""
    assert 400 <= response.status_code < 500, response.content
    assert json.loads(response.content)["reason"] == reason, response.content


def attest_as(uploader: Uploader, filename: str, content: bytes, run: GitHubWorkflow, predicate: Any = None) -> Any:
    """Return provenance of a file by any run, with parts of its predicate's parameters added."""
    statement = statements.github_provenance(run, [statements.subject(filename, content)])
    statement["predicate"]["buildDefinition"]["externalParameters"].update(predicate or {})
    credential = uploader.world.issue(run.san, run.claims(), at=uploader.at)
    return uploader.world.attest(statements.encode(statement), credential, at=uploader.at)


def another_package(uploader: Uploader, name: str) -> Package:
    """Return a second package of the same maintainer."""
    person = uploader.package.created_by
    package = Package.objects.create(name=name, display_name=name, created_by=person)
    actions.found_package(package, owner=person, maintainers=[])
    return package


def test_a_stolen_token(uploader: Uploader) -> None:
    """A stolen upload token sends a file that was built elsewhere, or nowhere."""
    let_in(uploader.publish())
    kept_out(uploader.publish("1.1", **EVIL), Reason.PARAMETER_UNEXPECTED)
    filename, content = sdist("widget", "1.1")
    kept_out(uploader.send(filename, content, None), Reason.EVIDENCE_MISSING)
    assert File.objects.count() == 1


def test_a_moved_tag_adds_a_wheel(uploader: Uploader) -> None:
    """A moved tag adds a wheel to an old release, in which everybody pins the version and nobody the file."""
    let_in(uploader.publish())
    filename, content = wheel("widget", "1.0")
    kept_out(
        uploader.send(filename, content, [uploader.attest(filename, content, commit="b" * 40)]),
        Reason.RELEASE_SOURCE_DIFFERS,
    )
    let_in(uploader.send(filename, content, [uploader.attest(filename, content)]))


def test_evidence_of_another_package(uploader: Uploader) -> None:
    """Evidence replayed for another package: widget's provenance is sent with gadget's file, and widget's file as gadget's."""
    let_in(uploader.publish())
    gadget = another_package(uploader, "gadget")
    filename, content = sdist("gadget", "1.0")
    evidence = uploader.attest("widget-1.0.tar.gz", sdist("widget", "1.0")[1])
    kept_out(uploader.send(filename, content, [evidence], name="gadget"), Reason.SUBJECT_MISMATCH)
    ours = sdist("widget", "1.0")[1]
    kept_out(uploader.send(filename, ours, [evidence], name="gadget"), Reason.ARCHIVE_MALFORMED)
    assert queries.active_expectation(gadget) is None
    let_in(uploader.send(filename, content, [uploader.attest(filename, content)], name="gadget"))


def test_evidence_of_another_version(uploader: Uploader) -> None:
    """Evidence replayed for another version: the bytes of 1.0, well attested as such, are sent as 1.1."""
    filename, content = sdist("widget", "1.0")
    evidence = uploader.attest(filename, content)
    let_in(uploader.send(filename, content, [evidence]))
    response = uploader.send("widget-1.1.tar.gz", content, [evidence], version="1.1")
    kept_out(response, Reason.ARCHIVE_MALFORMED)
    assert File.objects.count() == 1


def test_evidence_of_another_file_name(uploader: Uploader) -> None:
    """Evidence replayed for another file name: a wheel for every platform is sent as one for Windows, and as a later build."""
    filename, content = wheel("widget", "1.0")
    evidence = uploader.attest(filename, content)
    let_in(uploader.send(filename, content, [evidence]))
    for other in ("widget-1.0-py3-none-win_amd64.whl", "widget-1.0-2-py3-none-any.whl"):
        kept_out(uploader.send(other, content, [evidence]), Reason.ARCHIVE_MALFORMED)
    assert File.objects.count() == 1


def test_another_file_under_a_used_name(uploader: Uploader) -> None:
    """A released file is replaced by another build of the same tag, with provenance as good as the first."""
    let_in(uploader.publish())
    filename, content = sdist("widget", "1.0", summary="rebuilt")
    response = uploader.send(filename, content, [uploader.attest(filename, content)], summary=None)
    kept_out(response, Reason.FILE_EXISTS)


def test_first_use_by_a_stranger(uploader: Uploader) -> None:
    """A stranger's provenance of a higher level comes with the first upload, to take the name's expectation."""
    filename, content = sdist("widget", "1.0")
    signer = f"{GENERATORS}generator_generic_slsa3.yml@refs/tags/v2.1.0"
    stranger = replace(GitHubWorkflow(), signer_workflow=signer, **EVIL)
    foreign = attest_as(uploader, filename, content, stranger)
    kept_out(
        uploader.send(filename, content, [uploader.attest(filename, content), foreign]), Reason.FIRST_USE_UNSUPPORTED
    )
    assert queries.active_expectation(uploader.package) is None
    let_in(uploader.send(filename, content, [uploader.attest(filename, content)]))


@pytest.mark.parametrize("trigger", ["pull_request_target", "issue_comment"])
def test_first_use_by_a_strangers_trigger(uploader: Uploader, trigger: str) -> None:
    """The first upload was started by a stranger's pull request, whose trigger would be expected from then on."""
    kept_out(uploader.publish(trigger=trigger), Reason.FIRST_USE_TRIGGER)
    assert queries.active_expectation(uploader.package) is None
    let_in(uploader.publish())


def test_first_use_is_once(uploader: Uploader) -> None:
    """A second first upload, from a fork, after the first: the name is bound, whatever becomes of its files."""
    let_in(uploader.publish())
    promise = queries.active_expectation(uploader.package)
    kept_out(uploader.publish("0.1", **EVIL), Reason.PARAMETER_UNEXPECTED)
    assert queries.active_expectation(uploader.package) == promise


def test_a_strangers_attestation_is_not_served(uploader: Uploader, client: Client) -> None:
    """A stranger's valid attestation of the same digest is slipped in beside the real one, to be served with the file."""
    let_in(uploader.publish())
    filename, content = sdist("widget", "1.1")
    stranger = replace(GitHubWorkflow(), **EVIL)
    foreign = attest_as(uploader, filename, content, stranger)
    let_in(uploader.send(filename, content, [foreign, uploader.attest(filename, content)]))
    served = client.get(f"/integrity/widget/1.1/{filename}/provenance").content
    (bundle,) = json.loads(served)["attestation_bundles"]
    assert bundle["publisher"]["repository"] == "example/widget"
    assert len(bundle["attestations"]) == 1
    assert b"evil" not in served


@pytest.mark.parametrize("value", ["\0", "\ufffe", "\u202e", {"\0": 1}, [[[]]]])
def test_a_parameter_that_no_table_holds(uploader: Uploader, value: Any) -> None:
    """A signed parameter that the database cannot hold turns a refusal into an error, of which nothing is kept."""
    let_in(uploader.publish())
    filename, content = sdist("widget", "1.1")
    run = GitHubWorkflow(ref="refs/tags/v1.1")
    odd = attest_as(uploader, filename, content, run, {"more": value})
    kept_out(uploader.send(filename, content, [odd]), Reason.PARAMETER_UNCOVERED)
    assert Refusal.objects.count() == 1


def test_a_file_changed_in_the_store(uploader: Uploader) -> None:
    """The blob is changed at rest, after it was let in: its address is its digest, which the index tells every client."""
    let_in(uploader.publish())
    file = File.objects.get()
    blob = uploader.store / "blobs" / file.sha256[:2] / file.sha256
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == file.sha256
    blob.chmod(0o644)
    blob.write_bytes(b"tampered")
    assert hashlib.sha256(blob.read_bytes()).hexdigest() != file.sha256
    index = uploader.client.get("/simple/widget/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    assert json.loads(index.content)["files"][0]["hashes"]["sha256"] == file.sha256
