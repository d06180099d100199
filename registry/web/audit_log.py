"""The audit log for everybody to read: ids and digests, and never a person's name."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expectations import audit
from expectations.audit_lines import lines
from expectations.models import AuditLeaf
from verification.parameters import escaped

LEAVES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A leaf as a page shows it."""

    leaf: AuditLeaf
    event: str
    at: str
    facts: tuple[tuple[str, str], ...]


@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show a page of leaves, the newest first; ``?from=`` is the number of the first one shown."""
    head = audit.head()
    first = _number(request.GET.get("from", ""), default=head.index)
    leaves = AuditLeaf.objects.filter(index__lte=first).order_by("-index")[:LEAVES_A_PAGE]
    context = {
        "head": head,
        "entries": [_entry(leaf) for leaf in leaves],
        "newer": first + LEAVES_A_PAGE if first < head.index else None,
        "older": first - LEAVES_A_PAGE if first >= LEAVES_A_PAGE else None,
    }
    return render(request, "registry/audit.html", context)


@require_safe
def download(_request: HttpRequest) -> StreamingHttpResponse:
    """Stream the whole log as JSON lines, each leaf with the texts that it names by digest, for anybody to check."""
    response = StreamingHttpResponse((f"{line.written()}\n" for line in lines()), content_type="application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    return response


def _number(text: str, *, default: int) -> int:
    """Return the number of a leaf, never beyond the log's head; the default for a text that is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return default
    return min(int(text), default)


def _entry(leaf: AuditLeaf) -> Entry:
    facts = json.loads(leaf.leaf)
    event, at = facts.pop("event"), facts.pop("at")
    return Entry(leaf, event, at, tuple((name, _told(value)) for name, value in sorted(facts.items())))


def _told(value: object) -> str:
    return escaped(value) if isinstance(value, str) else json.dumps(value)
