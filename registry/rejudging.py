"""Judging kept evidence again: what the gate says of it by these documents, at the time at which it first came.

The same evidence judged by the same documents always comes out the same, so outcomes are remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from json import loads
from uuid import UUID

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version

from expectations import queries
from expectations.documents import parse_policy
from registry.models import File, Refusal, Release, VerdictRecord
from registry.terms import source_of, terms_under
from verification.build_types import required_pins
from verification.examination import Examination
from verification.expectation_document import parse_expectation
from verification.judgement import ReleaseSource
from verification.pipeline import examine_all, judge
from verification.reasons import Reason
from verification.subject import Artifact, parse_distribution_name
from verification.verdict import Refused

REMEMBERED = 20_000
"""Outcomes that one process remembers, each a word beside an id."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What evidence is judged by: the texts of documents. ``expectation`` is None where a package has none yet."""

    roots: str
    policy: str
    expectation: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Evidence that is kept under a verdict, the artifact that it came with, and where the rest of its release is from."""

    verdict: UUID
    filename: str
    package: str
    version: str
    sha256: str
    size: int
    release: ReleaseSource | None


def of_file(file: File) -> Kept:
    """Return what an accepted file is kept by."""
    release, package = file.release, file.release.package
    return Kept(
        file.verdict_id, file.filename, package.name, release.version, file.sha256, file.size, source_of(release)
    )


def of_refusal(refusal: Refusal) -> Kept:
    """Return what a refused upload of a package left; of its size nothing is known, and nothing depends on it."""
    package = refusal.package
    assert package is not None
    assert refusal.verdict_id is not None
    named = parse_distribution_name(refusal.filename)
    assert named is not None, "a verdict is reached about well-named files alone"
    version = str(named[2])
    release = Release.objects.filter(package=package, canonical_version=canonicalize_version(version)).first()
    return Kept(refusal.verdict_id, refusal.filename, package.name, version, refusal.sha256, 0, source_of(release))


@lru_cache(maxsize=REMEMBERED)
def outcome(kept: Kept, trust: Trust) -> Reason | None:
    """Return why evidence is refused by what is trusted, at the time at which it was first judged; None where it passes."""
    examination, policy = _examined(kept, trust.roots), parse_policy(trust.policy)
    text = trust.expectation
    expectation = None if text is None else parse_expectation(text.encode(), required_pins=required_pins)
    verdict = judge(examination, terms=terms_under(policy, expectation, examination, kept.release))
    return verdict.reason if isinstance(verdict, Refused) else None


@lru_cache(maxsize=2)
def _examined(kept: Kept, roots: str) -> Examination:
    """Both outcomes of a row stand on one examination where the roots stay as they are: the slow half is done once."""
    record = VerdictRecord.objects.get(pk=kept.verdict)
    parts = [bytes(row.evidence.content) for row in record.evidence.select_related("evidence").order_by("position")]
    artifact = Artifact(
        kept.filename, canonicalize_name(kept.package), Version(kept.version), {"sha256": kept.sha256}, kept.size
    )
    at = datetime.fromisoformat(loads(record.document)["at"])
    return examine_all(b"[%s]" % b",".join(parts), artifact=artifact, roots=queries.roots_of(roots), now=at)
