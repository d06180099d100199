"""The gate: evidence in, verdict out. The numbered steps of :class:`verification.reasons.Step`, in two halves.

:func:`examine_all` proves what the evidence says (steps 0 to 6, and 10). It is slow and needs no lock, for it depends on
nothing that can change but the roots of trust. :func:`judge` holds that against the package's expectation (steps 7
to 9, 11, 12). It is fast, and is to be called under the lock of the package. :func:`verify` is both in a row.

Follows SLSA v1.0, "Verifying artifacts", and docs/trust-rules.md. No step is skipped because an earlier one was strong;
all failures that can be known are told together; one attestation alone has to meet one recipe whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from verification.bundle import EvidenceRefused, split
from verification.examination import Examined, examine
from verification.expectation import Expectation, Recipe, covering, match
from verification.provenance import Facts, Provenance
from verification.reasons import RECIPE_REASONS, Reason, Step
from verification.root_of_trust import RootsOfTrust
from verification.subject import Artifact
from verification.verdict import (
    Accepted,
    AttestationReport,
    Check,
    Circumstances,
    Outcome,
    Refused,
    Role,
    Verdict,
    decide,
    failed,
)

VERIFIER = "https://sluicegate.dev/verifier/1"
"""Which verifier reached a verdict; the number rises when the same input could be judged otherwise."""


@dataclass(frozen=True, slots=True)
class Examination:
    """All evidence of one upload, examined: the input of :func:`judge`. ``sound`` if nothing of it has to be refused."""

    artifact: Artifact
    evidence: tuple[bytes, ...]
    attestations: tuple[Examined, ...]
    checks: tuple[Check, ...]
    roots_digest: str
    at: datetime

    @property
    def sound(self) -> bool:
        """Whether there is evidence and each piece of it is authentic, known and about this file."""
        return all(check.outcome is Outcome.PASSED for check in self.checks) and all(
            examined.sound for examined in self.attestations
        )

    @property
    def strongest(self) -> Provenance | None:
        """The provenance of the highest level, from which first use derives; the first sent of several."""
        known = [examined.provenance for examined in self.attestations if examined.provenance is not None]
        return max(known, key=lambda provenance: provenance.level, default=None)


@dataclass(frozen=True, slots=True)
class ReleaseSource:
    """Where the release's first file came from: every further file has to come from there too."""

    repository_id: str
    commit: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What an examination is held against. Without an ``expectation``, ``unbound`` says why none could be derived."""

    expectation: Expectation | None
    level_floor: int
    policy_digest: str
    release: ReleaseSource | None = None
    unbound: Check | None = None


def verify(field: bytes | None, *, artifact: Artifact, terms: Terms, roots: RootsOfTrust, now: datetime) -> Verdict:
    """Return the verdict on an upload; ``field`` is its ``attestations`` field as sent. Hostile input raises nothing."""
    return judge(examine_all(field, artifact=artifact, roots=roots, now=now), terms=terms)


def examine_all(field: bytes | None, *, artifact: Artifact, roots: RootsOfTrust, now: datetime) -> Examination:
    """Return what the evidence proves by itself. ``field`` None or an empty list: no evidence was sent."""
    wanted = "one attestation of this file's build or more"
    parts: tuple[bytes, ...] = ()
    try:
        parts = split(field) if field is not None else ()
        check = decide(
            Step.EVIDENCE, Reason.EVIDENCE_MISSING, wanted, f"{len(parts)} attestation(s)", holds=len(parts) > 0
        )
    except EvidenceRefused as error:
        check = failed(Step.EVIDENCE, error.reason, wanted, error.detail)
    attestations = tuple(examine(part, artifact=artifact, roots=roots, now=now) for part in parts)
    return Examination(artifact, parts, attestations, (check,), roots.digest, now)


def judge(examination: Examination, *, terms: Terms) -> Verdict:
    """Return the verdict on examined evidence under the terms: pure and fast."""
    circumstances = _circumstances(examination, terms)
    if terms.unbound is not None:
        return _refused(examination, circumstances, (terms.unbound,), {})
    if terms.expectation is None:
        raise ValueError("terms without an expectation have to say why there is none")
    recipes = covering(terms.expectation, examination.artifact.version)
    covered = _check_covering(recipes, terms.expectation, examination.artifact)
    matches = _match_all(examination, recipes, terms)
    winner = next((found for found in matches if found.holds), None)
    if not examination.sound or winner is None:
        closest = _closest_by_attestation(matches)
        return _refused(examination, circumstances, (covered,), closest)
    whole = (covered, *_check_release(winner, terms), *_check_corroboration(winner, examination))
    if any(check.outcome is Outcome.FAILED for check in whole):
        return _refused(examination, circumstances, whole, {winner.position: winner.checks})
    reports = tuple(
        _accepted_report(position, examined, winner) for position, examined in enumerate(examination.attestations)
    )
    return Accepted(circumstances, examination.checks + whole, reports, winner.recipe.name, winner.provenance.level)


@dataclass(frozen=True, slots=True)
class _Match:
    """One attestation held against one recipe."""

    position: int
    provenance: Provenance
    recipe: Recipe
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.outcome is Outcome.PASSED for check in self.checks)

    @property
    def misses(self) -> int:
        return sum(check.outcome is Outcome.FAILED for check in self.checks)


def _match_all(examination: Examination, recipes: tuple[Recipe, ...], terms: Terms) -> list[_Match]:
    artifact = examination.artifact
    return [
        _Match(
            position,
            examined.provenance,
            recipe,
            match(
                recipe,
                examined.provenance,
                name=artifact.name,
                version=artifact.version,
                level_floor=terms.level_floor,
            ),
        )
        for position, examined in enumerate(examination.attestations)
        if examined.provenance is not None
        for recipe in recipes
    ]


def _closest_by_attestation(matches: Sequence[_Match]) -> dict[int, tuple[Check, ...]]:
    """Tell each attestation's differences from the recipe that it comes closest to: from the others it differs more."""
    closest: dict[int, _Match] = {}
    for found in matches:
        if found.position not in closest or found.misses < closest[found.position].misses:
            closest[found.position] = found
    return {position: found.checks for position, found in closest.items()}


def _check_covering(recipes: tuple[Recipe, ...], expectation: Expectation, artifact: Artifact) -> Check:
    names = ", ".join(recipe.name for recipe in recipes)
    known = ", ".join(recipe.name for recipe in expectation.recipes)
    return decide(
        Step.RECIPE,
        Reason.NO_RECIPE_COVERS,
        f"a recipe that covers version {artifact.version}",
        names or f"none of: {known}",
        holds=bool(recipes),
    )


def _check_release(winner: _Match, terms: Terms) -> tuple[Check, ...]:
    """All files of a release come from its first file's repository and commit (trust rules, "Releases" 1)."""
    if terms.release is None:
        return ()
    facts = winner.provenance.facts
    return (
        decide(
            Step.RELEASE,
            Reason.RELEASE_SOURCE_DIFFERS,
            f"repository {terms.release.repository_id} at commit {terms.release.commit}",
            f"repository {facts.repository_id or ''} at commit {facts.commit or ''}",
            holds=ReleaseSource(facts.repository_id or "", facts.commit or "") == terms.release,
        ),
    )


def _check_corroboration(winner: _Match, examination: Examination) -> tuple[Check, ...]:
    """Each attestation that the recipe also requires is there, and speaks of the same build (trust rules, "Evidence" 2)."""
    others = [
        examined.provenance
        for position, examined in enumerate(examination.attestations)
        if position != winner.position and examined.provenance is not None
    ]
    return tuple(
        decide(
            Step.RECIPE,
            Reason.CORROBORATION_MISSING,
            f"also an attestation of type {wanted}, of the same repository and commit",
            ", ".join(other.predicate_type for other in others) or "none",
            holds=any(
                other.predicate_type == wanted and _same_source(other.facts, winner.provenance.facts)
                for other in others
            ),
        )
        for wanted in winner.recipe.also_require
    )


def _same_source(one: Facts, other: Facts) -> bool:
    if one.repository_id is None or one.commit is None:
        return False
    return (one.repository_id, one.commit) == (other.repository_id, other.commit)


def _accepted_report(position: int, examined: Examined, winner: _Match) -> AttestationReport:
    if position == winner.position:
        checks = tuple(sorted(examined.checks + winner.checks, key=lambda check: check.step))
        return AttestationReport(examined.digest, Role.MATCHED, checks, examined.provenance)
    assert examined.provenance is not None
    same = _same_source(examined.provenance.facts, winner.provenance.facts)
    role = Role.CORROBORATING if same else Role.UNMATCHED
    return AttestationReport(examined.digest, role, examined.checks, examined.provenance)


def _refused(
    examination: Examination,
    circumstances: Circumstances,
    whole: tuple[Check, ...],
    matched: dict[int, tuple[Check, ...]],
) -> Refused:
    reports = tuple(
        AttestationReport(
            examined.digest,
            Role.REFUSED,
            tuple(sorted(examined.checks + matched.get(position, ()), key=lambda check: check.step)),
            examined.provenance,
        )
        for position, examined in enumerate(examination.attestations)
    )
    # Without evidence the rest is not worth telling; with it, whether a recipe covers the version is.
    checks = examination.checks + (whole if reports else ())
    return Refused(circumstances, checks, reports, _most_telling(checks, reports))


def _most_telling(checks: tuple[Check, ...], reports: tuple[AttestationReport, ...]) -> Check:
    """Return the failure to mend first: of the upload as a whole, of unsound evidence, or of the piece that came closest."""
    by_report = [[check for check in report.checks if check.outcome is Outcome.FAILED] for report in reports]
    unsound = [check for failures in by_report for check in failures if check.reason not in RECIPE_REASONS]
    closest = min((failures for failures in by_report if failures), key=len, default=[])
    candidates = [check for check in checks if check.outcome is Outcome.FAILED] + unsound + closest
    return min(candidates, key=lambda check: check.reason.rank if check.reason else 0)


def _circumstances(examination: Examination, terms: Terms) -> Circumstances:
    return Circumstances(
        verifier=VERIFIER,
        at=examination.at,
        resource_uri=examination.artifact.resource_uri,
        artifact_sha256=examination.artifact.sha256,
        roots_digest=examination.roots_digest,
        policy_digest=terms.policy_digest,
        expectation_digest=terms.expectation.digest if terms.expectation else None,
    )
