"""The gate: evidence in, verdict out. The numbered steps of :class:`verification.reasons.Step`, in two halves.

:func:`examine_all` proves what the evidence says (steps 0 to 6, and 10). It is slow and needs no lock, for it depends on
nothing that can change but the roots of trust. :func:`judge` holds that against the package's expectation (steps 7
to 9, 11, 12). It is fast, and is to be called under the lock of the package. :func:`verify` is both in a row.

Follows SLSA v1.0, "Verifying artifacts", and docs/trust-rules.md. No step is skipped because an earlier one was strong;
all failures that can be known are told together; one attestation alone has to meet one recipe whole.
"""

from __future__ import annotations

from datetime import datetime

from verification import judgement
from verification.bundle import EvidenceRefused, Part, read_field, refuse_repeated
from verification.examination import Examination, examine
from verification.expectation import covering
from verification.judgement import Terms
from verification.occurrences import without_unsigned_occurrences
from verification.reasons import Reason, Step
from verification.root_of_trust import RootsOfTrust
from verification.subject import Artifact
from verification.verdict import Accepted, Circumstances, Verdict, any_failed, decide, failed

VERIFIER = "urn:sluicegate:verifier:6"
"""Which verifier reached a verdict; the number rises when the same input could be judged otherwise."""


def verify(field: bytes | None, *, artifact: Artifact, terms: Terms, roots: RootsOfTrust, now: datetime) -> Verdict:
    """Return the verdict on an upload; ``field`` is its ``attestations`` field as sent. Hostile input raises nothing."""
    return judge(examine_all(field, artifact=artifact, roots=roots, now=now), terms=terms)


def examine_all(field: bytes | None, *, artifact: Artifact, roots: RootsOfTrust, now: datetime) -> Examination:
    """Return what the evidence proves by itself. ``field`` None or an empty list: no evidence was sent."""
    wanted = "one attestation of this file's build or more"
    parts: tuple[Part, ...] = ()
    try:
        parts = refuse_repeated(read_field(field)) if field is not None else ()
        check = decide(
            Step.EVIDENCE, Reason.EVIDENCE_MISSING, wanted, f"{len(parts)} attestation(s)", holds=len(parts) > 0
        )
    except EvidenceRefused as error:
        check = failed(Step.EVIDENCE, error.reason, wanted, error.detail)
    attestations = tuple(examine(part, artifact=artifact, roots=roots, now=now) for part in parts)
    if len(attestations) > 1 and any(examined.unsigned for examined in attestations):
        told = f"{len(attestations)} attestations, with a bare statement among them"
        check = failed(Step.EVIDENCE, Reason.UNSIGNED_NOT_ALONE, "a bare statement alone, or none", told)
    evidence, attestations = without_unsigned_occurrences(tuple(part.raw for part in parts), attestations)
    return Examination(artifact, evidence, attestations, (check,), roots.digest, now)


def judge(examination: Examination, *, terms: Terms) -> Verdict:
    """Return the verdict on examined evidence under the terms: pure and fast."""
    circumstances = _circumstances(examination, terms)
    unsigned = judgement.check_unsigned(examination, terms)
    if terms.unbound is not None:
        return judgement.refused(examination, circumstances, (*unsigned, terms.unbound), {})
    if terms.expectation is None:
        raise ValueError("terms without an expectation have to say why there is none")
    recipes = covering(terms.expectation, examination.artifact.version)
    first = (*unsigned, judgement.check_covering(recipes, terms.expectation, examination.artifact))
    matches = judgement.match_all(examination, recipes, terms)
    winner, beside = judgement.settle(matches, examination, terms)
    if not examination.sound or winner is None:
        closest = judgement.closest_by_attestation(matches, examination, terms)
        return judgement.refused(examination, circumstances, first, closest)
    whole = (*first, *beside)
    if any_failed(whole):
        return judgement.refused(examination, circumstances, whole, {winner.position: winner.checks})
    reports = tuple(
        judgement.accepted_report(position, examined, winner)
        for position, examined in enumerate(examination.attestations)
    )
    return Accepted(circumstances, examination.checks + whole, reports, winner.recipe.name, winner.provenance.level)


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
