"""A project whose workflow builds in the simulated world, and uploads by twine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.clients import Told, twine_upload
from demo.real_input import Sending
from tests.browser.town import Town
from tests.support import statements
from tests.support.distributions import sdist
from tests.support.identities import GitHubWorkflow


@dataclass(frozen=True, slots=True)
class Project:
    """The package ``name`` of a town; ``folder`` is where its files are made."""

    town: Town
    name: str
    token: str
    folder: Path

    @property
    def page(self) -> str:
        """The address of the package's page."""
        return f"/packages/{self.name}/"

    @property
    def questions(self) -> str:
        """The address of the form that writes an expectation without JSON."""
        return f"{self.page}expectation/questions/"

    def release(self, version: str, **run: Any) -> Told:
        """Build, attest and upload a version."""
        filename, content = sdist(self.name, version)
        identity = GitHubWorkflow(ref=f"refs/tags/v{version}", **run)
        at = datetime.now(UTC) - timedelta(minutes=10)
        statement = statements.github_provenance(identity, [statements.subject(filename, content)])
        world = self.town.world
        credential = world.issue(identity.san, identity.claims(), at=at)
        attestation = world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))
        file = self.folder / filename
        beside = self.folder / f"{filename}.slsa.attestation"
        file.write_bytes(content)
        beside.write_text(json.dumps(attestation))
        return twine_upload(Sending(file, (beside,)), url=self.town.registry.url, token=self.token)
