"""What a maintainer has to look at before believing that a move was honest: an attacker's build looks the same from here."""

from __future__ import annotations

from verification.reasons import Reason

_CHECKS = {
    Reason.REPOSITORY_TRANSFERRED: (
        "Did you hand the repository over to this owner? Whoever takes over its owner's account can do so as well."
    ),
    Reason.REPOSITORY_RENAMED: "Did one of you rename the repository? Ask them, by another way than this page.",
    Reason.RELEASE_OF_TWO_WORKFLOWS: (
        "Open the second workflow's file at that commit: who added it, and who reviewed it? Whoever may push can add one."
    ),
    Reason.WORKFLOW_MOVED: (
        "Open the workflow's file at the commit that it ran from: who added or renamed it, and who reviewed that? "
        "Whoever may push a branch or tag can add a workflow that builds something else."
    ),
    Reason.REF_MOVED: (
        "Who made that branch or tag, and was its commit reviewed? Whoever may push one can build from it what they like."
    ),
    Reason.BUILDER_REF_MOVED: (
        "Who changed the version that your workflow calls, and do the reusable workflow's own releases have it?"
    ),
}


def to_check(reason: Reason) -> str:
    """Return what to look at before proposing what such a move needs; empty for a reason that is no honest move."""
    return _CHECKS.get(reason, "")
