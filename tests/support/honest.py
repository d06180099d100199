"""An honest release of ``widget`` in the simulated world, and the gate run over it: what forgeries start from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import statements
from tests.support.identities import GitHubWorkflow
from tests.support.roots import simulated_roots
from tests.support.sigstore_world import SigstoreWorld
from verification import first_use
from verification.examination import Examination
from verification.expectation import Expectation
from verification.judgement import ReleaseSource, Terms
from verification.pipeline import examine_all, judge
from verification.subject import Artifact
from verification.verdict import Check, Verdict

SIGNED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = SIGNED_AT + timedelta(hours=1)
CONTENT = b"an sdist, for the verifier looks at its digests alone"

Statement = dict[str, Any]


@dataclass
class Honest:
    """A world, its roots, and the release 1.0 of widget, built by example/widget's workflow from its tag v1.0."""

    world: SigstoreWorld
    identity: GitHubWorkflow = field(default_factory=GitHubWorkflow)

    def __post_init__(self) -> None:
        """Load the world's roots of trust once: their Verifier is long-lived."""
        self.roots = simulated_roots(self.world)

    def artifact(self, filename: str = "widget-1.0.tar.gz", content: bytes = CONTENT, version: str = "1.0") -> Artifact:
        """Return the file as the registry received it."""
        digests = {name: hashlib.new(name, content).hexdigest() for name in ("sha256", "sha512")}
        return Artifact(filename, canonicalize_name("widget"), Version(version), digests, len(content))

    def provenance(self, identity: GitHubWorkflow | None = None, filename: str = "widget-1.0.tar.gz") -> Statement:
        """Return the honest statement, to be changed by forgers before it is signed."""
        subject = statements.subject(filename, CONTENT)
        return statements.github_provenance(identity or self.identity, [subject])

    def publish(self, filename: str = "widget-1.0.tar.gz") -> Statement:
        """Return the honest publish attestation's statement."""
        return statements.publish_attestation([statements.subject(filename, CONTENT)])

    def sign(self, statement: Statement | bytes, identity: GitHubWorkflow | None = None, **claims: str | None) -> Any:
        """Return a statement signed in the world as a PEP 740 attestation; ``claims`` replace or (None) remove claims."""
        who = identity or self.identity
        certified = {**who.claims(), **claims}
        credential = self.world.issue(
            who.san, {name: value for name, value in certified.items() if value is not None}, at=SIGNED_AT
        )
        payload = statement if isinstance(statement, bytes) else statements.encode(statement)
        return self.world.attest(payload, credential, at=SIGNED_AT + timedelta(minutes=2))

    def examine(self, *attestations: Any, artifact: Artifact | None = None, now: datetime = NOW) -> Examination:
        """Run the first half of the gate over attestations as they would travel."""
        encoded = json.dumps(attestations).encode()
        return examine_all(encoded, artifact=artifact or self.artifact(), roots=self.roots, now=now)

    def expectation(self) -> Expectation:
        """Return what first use pins from the honest release."""
        derived = first_use.derive(self.examine(self.sign(self.provenance())))
        assert isinstance(derived, Expectation)
        return derived

    def judge(
        self,
        *attestations: Any,
        expectation: Expectation | None = None,
        artifact: Artifact | None = None,
        release: ReleaseSource | None = None,
        level_floor: int = 1,
        now: datetime = NOW,
    ) -> Verdict:
        """Run the whole gate under an expectation, by default the one that first use pinned."""
        terms = Terms(expectation or self.expectation(), level_floor, "0" * 64, release)
        return judge(self.examine(*attestations, artifact=artifact, now=now), terms=terms)

    def first_use(self, *attestations: Any, artifact: Artifact | None = None) -> Expectation | Check:
        """Derive a first expectation from attestations."""
        return first_use.derive(self.examine(*attestations, artifact=artifact))

    def changed(self, change: Callable[[Statement], None]) -> Statement:
        """Return the honest statement with a forger's change."""
        statement = self.provenance()
        change(statement)
        return statement

    def as_run(self, **fields: Any) -> GitHubWorkflow:
        """Return the honest identity with some facts of the run changed."""
        return replace(self.identity, **fields)
