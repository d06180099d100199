"""The JSON editor: the whole document as text, with the same checks and the same steps as the questions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from expectations import actions
from expectations.forms import ProposalForm, ReasonForm
from expectations.guided import look as step
from expectations.guided.entry import Start, for_proposer, known_signers
from expectations.guided.questions_page import questions
from expectations.guided.reading import read
from expectations.guided.sheet import Sheet
from expectations.pages import indented
from verification.canonical import parse_strict


@require_http_methods(["GET", "HEAD", "POST"])
@for_proposer
def propose(request: HttpRequest, start: Start) -> HttpResponse:
    """Offer the document in force for editing, look at what comes back, and propose it."""
    if request.method != "POST":
        reason = step.CONFIRMING if "confirm" in request.GET else ""
        return edit(request, start, indented(start.base.document), reason=reason)
    text, reason, do = (request.POST.get(name, "") for name in ("document", "reason", "do"))
    if do == "change":
        return edit(request, start, text, reason=reason)
    form = ProposalForm(request.POST)
    if do in ("look", "questions"):
        form.fields["reason"].required = False
    if not form.is_valid():
        return _page(request, start, form, status=400)
    if do == "questions":
        return questions(request, start, Sheet.asking(read(parse_strict(text)), known_signers()))
    kept, back = format_html('<input type="hidden" name="document" value="{}">', text), _address(start)
    proposed = actions.read_expectation(text.encode())
    if do == "look":
        again = ReasonForm(initial={"reason": reason}) if reason else None
        return step.look(request, start, proposed, kept=kept, back=back, reason=again)
    return step.propose(request, start, proposed, kept=kept, back=back)


def edit(request: HttpRequest, start: Start, text: str, *, reason: str = "") -> HttpResponse:
    """Show the editor with a text, whatever it is."""
    return _page(request, start, ProposalForm(initial={"document": text, "reason": reason}))


def _page(request: HttpRequest, start: Start, form: ProposalForm, *, status: int = 200) -> HttpResponse:
    context = {"start": start, "package": start.package, "base": start.base, "form": form}
    return render(request, "expectations/propose.html", context, status=status)


def _address(start: Start) -> str:
    return reverse("expectation-propose", kwargs={"name": start.package.name})
