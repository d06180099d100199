"""A maintainer who builds in the simulated world and uploads over HTTP, as clients do."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from expectations import actions
from registry.models import Package
from registry.tokens import create_token
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import GitHubWorkflow
from tests.support.rows import new_account
from tests.support.sigstore_world import SigstoreWorld


def attest(world: SigstoreWorld, filename: str, content: bytes, *, at: datetime, **run: Any) -> Any:
    """Return SLSA provenance of a file, by a run of the honest workflow for its version's tag, with some facts changed."""
    identity = GitHubWorkflow(**{"ref": f"refs/tags/v{_version_of(filename)}", **run})
    statement = statements.github_provenance(identity, [statements.subject(filename, content)])
    credential = world.issue(identity.san, identity.claims(), at=at)
    return world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))


def form_of(name: str, filename: str, content: bytes) -> dict[str, str]:
    """Return the fields of the upload form that tell of a file, as twine sends them."""
    is_wheel = filename.endswith(".whl")
    return {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": name,
        "version": _version_of(filename),
        "filetype": "bdist_wheel" if is_wheel else "sdist",
        "pyversion": "py3" if is_wheel else "source",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }


def _version_of(filename: str) -> str:
    return filename.split("-")[1].removesuffix(".tar.gz")


class Uploader:
    """A maintainer of ``widget`` with a token, who builds in the simulated world."""

    def __init__(self, client: Client, world: SigstoreWorld, store: Path) -> None:
        self.client, self.world, self.store = client, world, store
        self.account = new_account("ada")
        person = self.account.person
        assert person is not None
        self.package = Package.objects.create(name="widget", display_name="widget", created_by=person)
        actions.found_package(self.package, owner=person, maintainers=[])
        self.token, self.secret = create_token(self.account, name="test")
        self.at = datetime.now(UTC) - timedelta(minutes=30)

    def attest(self, filename: str, content: bytes, **run: Any) -> Any:
        """Return SLSA provenance of a file, by a run of the honest workflow with some facts changed."""
        return attest(self.world, filename, content, at=self.at, **run)

    def send(
        self,
        filename: str,
        content: bytes,
        attestations: list[Any] | None,
        /,
        *,
        secret: str | None = None,
        **form: Any,
    ) -> Any:
        """Send the form as twine does; ``form`` replaces fields, and None leaves one out."""
        fields: dict[str, Any] = {
            **form_of("widget", filename, content),
            "content": SimpleUploadedFile(filename, content),
            "attestations": None if attestations is None else json.dumps(attestations),
            **form,
        }
        sent = {name: value for name, value in fields.items() if value is not None}
        credentials = base64.b64encode(f"__token__:{secret or self.secret}".encode()).decode()
        return self.client.post("/legacy/", sent, headers={"Authorization": f"Basic {credentials}"})

    def publish(self, version: str = "1.0", **run: Any) -> Any:
        """Build, attest and send an sdist of a version."""
        filename, content = sdist("widget", version)
        return self.send(filename, content, [self.attest(filename, content, **run)])

    def leftovers(self) -> list[Path]:
        """Return what lies in quarantine."""
        folder = self.store / "quarantine"
        return list(folder.iterdir()) if folder.exists() else []


def reason_of(response: Any) -> str:
    """Return the machine-readable reason of a refusal, after checking that every client is told it."""
    told = json.loads(response.content)
    assert told["reason"] in response.reason_phrase
    assert told["code"].startswith(f"{response.status_code} {told['reason']}")
    assert "\n" not in response.reason_phrase
    response.reason_phrase.encode("latin-1")
    return str(told["reason"])
