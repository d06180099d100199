"""Trust on first use: the expectation that a package's first verified upload pins (trust rules, "First use")."""

from __future__ import annotations

from verification.build_types import known, required_pins
from verification.build_types.interface import FirstUseRefused
from verification.examination import Examination
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.reasons import Reason, Step
from verification.verdict import Check, failed


def derive(examination: Examination) -> Expectation | Check:
    """Return the expectation pinned from the strongest attestation, or the failed check that says why none can be.

    Of evidence that is not sound nothing is derived; the examination's own checks tell why.
    """
    provenance = examination.strongest
    if not examination.sound or provenance is None:
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, "the evidence is not sound")
    build_type = known(provenance.build_type)
    if build_type is None:
        return _refusal(Reason.FIRST_USE_UNSUPPORTED, provenance.build_type)
    artifact = examination.artifact
    try:
        recipe = build_type.derive(provenance, version=artifact.version)
    except FirstUseRefused as error:
        return _refusal(error.reason, error.detail)
    return parse_expectation(
        {"schema": 1, "change_control": "two-person", "recipes": [dict(recipe)]}, required_pins=required_pins
    )


def _refusal(reason: Reason, detail: str) -> Check:
    return failed(Step.RECIPE, reason, "provenance that a first expectation can be pinned from", detail)
