"""The page of questions. Nothing is kept between its steps but what the browser sends along; no step needs a script."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from expectations import actions
from expectations.guided import json_page
from expectations.guided.answers import Expected
from expectations.guided.entry import Start, for_proposer, known_signers
from expectations.guided.from_refusal import Begun, begin
from expectations.guided.look import look, propose
from expectations.guided.questions_page import questions
from expectations.guided.reading import read
from expectations.guided.sheet import Sheet
from expectations.guided.ways import Way
from expectations.guided.writing import write
from expectations.pages import indented
from expectations.refusal import ChangeRefused
from verification.canonical import parse_strict
from verification.expectation import ChangeControl, Expectation


@require_http_methods(["GET", "HEAD", "POST"])
@for_proposer
def ask(request: HttpRequest, start: Start) -> HttpResponse:
    """Ask the questions, look at what they come to, and propose it."""
    if request.method == "POST":
        return _sent(request, start)
    expected, begun = _first(request, start)
    sheet = Sheet.asking(expected, known_signers())
    if "confirm" in request.GET or "immutable" in request.GET:
        return _look_at(request, start, expected, sheet)
    return questions(request, start, sheet, begun=begun)


def _first(request: HttpRequest, start: Start) -> tuple[Expected, Begun | str | None]:
    expected = read(parse_strict(start.base.document))
    if "immutable" in request.GET:
        return replace(expected, change_control=ChangeControl.IMMUTABLE.value), None
    if start.refusal is None:
        return expected, None
    begun = begin(expected, start.refusal, position=request.GET.get("attestation", ""), into=request.GET.get("into"))
    return (begun.started.expected if isinstance(begun, Begun) else expected), begun


def _sent(request: HttpRequest, start: Start) -> HttpResponse:
    sheet = Sheet.sent(request.POST, known_signers())
    step, _, about = request.POST.get("do", "").partition(":")
    match step:
        case "change":
            return questions(request, start, sheet.again())
        case "add":
            way = request.POST.get("way", "")
            return questions(request, start, sheet.with_another(Way(way) if way in list(Way) else Way.GITHUB))
        case "remove" if about.isascii() and about.isdigit():
            return questions(request, start, sheet.without(int(about[:4])))
        case _:
            return _judge(request, start, sheet, step)


def _judge(request: HttpRequest, start: Start, sheet: Sheet, step: str) -> HttpResponse:
    if not sheet.is_valid():
        return questions(request, start, sheet, status=400)
    expected = sheet.expected()
    try:
        proposed = actions.read_expectation(write(expected))
    except ChangeRefused as refused:
        return questions(request, start, sheet, elsewhere=sheet.tell(actions.problems_of(refused)), status=400)
    if step == "json":
        return json_page.edit(request, start, indented(proposed.canonical))
    return _step(request, start, proposed, sheet, proposing=step == "propose")


def _look_at(request: HttpRequest, start: Start, expected: Expected, sheet: Sheet) -> HttpResponse:
    return _step(request, start, actions.read_expectation(write(expected)), sheet, proposing=False)


def _step(request: HttpRequest, start: Start, proposed: Expectation, sheet: Sheet, *, proposing: bool) -> HttpResponse:
    step = propose if proposing else look
    return step(request, start, proposed, kept=sheet.hidden(), back=_address(start))


def _address(start: Start) -> str:
    return reverse("expectation-guided", kwargs={"name": start.package.name})
