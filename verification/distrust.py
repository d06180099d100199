"""Distrust of what is authentic: entries of the roots that were not believed then, and what they deny by name.

Trust rules, "Roots at work". The entry that counts is the first by which the signer may speak for the builder id: where
that one refuses, no wider one further down is asked, or distrusting a builder would only lower its level.
"""

from __future__ import annotations

from collections.abc import Iterator

from verification import moments
from verification.provenance import Provenance
from verification.reasons import Reason, Step
from verification.root_of_trust import RootsOfTrust
from verification.subject import Artifact
from verification.trusted_builder import Period, TrustedBuilder
from verification.verdict import Check, decide


def check_distrust(
    provenance: Provenance, builder: TrustedBuilder | None, roots: RootsOfTrust, artifact: Artifact
) -> Iterator[Check]:
    """Yield whether the signer and the builder's entry were believed at the time of signing, and nothing is denied.

    ``builder`` is None where nobody signed: no entry speaks of that, but what the roots deny to everybody.
    """
    hit = roots.denied.found_in(provenance, artifact.sha256)
    if builder is not None:
        yield _check_period("signer's entry", roots.period_of(provenance.signer), provenance)
        yield _check_period("builder's entry", builder.period, provenance)
        hit = hit or builder.denied.found_in(provenance, artifact.sha256)
    yield decide(
        Step.BUILDER,
        Reason.BUILD_DENIED,
        "a build that the roots of trust do not deny",
        f"they deny {ascii(hit)[1:-1][:300]}" if hit else "not denied",
        holds=hit is None,
        where="denied",
    )


def _check_period(entry: str, period: Period, provenance: Provenance) -> Check:
    assert provenance.signed_at is not None, "signed evidence has its time"
    return decide(
        Step.BUILDER,
        Reason.BUILDER_DISTRUSTED,
        f"signed {period.in_words()}",
        f"signed {moments.told(provenance.signed_at)}",
        holds=period.covers(provenance.signed_at),
        where=entry,
    )
