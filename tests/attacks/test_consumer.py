"""SLSA v1.0, threats (G) and (H), as whoever installs sees them: nothing is believed because a registry serves it.

Bytes are fetched from a real registry, changed as a compromised one or its mirror would, and given to
``sluicegate-verifier verify`` with the consumer's own roots and the expectation that he once looked at.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from expectations import queries
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import GitHubWorkflow
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader
from verification.client.commands import ACCEPTED, REFUSED, UNUSABLE, main
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

FILE = "widget-1.0.tar.gz"


@dataclass
class Consumer:
    """A folder with what was downloaded, and what the consumer has had before."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        """Hold that what is served as it should be is accepted."""
        assert self.verify()["result"] == "accepted"

    def change(self, name: str, change: Callable[[Any], Any]) -> None:
        """Change a downloaded file: its bytes, or the value of its JSON."""
        path = self.folder / name
        if name == FILE:
            path.write_bytes(change(path.read_bytes()))
            return
        value = json.loads(path.read_text())
        changed = change(value)
        path.write_text(json.dumps(value if changed is None else changed))

    def verify(self, *, artifact: str = FILE) -> Any:
        """Return the verdict of ``sluicegate-verifier verify``, and hold that its exit code says the same."""
        code = main(
            [
                *("verify", "--json", "--artifact", str(self.folder / artifact)),
                *("--evidence", str(self.folder / "provenance.json")),
                *("--roots", str(self.folder / "roots.json")),
                *("--expectation", str(self.folder / "expectation.json")),
            ]
        )
        told = self.capture.readouterr().out
        if code == UNUSABLE:
            return {"result": "unusable"}
        verdict = json.loads(told)
        assert code == (ACCEPTED if verdict["result"] == "accepted" else REFUSED)
        return verdict

    def is_warned(self, reason: Reason) -> None:
        """Hold that the consumer is told to keep off, for the reason."""
        verdict = self.verify()
        assert verdict["result"] == "refused"
        assert verdict["main"]["reason"] == reason, verdict["main"]


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """The maintainer."""
    return Uploader(client, world, store)


@pytest.fixture
def consumer(uploader: Uploader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Consumer:
    """Whoever installs widget 1.0, with all that the registry serves of it."""
    assert uploader.publish().status_code == 200
    folder = tmp_path / "consumer"
    folder.mkdir()
    promise = queries.active_expectation(uploader.package)
    assert promise is not None
    (folder / "expectation.json").write_bytes(queries.read_expectation(promise).canonical)
    (folder / FILE).write_bytes(sdist("widget", "1.0")[1])
    served = uploader.client.get(f"/integrity/widget/1.0/{FILE}/provenance").content
    (folder / "provenance.json").write_bytes(served)
    (folder / "roots.json").write_text(json.dumps(with_simulated_instance(uploader.world)))
    return Consumer(folder, capsys)


def attestation(provenance: Any) -> Any:
    """Return the only attestation of a provenance object, to be changed."""
    return provenance["attestation_bundles"][0]["attestations"][0]


def test_the_registry_serves_another_file(consumer: Consumer) -> None:
    """(G) Compromise package registry: a changed file is served beside the provenance of the right one."""
    consumer.change(FILE, lambda content: content + b"evil")
    consumer.is_warned(Reason.SUBJECT_MISMATCH)


@pytest.mark.parametrize("part", ["statement", "signature"])
def test_the_registry_serves_changed_provenance(consumer: Consumer, part: str) -> None:
    """(G) Compromise package registry: the served attestation is changed to fit a changed file."""

    def bend(provenance: Any) -> None:
        envelope = attestation(provenance)["envelope"]
        text = bytearray(base64.b64decode(envelope[part]))
        text[-10] ^= 1
        envelope[part] = base64.b64encode(bytes(text)).decode()

    consumer.change("provenance.json", bend)
    consumer.is_warned(Reason.NOT_AUTHENTIC)


def test_the_registry_serves_provenance_of_its_own(consumer: Consumer, uploader: Uploader) -> None:
    """(G) Compromise package registry: a changed file with sound provenance, by a workflow of whoever holds the registry."""
    content = b"evil"
    (consumer.folder / FILE).write_bytes(content)
    forged = uploader.attest(FILE, content, repository="evil/widget", repository_id="666")
    consumer.change("provenance.json", lambda _: forged)
    consumer.is_warned(Reason.PARAMETER_UNEXPECTED)


def test_the_registry_signs_with_a_sigstore_of_its_own(consumer: Consumer) -> None:
    """(G) Compromise package registry: everything is as expected, but signed under a root that the consumer never chose."""
    at = datetime.now(UTC) - timedelta(days=1)
    world, run = SigstoreWorld(at), GitHubWorkflow()
    credential = world.issue(run.san, run.claims(), at=at)
    statement = statements.github_provenance(run, [statements.subject(FILE, (consumer.folder / FILE).read_bytes())])
    forged = world.attest(statements.encode(statement), credential, at=at)
    consumer.change("provenance.json", lambda _: forged)
    consumer.is_warned(Reason.SIGNER_UNKNOWN)


def test_the_registry_names_another_publisher(consumer: Consumer) -> None:
    """(G) The provenance object's publisher, which nobody signs, is another: the certificate decides, so nothing is gained."""

    def rename(provenance: Any) -> None:
        provenance["attestation_bundles"][0]["publisher"]["repository"] = "evil/widget"

    consumer.change("provenance.json", rename)
    verdict = consumer.verify()
    assert verdict["result"] == "accepted"
    assert "evil" not in json.dumps(verdict)


def test_the_registry_serves_no_provenance(consumer: Consumer) -> None:
    """(G) The provenance is withheld, in the hope that a consumer lets pass what has none."""
    consumer.change("provenance.json", lambda _: [])
    consumer.is_warned(Reason.EVIDENCE_MISSING)


def test_a_mirror_serves_an_older_release_as_the_newest(consumer: Consumer) -> None:
    """(G) An older file, with its own sound provenance, is served under the name of the release that was asked for."""
    (consumer.folder / FILE).rename(consumer.folder / "widget-2.0.tar.gz")
    verdict = consumer.verify(artifact="widget-2.0.tar.gz")
    assert verdict["main"]["reason"] == Reason.SUBJECT_OTHER_DISTRIBUTION


def test_another_package_of_a_similar_name(consumer: Consumer, uploader: Uploader) -> None:
    """(H) Use compromised package: a file of a typo's package, well built and well attested by its own author."""
    run = {"repository": "evil/wigdet", "repository_id": "666", "owner_id": "66"}
    name, content = sdist("wigdet", "1.0")
    (consumer.folder / name).write_bytes(content)
    forged = uploader.attest(name, content, **run)
    consumer.change("provenance.json", lambda _: forged)
    assert consumer.verify(artifact=name)["main"]["reason"] == Reason.PARAMETER_UNEXPECTED


def test_the_registry_serves_another_expectation(consumer: Consumer, uploader: Uploader) -> None:
    """Tampered expectations: a laxer one is served with the forged file; the verdict names which expectation it leans on."""
    before = consumer.verify()["expectation_digest"]
    forged = uploader.attest(FILE, b"evil", repository="evil/widget", repository_id="666")
    (consumer.folder / FILE).write_bytes(b"evil")
    consumer.change("provenance.json", lambda _: forged)
    consumer.is_warned(Reason.PARAMETER_UNEXPECTED)

    def loosen(document: Any) -> None:
        recipe = document["recipes"][0]
        recipe["external_parameters"]["/workflow/repository"] = {"glob": "https://github.com/*/widget"}
        recipe["builder_ids"] = [{"glob": "https://github.com/*/widget/.github/workflows/release.yml@refs/tags/*"}]
        recipe["claims"]["source_repository_id"] = {"one_of": ["123456", "666"]}

    consumer.change("expectation.json", loosen)
    verdict = consumer.verify()
    assert verdict["result"] == "accepted"
    assert verdict["expectation_digest"] != before


@pytest.mark.parametrize("rule", [{"any": True}, {"glob": "*"}, {"equals": "123456", "optional": True}, {}])
def test_an_expectation_without_its_pins(consumer: Consumer, rule: Any) -> None:
    """Tampered expectations: a pin is taken out, left open or made optional; such a document is none."""
    consumer.change(
        "expectation.json", lambda document: document["recipes"][0]["claims"].update(source_repository_id=rule)
    )
    assert consumer.verify() == {"result": "unusable"}
