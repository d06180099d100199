"""A served registry that can be told to die, whoever uploads to it, and a process that looks at what is left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import requests

from demo.serving import ROOT, Registry, serve
from registry.postgres import Database
from tests.support.distributions import sdist
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import attest, form_of

DIED = requests.ConnectionError
"""What a client sees of a server that dies while it answers."""


@dataclass
class Upload:
    """An attested sdist with the token of somebody who may publish it."""

    name: str
    filename: str
    content: bytes
    attestations: list[Any]
    secret: str

    def send(self, registry: Registry) -> requests.Response:
        """Send it as twine does. Raises DIED."""
        return requests.post(
            f"{registry.url}/legacy/",
            data={**form_of(self.name, self.filename, self.content), "attestations": json.dumps(self.attestations)},
            files={"content": (self.filename, self.content, "application/octet-stream")},
            headers={"Authorization": f"Bearer {self.secret}"},
            timeout=60,
        )


class Agent:
    """The process of :mod:`tests.kills.agent`."""

    def __init__(self, registry: Registry) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kills.agent"],
            env=dict(registry.environment),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str, argument: str = "") -> Any:
        """Return the answer to a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, argument]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


@dataclass
class Place:
    """A registry that is served by :mod:`tests.kills.faulty`."""

    registry: Registry
    agent: Agent
    world: SigstoreWorld
    fault: Path
    _numbers: Iterator[int] = field(default_factory=count)
    _secrets: dict[str, str] = field(default_factory=dict)

    def upload(self, name: str, *, owner_id: str = "7890") -> Upload:
        """Return an upload of a version that the package never had; the package is made where there is none yet."""
        if name not in self._secrets:
            self._secrets[name] = self.agent.ask("make_package", name)
        filename, content = sdist(name, f"1.{next(self._numbers)}")
        return self.attested(name, filename, content, self._secrets[name], owner_id=owner_id)

    def attested(self, name: str, filename: str, content: bytes, secret: str, *, owner_id: str = "7890") -> Upload:
        """Return an upload of these bytes with their provenance."""
        at = datetime.now(UTC) - timedelta(minutes=30)
        return Upload(
            name, filename, content, [attest(self.world, filename, content, at=at, owner_id=owner_id)], secret
        )

    def let(self, action: str, point: str) -> None:
        """Have the server's next upload that comes by the point meet its fate there."""
        self.fault.write_text(f"{action} {point}")

    @property
    def was_met(self) -> bool:
        """Whether somebody came by the point."""
        return not self.fault.exists()

    def settle(self) -> None:
        """Sweep, and fail where an invariant is broken."""
        assert self.agent.ask("sweep") == []


@contextmanager
def served(database: Database, var: Path, world: SigstoreWorld) -> Iterator[Place]:
    """Serve an installed registry that can be told to die, until the end of the block."""
    fault = var / "fault"
    with serve(
        database, var, application="tests.kills.faulty", settings={"SLUICEGATE_TEST_FAULT": str(fault)}
    ) as registry:
        agent = Agent(registry)
        try:
            yield Place(registry, agent, world, fault)
        finally:
            agent.end()
