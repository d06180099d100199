"""The pages of expectations and proposals. Reading changes nothing; each form makes one call of the actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from expectations import actions, origin, queries, trusted
from expectations.addresses import for_package
from expectations.ballot import ballots, factor_of
from expectations.forms import DecisionForm
from expectations.impact import ImpactOf
from expectations.models import DocumentVersion, Kind, Proposal, Voice
from expectations.pages import in_time, tell, timeline
from expectations.proposal_page import tell_proposal
from expectations.queries import Standing
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.rights import may_read, proposers
from expectations.subjects import what_of
from expectations.voices import why_no_voice
from verification.expectation import ChangeControl
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package

MAINTAIN = "registry.maintain_package"


@require_safe
@for_package
def expectation(request: HttpRequest, package: Package) -> HttpResponse:
    """Show the expectation in force, how it came to be, and what is proposed."""
    active = queries.active_expectation(package)
    context = {
        "package": package,
        "version": active,
        "telling": tell(queries.read_expectation(active)) if active else None,
        "timeline": timeline(trusted.expectation_of(package)),
        "proposals": queries.open_proposals(trusted.expectation_of(package)),
        "maintains": request.user.has_perm(MAINTAIN, package),
        "immutable": active is not None and queries.read_expectation(active).change_control is ChangeControl.IMMUTABLE,
    }
    return render(request, "expectations/expectation.html", context)


@require_safe
@for_package
def expectation_version(request: HttpRequest, package: Package, number: int) -> HttpResponse:
    """Show one version, in force or not."""
    version = get_object_or_404(DocumentVersion, kind=Kind.EXPECTATION, package=package, number=number)
    active = queries.active_expectation(package)
    context = {
        "package": package,
        "version": version,
        "telling": tell(queries.read_expectation(version)),
        "entry": in_time(version),
        "active": active,
        "is_active": version == active,
    }
    return render(request, "expectations/version.html", context)


@require_safe
@never_cache
@login_required
def proposal(request: HttpRequest, proposal_id: UUID, impact_of: ImpactOf) -> HttpResponse:
    """Show a proposal to whoever is signed in (about people: to those whose business it is), with the forms to decide.

    ``impact_of`` tells what it would do to what is stored: whoever sets the addresses up knows who can tell.
    """
    found = _find(proposal_id)
    if not may_read(found, getattr(request.user, "person_id", None)):
        return refusal_page(
            request, ChangeRefused(Reason.NOT_A_STEWARD if found.package is None else Reason.NOT_A_MAINTAINER)
        )
    return _proposal_page(request, found, impact_of)


@csrf_exempt
@require_POST
@never_cache
def decide(request: HttpRequest, proposal_id: UUID, impact_of: ImpactOf) -> HttpResponse:
    """Take one person's voice, out of a browser session alone.

    What comes with an API token is refused before anything else, and is told why: it has no CSRF token either.
    """
    if "Authorization" in request.headers:
        return refusal_page(request, ChangeRefused(Reason.NOT_A_PERSON))
    return _decide_in_session(request, proposal_id, impact_of)


@csrf_protect
def _decide_in_session(request: HttpRequest, proposal_id: UUID, impact_of: ImpactOf) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("proposal", kwargs={"proposal_id": proposal_id}))
    proposal, account = _find(proposal_id), request.user
    reason = why_no_voice(proposal, account.person_id)
    if reason is not None and account.person_id != proposal.proposer_id:
        return refusal_page(request, ChangeRefused(reason))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, proposal, impact_of, sent=form, status=400)
    try:
        version = _give_voice(request, proposal, form, by=account)
    except ChangeRefused as refused:
        return _proposal_page(
            request, proposal, impact_of, sent=form, refused=refused, status=status_of(refused.reason)
        )
    messages.success(request, _told(form.for_voice(), proposal, version))
    return redirect("proposal", proposal_id=proposal.pk)


def _give_voice(request: HttpRequest, proposal: Proposal, form: DecisionForm, *, by: Account) -> DocumentVersion | None:
    factor = factor_of(form, by)
    return actions.decide(
        proposal,
        voice=form.for_voice(),
        digest=form.cleaned_data["digest"],
        by=by,
        factor=factor,
        origin=origin.of_request(request),
    )


def _told(voice: Voice, proposal: Proposal, version: DocumentVersion | None) -> str:
    if version is not None and version.kind == Kind.DELETION:
        return f"Two people agreed: {what_of(proposal)} is deleted."
    if version is not None:
        return f"Two people agreed: version {version.number} of {what_of(proposal)} is in force."
    if voice is Voice.APPROVE:
        return "You agreed. Nothing has changed yet: another person has to agree too."
    return "You rejected it." if voice is Voice.REJECT else "You withdrew it."


def _find(proposal_id: UUID) -> Proposal:
    found = Proposal.objects.select_related("package", "base", "version", "refusal")
    return get_object_or_404(found, pk=proposal_id)


def _proposal_page(
    request: HttpRequest,
    proposal: Proposal,
    impact_of: ImpactOf,
    *,
    sent: DecisionForm | None = None,
    refused: ChangeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the proposal with a form for each voice; what was sent comes back with its errors, but never its code."""
    viewer = getattr(request.user, "person_id", None)
    telling = tell_proposal(proposal, viewer=viewer)
    # Refused uploads are its maintainers' business alone, and looking for them takes a while.
    inside = viewer is not None and viewer in proposers(proposal.package)
    context = {
        "package": proposal.package,
        "proposal": proposal,
        "telling": telling,
        "inside": inside,
        "impact": impact_of(proposal) if inside and telling.standing is Standing.OPEN else None,
        "deciding": ballots(request, cast("Account", request.user), proposal, telling.to_give)
        if telling.to_give
        else None,
        "sent": sent,
        "refused": refused,
    }
    return render(request, "expectations/proposal.html", context, status=status)
