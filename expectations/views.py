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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expectations import actions, origin, queries, trusted
from expectations.addresses import for_package
from expectations.ballot import ballots, factor_of
from expectations.forms import DecisionForm, ProposalForm
from expectations.models import DocumentVersion, Kind, Proposal, Voice
from expectations.pages import VOICES_NEEDED, in_time, indented, tell, tell_proposal, timeline
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.second_factor import has_second_factor
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
        "timeline": timeline(package),
        "proposals": queries.open_proposals(trusted.expectation_of(package)),
        "maintains": request.user.has_perm(MAINTAIN, package),
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@for_package
def propose(request: HttpRequest, package: Package) -> HttpResponse:
    """Offer the document in force for editing, and propose what comes back."""
    account = cast("Account", request.user)
    base = queries.active_expectation(package)
    try:
        _refuse_unless_may_propose(account, package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    if base is None:
        return redirect("expectation", name=package.name)
    form = ProposalForm(request.POST or None, initial=_initial(base, confirming="confirm" in request.GET))
    refusal = None
    if request.method == "POST" and form.is_valid():
        document, reason = form.cleaned_data["document"], form.cleaned_data["reason"]
        try:
            proposal = actions.propose(
                trusted.expectation_of(package),
                content=document.encode(),
                reason=reason,
                by=account,
                origin=origin.of_request(request),
            )
        except ChangeRefused as refused:
            refusal = refused
        else:
            return redirect("proposal", proposal_id=proposal.pk)
    context = {"package": package, "base": base, "form": form, "refused": refusal}
    return render(request, "expectations/propose.html", context, status=_status(form, refusal))


def _refuse_unless_may_propose(account: Account, package: Package) -> None:
    if not account.has_perm(MAINTAIN, package):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    if not has_second_factor(account):
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)


def _initial(base: DocumentVersion, *, confirming: bool) -> dict[str, str]:
    reason = "Confirms the expectation as it stands." if confirming else ""
    return {"document": indented(base.document), "reason": reason}


def _status(form: ProposalForm, refused: ChangeRefused | None) -> int:
    if refused is not None:
        return status_of(refused.reason)
    return 400 if form.errors else 200


@require_safe
@never_cache
@login_required
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Show a proposal to whoever is signed in, and to those who may decide the forms to do so."""
    return _proposal_page(request, _find(proposal_id))


@csrf_exempt
@require_POST
@never_cache
def decide(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Take one person's voice, out of a browser session alone.

    What comes with an API token is refused before anything else, and is told why: it has no CSRF token either.
    """
    if "Authorization" in request.headers:
        return refusal_page(request, ChangeRefused(Reason.NOT_A_PERSON))
    return _decide_in_session(request, proposal_id)


@csrf_protect
def _decide_in_session(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("proposal", kwargs={"proposal_id": proposal_id}))
    proposal, account = _find(proposal_id), request.user
    if account.person_id not in queries.voters(proposal) | {proposal.proposer_id}:
        return refusal_page(request, ChangeRefused(Reason.NOT_A_MAINTAINER))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _proposal_page(request, proposal, sent=form, status=400)
    try:
        version = _give_voice(request, proposal, form, by=account)
    except ChangeRefused as refused:
        return _proposal_page(request, proposal, sent=form, refused=refused, status=status_of(refused.reason))
    messages.success(request, _told(form.for_voice(), version))
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


def _told(voice: Voice, version: DocumentVersion | None) -> str:
    if version is not None:
        return f"Two people agreed: version {version.number} of the expectation is in force."
    if voice is Voice.APPROVE:
        return "You agreed. Nothing has changed yet: one more person has to agree."
    return "You rejected it." if voice is Voice.REJECT else "You withdrew it."


def _find(proposal_id: UUID) -> Proposal:
    return get_object_or_404(Proposal.objects.select_related("package", "base", "version"), pk=proposal_id)


def _proposal_page(
    request: HttpRequest,
    proposal: Proposal,
    *,
    sent: DecisionForm | None = None,
    refused: ChangeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the proposal with a form for each voice; what was sent comes back with its errors, but never its code."""
    telling = tell_proposal(proposal, viewer=getattr(request.user, "person_id", None))
    context = {
        "package": proposal.package,
        "proposal": proposal,
        "telling": telling,
        "needed": VOICES_NEEDED,
        "deciding": ballots(request, cast("Account", request.user), proposal, telling.voices)
        if telling.voices
        else None,
        "sent": sent,
        "refused": refused,
    }
    return render(request, "expectations/proposal.html", context, status=status)
