"""Rows as an accepted upload leaves them, judged by the real gate over really signed evidence, without the upload."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version

from expectations import actions, queries
from expectations.models import Source
from registry.models import Account, File, Package, Release
from registry.verdicts import Judged, keep_evidence, record_verdict
from tests.support import statements
from tests.support.certificate_authority import Credential
from tests.support.identities import GitHubWorkflow
from tests.support.roots import simulated_roots
from tests.support.sigstore_world import LogName, SigstoreWorld
from verification.expectation import Expectation
from verification.first_use import derive
from verification.judgement import Terms
from verification.pipeline import examine_all, judge
from verification.root_of_trust import RootsOfTrust
from verification.subject import Artifact, identity_of
from verification.verdict import Accepted

START = datetime(2026, 1, 1, tzinfo=UTC)
SIGNED = datetime(2026, 3, 1, 12, 2, tzinfo=UTC)
HONEST = GitHubWorkflow()
METADATA = b"Metadata-Version: 2.4\nName: widget\nVersion: 1.0\n"

Evidence = dict[str, Any]


class Signing:
    """A simulated Sigstore that GitHub workflows sign by, and the roots of trust that know it."""

    def __init__(self) -> None:
        self.world = SigstoreWorld(START)
        self.roots = simulated_roots(self.world)

    def provenance(self, filename: str, content: bytes, identity: GitHubWorkflow = HONEST) -> Evidence:
        """Return SLSA provenance of a file as a PEP 740 attestation."""
        statement = statements.github_provenance(identity, [statements.subject(filename, content)])
        return self.world.attest(statements.encode(statement), self._credential(identity), at=SIGNED)

    def publish(self, filename: str, content: bytes, identity: GitHubWorkflow = HONEST) -> Evidence:
        """Return a publish attestation of a file as a PEP 740 attestation."""
        statement = statements.publish_attestation([statements.subject(filename, content)])
        return self.world.attest(statements.encode(statement), self._credential(identity), at=SIGNED)

    def bundle(self, filename: str, content: bytes, *, log: LogName) -> Evidence:
        """Return SLSA provenance of a file as a Sigstore bundle; by Rekor v2 it has a time stamp beside it."""
        statement = statements.github_provenance(HONEST, [statements.subject(filename, content)])
        return self.world.sign(statements.encode(statement), self._credential(HONEST), at=SIGNED, log=log)

    @staticmethod
    def release_of(version: str) -> GitHubWorkflow:
        """Return the honest workflow's run for a version's tag."""
        return replace(HONEST, ref=f"refs/tags/v{version}")

    def _credential(self, identity: GitHubWorkflow) -> Credential:
        return self.world.issue(identity.san, identity.claims(), at=SIGNED - timedelta(minutes=2))


def new_account(username: str = "ada") -> Account:
    """Return the account of a new person."""
    return Account.objects.create_person(username, email=f"{username}@example.test", password=None)


def new_package(name: str = "widget", *, owner: Account | None = None) -> Package:
    """Return a new package of a new person, or of the owner's."""
    person = (owner or new_account(f"owner-of-{canonicalize_name(name)}")).person
    assert person is not None
    package = Package.objects.create(name=canonicalize_name(name), display_name=name, created_by=person)
    actions.found_package(package, owner=person, maintainers=[])
    return package


def accept(
    package: Package,
    filename: str,
    content: bytes,
    evidence: Sequence[Evidence],
    *,
    roots: RootsOfTrust,
    version: str = "1.0",
    requires_python: str = "",
    metadata: bytes = METADATA,
    visible: bool = True,
) -> File:
    """Let a file in by its evidence, on first use or by the expectation in force; fail where the gate would refuse."""
    artifact = Artifact(
        filename,
        canonicalize_name(package.name),
        Version(version),
        {"sha256": hashlib.sha256(content).hexdigest()},
        len(content),
    )
    release, _ = Release.objects.get_or_create(
        package=package, canonical_version=canonicalize_version(version), defaults={"version": version}
    )
    return File.objects.create(
        release=release,
        filename=filename,
        identity=identity_of(filename),
        filetype=File.Filetype.WHEEL if filename.endswith(".whl") else File.Filetype.SDIST,
        sha256=artifact.sha256,
        size=artifact.size,
        metadata=metadata,
        metadata_sha256=hashlib.sha256(metadata).hexdigest(),
        requires_python=requires_python,
        verdict=record_verdict(_judge(package, artifact, evidence, roots), package=package),
        uploaded_by=Account.objects.get(person=package.created_by),
        visible_at=timezone.now() if visible else None,
    )


def _judge(package: Package, artifact: Artifact, evidence: Sequence[Evidence], roots: RootsOfTrust) -> Judged:
    field = json.dumps(list(evidence)).encode()
    examination = examine_all(field, artifact=artifact, roots=roots, now=SIGNED + timedelta(minutes=5))
    promise = queries.active_expectation(package)
    expectation = queries.read_expectation(promise) if promise else derive(examination)
    assert isinstance(expectation, Expectation), expectation
    policy = queries.active_policy_version()
    verdict = judge(examination, terms=Terms(expectation, level_floor=1, policy_digest=policy.digest))
    assert isinstance(verdict, Accepted), verdict
    kept = Judged(verdict, examination.evidence, promise, queries.active_roots_version(), policy)
    keep_evidence(kept)
    promise = promise or actions.bind_first(package, expectation, source=Source.FIRST_USE)
    return Judged(verdict, examination.evidence, promise, queries.active_roots_version(), policy)
