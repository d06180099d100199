"""The page of questions itself, for the views that lead to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from expectations.guided.entry import Start
from expectations.guided.from_refusal import Begun
from expectations.guided.sheet import Sheet
from expectations.guided.ways import Way


def questions(
    request: HttpRequest,
    start: Start,
    sheet: Sheet,
    *,
    begun: Begun | str | None = None,
    elsewhere: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Show the forms of a sheet. ``begun``: what is to be told of the refusal they were begun from, or why they were not.

    ``elsewhere``: problems of the document as a whole.
    """
    context = {
        "start": start,
        "package": start.package,
        "base": start.base,
        "sheet": sheet,
        "begun": begun if isinstance(begun, Begun) else None,
        "not_begun": begun if isinstance(begun, str) else "",
        "problems": [*(("", "", sentence) for sentence in elsewhere), *sheet.problems()] if status != 200 else [],
        "ways": list(Way),
    }
    return render(request, "expectations/guided/questions.html", context, status=status)
