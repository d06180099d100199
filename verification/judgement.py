"""Holding examined evidence against what a package promised: the parts of :func:`verification.pipeline.judge`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from verification.examination import Examination, Examined
from verification.expectation import Expectation, Recipe, match
from verification.moves import tell_move
from verification.provenance import Provenance
from verification.reasons import RECIPE_REASONS, Reason, Step
from verification.subject import Artifact
from verification.verdict import (
    AttestationReport,
    Check,
    Circumstances,
    Outcome,
    Refused,
    Role,
    all_passed,
    decide,
    in_order,
)


@dataclass(frozen=True, slots=True)
class ReleaseSource:
    """Where the release's first file came from: every further file has to come from there too."""

    issuer: str
    repository_id: str
    commit: str

    @classmethod
    def of(cls, provenance: Provenance) -> ReleaseSource:
        """Return where a build came from. An id says nothing without the issuer whose numbers it is one of."""
        signer, facts = provenance.signer, provenance.facts
        issuer = f"{signer.sigstore} {signer.issuer}" if signer.certified else f"key {signer.key}"
        if signer.unsigned:
            issuer = "unsigned"
        return cls(issuer, facts.repository_id or "", facts.commit or "")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an examination is held against. Without an ``expectation``, ``unbound`` says why none could be derived.

    ``unsigned_evidence``: whether the registry's policy lets a statement count that nobody signed.
    """

    expectation: Expectation | None
    level_floor: int
    policy_digest: str
    release: ReleaseSource | None = None
    unbound: Check | None = None
    unsigned_evidence: bool = False


class Match(NamedTuple):
    """One attestation held against one recipe."""

    position: int
    provenance: Provenance
    recipe: Recipe
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all_passed(self.checks)

    @property
    def misses(self) -> int:
        return sum(check.outcome is Outcome.FAILED for check in self.checks)


def match_all(examination: Examination, recipes: tuple[Recipe, ...], terms: Terms) -> list[Match]:
    artifact = examination.artifact
    return [
        Match(
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


def settle(matches: Sequence[Match], examination: Examination, terms: Terms) -> tuple[Match | None, tuple[Check, ...]]:
    """Return the match that counts, with what is asked of it beside its recipe's rules: the release, and what is also required.

    It is the first for which all of that holds; else the first that meets its recipe, to tell what it lacks; None where none
    does. Were it always the first that meets its recipe, to narrow that recipe would let in by another what was refused by it.
    """
    asked = [
        (found, (*check_release(found, terms), *check_corroboration(found, examination)))
        for found in matches
        if found.holds
    ]
    whole = (each for each in asked if all_passed(each[1]))
    return next(whole, asked[0] if asked else (None, ()))


def closest_by_attestation(
    matches: Sequence[Match], examination: Examination, terms: Terms
) -> dict[int, tuple[Check, ...]]:
    """Tell each attestation's differences from the recipe that it comes closest to: from the others it differs more.

    Where they are all of one honest move (a renamed repository, say), the check that shows it says so.
    """
    closest: dict[int, Match] = {}
    for found in matches:
        if found.position not in closest or found.misses < closest[found.position].misses:
            closest[found.position] = found
    return {
        position: _with_move(found, examination, terms) if examination.attestations[position].sound else found.checks
        for position, found in closest.items()
    }


def _with_move(found: Match, examination: Examination, terms: Terms) -> tuple[Check, ...]:
    artifact = examination.artifact
    release_known = terms.release is not None and ReleaseSource.of(found.provenance) == terms.release
    return tell_move(
        found.recipe,
        found.provenance,
        found.checks,
        name=artifact.name,
        version=artifact.version,
        release_known=release_known,
    )


def check_unsigned(examination: Examination, terms: Terms) -> tuple[Check, ...]:
    """Whether evidence that nobody signed may count at all: the policy's to say, and no builder's or sender's."""
    if not any(examined.unsigned for examined in examination.attestations):
        return ()
    return (
        decide(
            Step.UNSIGNED,
            Reason.UNSIGNED_NOT_ALLOWED,
            "signed evidence, unless the policy allows unsigned",
            "a bare statement that nobody signed",
            holds=terms.unsigned_evidence,
        ),
    )


def check_covering(recipes: tuple[Recipe, ...], expectation: Expectation, artifact: Artifact) -> Check:
    found = ", ".join(recipe.name for recipe in recipes)
    if not recipes:
        found = f"none of: {', '.join(recipe.name for recipe in expectation.recipes)}"
    expected = f"a recipe that covers version {artifact.version}"
    return decide(Step.RECIPE, Reason.NO_RECIPE_COVERS, expected, found, holds=bool(recipes))


def check_release(winner: Match, terms: Terms) -> tuple[Check, ...]:
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
            holds=ReleaseSource.of(winner.provenance) == terms.release,
        ),
    )


def check_corroboration(winner: Match, examination: Examination) -> tuple[Check, ...]:
    """Each attestation that the recipe also requires is there, and speaks of the same build (trust rules, "Evidence" 2).

    The matched one, written down or logged once more, is no second word: it would corroborate itself.
    """
    if not winner.recipe.also_require:
        return ()
    others = [
        examined.provenance
        for examined in examination.attestations
        if examined.provenance is not None and not _same_word(examined.provenance, winner.provenance)
    ]
    return tuple(
        decide(
            Step.RECIPE,
            Reason.CORROBORATION_MISSING,
            f"also an attestation of type {wanted}, of the same repository and commit",
            ", ".join(other.predicate_type for other in others) or "none",
            holds=any(other.predicate_type == wanted and _same_source(other, winner.provenance) for other in others),
        )
        for wanted in winner.recipe.also_require
    )


def _same_word(one: Provenance, other: Provenance) -> bool:
    return replace(one, signed_at=other.signed_at) == other


def _same_source(one: Provenance, other: Provenance) -> bool:
    if one.facts.repository_id is None or one.facts.commit is None:
        return False
    return ReleaseSource.of(one) == ReleaseSource.of(other)


def accepted_report(position: int, examined: Examined, winner: Match) -> AttestationReport:
    if position == winner.position:
        checks = in_order(examined.checks + winner.checks)
        return AttestationReport(examined.digest, Role.MATCHED, checks, examined.provenance)
    assert examined.provenance is not None
    same = _same_source(examined.provenance, winner.provenance)
    role = Role.CORROBORATING if same else Role.UNMATCHED
    return AttestationReport(examined.digest, role, examined.checks, examined.provenance)


def refused(
    examination: Examination,
    circumstances: Circumstances,
    whole: tuple[Check, ...],
    matched: dict[int, tuple[Check, ...]],
) -> Refused:
    reports = tuple(
        AttestationReport(
            examined.digest,
            Role.REFUSED,
            in_order(examined.checks + matched.get(position, ())),
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
