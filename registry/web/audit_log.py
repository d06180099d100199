"""The audit log for everybody to read: ids and digests, and never a person's name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expectations import audit
from expectations.audit_lines import lines
from expectations.models import AuditLeaf
from expectations.models.log import PACKAGE
from registry.models import Account, Package
from registry.queries import find_package
from registry.web.audit_words import Link, in_words, link_of
from registry.web.refusals import readable_by
from verification.parameters import escaped

LEAVES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A leaf as a page shows it."""

    leaf: AuditLeaf
    event: str
    sentence: str
    at: str
    link: Link | None
    package: Package | None
    facts: tuple[tuple[str, str], ...]


@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show a page of leaves, the newest first.

    ``?from=`` is the number of the first one shown, ``?package=`` the name of the one package that they are about.
    """
    head, name = audit.head(), request.GET.get("package", "")
    package = find_package(name) if name else None
    if name and package is None:
        return render(request, "registry/audit.html", {"unknown": name}, status=404)
    first = _number(request.GET.get("from", ""), default=head.index)
    about = leaves_of(package) if package else AuditLeaf.objects.all()
    leaves = list(about.filter(index__lte=first).order_by("-index")[: LEAVES_A_PAGE + 1])
    context = {
        "head": head,
        "package": package,
        "entries": _entries(leaves[:LEAVES_A_PAGE], reader=request.user),
        "newer": _page_after(about, first),
        "older": leaves[LEAVES_A_PAGE].index if len(leaves) > LEAVES_A_PAGE else None,
    }
    return render(request, "registry/audit.html", context)


@require_safe
def download(_request: HttpRequest) -> StreamingHttpResponse:
    """Stream the whole log as JSON lines, each leaf with the texts that it names by digest, for anybody to check."""
    response = StreamingHttpResponse((f"{line.written()}\n" for line in lines()), content_type="application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    return response


def _page_after(leaves: QuerySet[AuditLeaf], first: int) -> int | None:
    """Return the first leaf of the page of newer ones, or None on the newest page."""
    newer = list(leaves.filter(index__gt=first).order_by("index").values_list("index", flat=True)[:LEAVES_A_PAGE])
    return newer[-1] if newer else None


def leaves_of(package: Package) -> QuerySet[AuditLeaf]:
    """Return the leaves that are about a package."""
    return AuditLeaf.objects.alias(of_package=PACKAGE).filter(of_package=str(package.pk))


def _number(text: str, *, default: int) -> int:
    """Return the number of a leaf, never beyond the log's head; the default for a text that is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return default
    return min(int(text), default)


def _entries(leaves: Sequence[AuditLeaf], *, reader: Account | AnonymousUser) -> list[Entry]:
    read = [(leaf, json.loads(leaf.leaf)) for leaf in leaves]
    found = Package.objects.in_bulk({facts["package"] for _, facts in read if facts.get("package")})
    packages = {str(pk): package for pk, package in found.items()}
    readable = readable_by(reader, {facts["refusal"] for _, facts in read if facts.get("refusal")})
    return [_entry(leaf, facts, packages, readable) for leaf, facts in read]


def _entry(leaf: AuditLeaf, facts: dict[str, Any], packages: dict[str, Package], readable: frozenset[str]) -> Entry:
    event, at = facts.pop("event"), facts.pop("at")
    told = tuple((name, _told(value)) for name, value in sorted(facts.items()))
    package = packages.get(facts.get("package") or "")
    return Entry(leaf, event, in_words(event, facts), at, link_of(facts, readable), package, told)


def _told(value: object) -> str:
    return escaped(value) if isinstance(value, str) else json.dumps(value)
