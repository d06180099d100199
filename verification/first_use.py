"""Trust on first use: the expectation that a package's first verified upload pins (trust rules, "First use")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from packaging.version import Version

from verification.build_types import build_type_named, required_pins
from verification.build_types.interface import BuildType, Fact, FactSource, FirstUseRefused
from verification.canonical import JsonValue
from verification.examination import Examination
from verification.expectation import Expectation, match
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.provenance import Provenance
from verification.reasons import Reason, Step
from verification.subject import Artifact
from verification.verdict import Check, Outcome, failed


class Caution(StrEnum):
    """What a person should know of a first expectation before confirming it. Closed, as its words are shown."""

    BOUND_BY_NAME_ONLY = "bound-by-name-only"
    REF_PINNED = "ref-pinned"
    ARCHIVE_PINNED = "archive-pinned"

    @property
    def sentence(self) -> str:
        """One sentence for a page."""
        return _SENTENCES[self]


_SENTENCES = {
    Caution.BOUND_BY_NAME_ONLY: "Bound by name only: a renamed and re-registered repository could take it over.",
    Caution.REF_PINNED: "The tag does not spell the version, so it is pinned as it is: the next version will be refused.",
    Caution.ARCHIVE_PINNED: (
        "Built from an archive and not from a repository. The archive is pinned as it is: the next version will be refused."
    ),
}


@dataclass(frozen=True, slots=True)
class FirstExpectation(Expectation):
    """The expectation that a first upload pins, and what is to be said of it."""

    cautions: tuple[Caution, ...]


def derive(examination: Examination) -> FirstExpectation | Check:
    """Return the expectation pinned from the strongest attestation, or the failed check that says why none can be.

    What is derived accepts the very upload that it was derived from. Of evidence that is not sound nothing is derived; the
    examination's own checks tell why. Nor of attestations of two repositories: anybody can attest any file, and a
    stranger's attestation may well be of the higher level.
    """
    provenance = examination.strongest
    if not examination.sound or provenance is None:
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, "the evidence is not sound")
    if unfit := _unfit(examination, provenance):
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, unfit)
    build_type = build_type_named(provenance)
    if build_type is None:
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, ascii(provenance.build_type)[1:-1][:200])
    try:
        recipe = build_type.derive(provenance, version=examination.artifact.version)
        document: JsonValue = {"schema": 1, "change_control": "two-person", "recipes": [dict(recipe)]}
        found = parse_expectation(document, required_pins=required_pins)
        _check_accepts(found, provenance, examination.artifact)
    except FirstUseRefused as error:
        return _refusal(error.reason, error.detail)
    except DocumentInvalid as error:
        # The build's own parameters can be too many, too long or too strange to be written into a document.
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, ascii(str(error))[1:-1][:200])
    cautions = tuple(_cautions(provenance, build_type, recipe))
    return FirstExpectation(found.change_control, found.recipes, found.canonical, found.digest, cautions)


def recipe_of(provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
    """Return the recipe that this provenance would pin, for a person to start a proposal from.

    Raises FirstUseRefused where nothing of it may be pinned.
    """
    if provenance.signer.unsigned:
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, "a statement that nobody signed")
    build_type = build_type_named(provenance)
    if build_type is None:
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, ascii(provenance.build_type)[1:-1][:200])
    return build_type.derive(provenance, version=version)


def _unfit(examination: Examination, strongest: Provenance) -> str | None:
    """Say why nothing is pinned from evidence that is sound in itself; None where nothing stands against it."""
    if strongest.signer.unsigned:
        return "a statement that nobody signed"
    stranger = _stranger(examination, strongest)
    return f"another attestation is of {ascii(stranger)[1:-1][:200]}" if stranger else None


def _check_accepts(expectation: Expectation, provenance: Provenance, artifact: Artifact) -> None:
    """Raise FirstUseRefused where the very build would be refused: it has a number that no document holds, or a value
    beside those that are pinned.
    """
    (recipe,) = expectation.recipes
    for check in match(recipe, provenance, name=artifact.name, version=artifact.version, level_floor=1):
        if check.outcome is not Outcome.PASSED:
            detail = f"{check.where or 'a rule'} of this build cannot be pinned: {check.actual}"
            raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, detail)


def _stranger(examination: Examination, strongest: Provenance) -> str | None:
    """Return a repository that another attestation is of. Those that know no repository speak for none."""
    known = [found.provenance.facts.repository for found in examination.attestations if found.provenance is not None]
    return next((each for each in known if each is not None and each != strongest.facts.repository), None)


def _cautions(provenance: Provenance, build_type: BuildType, recipe: Mapping[str, JsonValue]) -> Iterator[Caution]:
    if provenance.facts.repository_id is None:
        yield Caution.BOUND_BY_NAME_ONLY
    # A branch stays the same from version to version; a tag does not.
    if (provenance.facts.ref or "").startswith("refs/tags/") and not _has_template(recipe):
        yield Caution.REF_PINNED
    if provenance.facts.repository is None and build_type.fact_sources[Fact.REPOSITORY] is not FactSource.ABSENT:
        yield Caution.ARCHIVE_PINNED


def _has_template(value: object) -> bool:
    match value:
        case {"template": str()}:
            return True
        case dict():
            return any(_has_template(item) for item in value.values())
        case _:
            return False


def _refusal(reason: Reason, detail: str) -> Check:
    return failed(Step.RECIPE, reason, "provenance that a first expectation can be pinned from", detail)
