"""The step before proposing: the expectation in words, and what it would change of the one in force."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from expectations import actions, origin, trusted
from expectations.differences import told_effects, weakening_first
from expectations.differences.expectation import difference
from expectations.forms import ReasonForm
from expectations.guided.entry import Start
from expectations.pages import tell
from expectations.refusal import ChangeRefused
from expectations.refusal_page import status_of
from verification.expectation import ChangeControl, Expectation
from verification.reasons import Reason

CONFIRMING = "Confirms the expectation as it stands."


def look(
    request: HttpRequest,
    start: Start,
    proposed: Expectation,
    *,
    kept: SafeString,
    back: str,
    reason: ReasonForm | None = None,
    refused: ChangeRefused | None = None,
) -> HttpResponse:
    """Show a valid expectation before it is proposed. ``kept``: hidden fields to go on with; ``back``: the form's address."""
    changes = weakening_first(difference(start.in_force, proposed))
    same = proposed.digest == start.base.digest
    initial = CONFIRMING if same else ""
    moved = request.method == "POST" and request.POST.get("base") != start.base.digest
    context = {
        "start": start,
        "package": start.package,
        "base": start.base,
        "telling": tell(proposed),
        "changes": changes,
        "effects": told_effects(changes),
        "lets_in": any(change.effect.lets_in for change in changes),
        "same": same,
        "becomes_immutable": proposed.change_control is ChangeControl.IMMUTABLE,
        "form": reason or ReasonForm(initial={"reason": initial}),
        "kept": kept,
        "back": back,
        "moved": moved and refused is None,
        "refused": refused,
    }
    status = status_of(refused.reason) if refused else 400 if reason and reason.errors else 200
    return render(request, "expectations/guided/look.html", context, status=status)


def propose(request: HttpRequest, start: Start, proposed: Expectation, *, kept: SafeString, back: str) -> HttpResponse:
    """Propose what was looked at, and lead to the proposal; show it again where it cannot be proposed, and say why."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return look(request, start, proposed, kept=kept, back=back, reason=form)
    try:
        _refuse_unseen(request, start)
        proposal = actions.propose(
            trusted.expectation_of(start.package),
            content=proposed.canonical,
            reason=form.cleaned_data["reason"],
            by=start.account,
            origin=origin.of_request(request),
            refusal=start.refusal,
        )
    except ChangeRefused as refused:
        return look(request, start, proposed, kept=kept, back=back, reason=form, refused=refused)
    return redirect("proposal", proposal_id=proposal.pk)


def _refuse_unseen(request: HttpRequest, start: Start) -> None:
    """Nobody proposes a difference to a version that was not shown."""
    if request.POST.get("base") != start.base.digest:
        raise ChangeRefused(Reason.PROPOSAL_STALE)
