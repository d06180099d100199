"""The page that says no: a reason's sentence, its word for programs and tests, and where to go on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from expectations.refusal import ChangeRefused
from verification.reasons import Reason

_STATUS = {
    Reason.NOT_A_PERSON: 403,
    Reason.NOT_A_MAINTAINER: 403,
    Reason.NOT_A_STEWARD: 403,
    Reason.CONCERNS_YOURSELF: 403,
    Reason.WAITS_TO_DECIDE: 403,
    Reason.SECOND_FACTOR_TOO_WEAK: 403,
    Reason.SECOND_FACTOR_MISSING: 403,
    Reason.PROPOSAL_DIGEST_DIFFERS: 409,
    Reason.PROPOSAL_STALE: 409,
    Reason.PROPOSAL_EXPIRED: 409,
    Reason.PROPOSAL_CLOSED: 409,
    Reason.ALREADY_DECIDED: 409,
    Reason.EXPECTATION_IMMUTABLE: 409,
    Reason.TOO_MANY_PROPOSALS: 409,
    Reason.TOO_MANY_NAMES: 429,
    Reason.TOO_MANY_ROBOTS: 409,
    Reason.NAME_TAKEN: 409,
    Reason.NAME_LOOKS_ALIKE: 409,
}


def status_of(reason: Reason) -> int:
    """Return the HTTP status that a refused change is answered with."""
    return _STATUS.get(reason, 400)


def refusal_page(request: HttpRequest, refused: ChangeRefused) -> HttpResponse:
    """Return a page of its own for a refusal that no form could mend."""
    return render(request, "expectations/refused.html", {"refused": refused}, status=status_of(refused.reason))
