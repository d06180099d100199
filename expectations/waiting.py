"""What waits for whoever is signed in: a number on every page, and a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from expectations import queries
from expectations.models import Proposal
from expectations.subjects import Subject, subject_of
from expectations.voices import NEEDED

if TYPE_CHECKING:
    from registry.models import Account


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal in a list: what it is about, and how many have agreed."""

    proposal: Proposal
    subject: Subject
    agreed: int


def waiting_count(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Give every template how many proposals wait for its viewer, counted only where it is asked for."""
    return {"waiting_count": lambda: len(queries.waiting_for(cast("Account", request.user)))}


@require_safe
@never_cache
@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """Show what waits for a voice of the viewer's, and what the viewer has proposed and others still have to decide."""
    account = cast("Account", request.user)
    mine = queries.waiting_for(account)
    context = {
        "waiting": told(mine),
        "proposed": told([proposal for proposal in queries.proposals_of(account) if proposal not in mine]),
        "needed": NEEDED,
        "is_steward": account.person_id in queries.stewards(),
    }
    return render(request, "expectations/waiting.html", context)


def told(proposals: list[Proposal]) -> list[Waiting]:
    """Return proposals for a list."""
    return [
        Waiting(proposal, subject_of(proposal), len({decision.person_id for decision in queries.approvals(proposal)}))
        for proposal in proposals
    ]
