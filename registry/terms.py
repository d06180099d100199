"""What evidence is held against, put together in one place: an upload and a second look are judged alike."""

from __future__ import annotations

from expectations.documents import Policy
from registry.models import Release
from verification import first_use
from verification.examination import Examination
from verification.expectation import Expectation
from verification.judgement import ReleaseSource, Terms
from verification.reasons import Reason, Step
from verification.verdict import Check, failed


def terms_under(
    policy: Policy, expectation: Expectation | None, examination: Examination, release: ReleaseSource | None
) -> Terms:
    """Return the terms that a policy sets; without an expectation, the one that first use would pin, or why none."""
    bound = expectation or derive_first(examination, allowed=policy.first_use)
    return Terms(
        expectation=bound if isinstance(bound, Expectation) else None,
        unbound=bound if isinstance(bound, Check) else None,
        level_floor=policy.level_floor,
        policy_digest=policy.digest,
        unsigned_evidence=policy.unsigned_evidence,
        release=release,
    )


def derive_first(examination: Examination, *, allowed: bool) -> Expectation | Check:
    """Return the expectation that this first upload would pin, or why it pins none.

    Unsound evidence is judged for its own failures, not for this.
    """
    if not allowed:
        return failed(Step.RECIPE, Reason.FIRST_USE_OFF, "an expectation set by a maintainer", "none is set")
    return first_use.derive(examination)


def source_of(release: Release | None) -> ReleaseSource | None:
    """Return where a release's first file came from; None before there is one."""
    return (
        ReleaseSource(release.source_issuer, release.source_repository_id, release.source_commit) if release else None
    )
