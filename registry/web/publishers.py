"""The page of a package's trusted publishers: who they are, how they came to be, and the forms that propose other ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from expectations import queries, trusted
from expectations.addresses import for_package
from expectations.documents import Publisher
from expectations.pages import timeline
from expectations.proposing import base_of, may_propose, take
from expectations.publishers.kinds import PINS
from expectations.publishers.matching import title
from expectations.publishers.suggesting import suggested
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from expectations.rights import refuse_unless_may_propose
from registry.models import Account, Package
from registry.web.publisher_forms import AddPublisherForm, RemovePublisherForm
from verification.parameters import escaped


@dataclass(frozen=True, slots=True)
class PublisherRow:
    """A publisher as a page lists it. ``believed``: the registry takes tokens of its issuer yet."""

    title: str
    issuer: str
    pins: tuple[tuple[str, str], ...]
    believed: bool


REMOVING = "remove_%s"
"""Ids of the form that removes, which stands on one page with the form that adds."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An issuer that a publisher can be added of."""

    issuer: str
    words: str
    chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@for_package
def publishers(request: HttpRequest, package: Package) -> HttpResponse:
    """Show a package's publishers, and to who may propose the provider to choose, or the form for one that was chosen."""
    if request.method == "POST":
        return _add(request, package)
    issuer = request.GET.get("issuer")
    return _page(request, package, adding=_add_form(package, issuer) if issuer else None, issuer=issuer)


@require_POST
@login_required
@for_package
def remove(request: HttpRequest, package: Package) -> HttpResponse:
    """Take a proposal to remove a publisher."""
    form = RemovePublisherForm(request.POST, package=package, auto_id=REMOVING)
    return take(
        request,
        form,
        package,
        lambda refused, status: _page(request, package, removing=form, refused=refused, status=status),
    )


@login_required
def _add(request: HttpRequest, package: Package) -> HttpResponse:
    try:
        refuse_unless_may_propose(cast("Account", request.user), package)
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    issuer = request.POST.get("issuer", "")
    form = _add_form(package, issuer, request)
    return take(
        request,
        form,
        package,
        lambda refused, status: _page(request, package, adding=form, issuer=issuer, refused=refused, status=status),
    )


def _add_form(package: Package, issuer: str, sent: HttpRequest | None = None) -> AddPublisherForm:
    kind = queries.issuers().kinds.get(issuer)
    if kind is None:
        raise Http404
    if sent is not None:
        return AddPublisherForm(sent.POST, package=package, issuer=issuer, kind=kind)
    version = queries.active_expectation(package)
    known = suggested(kind, issuer, queries.read_expectation(version) if version else None)
    initial = {**base_of(trusted.publishers_of(package)), **known}
    return AddPublisherForm(package=package, issuer=issuer, kind=kind, initial=initial)


def _page(
    request: HttpRequest,
    package: Package,
    *,
    adding: AddPublisherForm | None = None,
    issuer: str | None = None,
    removing: RemovePublisherForm | None = None,
    refused: ChangeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    about = trusted.publishers_of(package)
    kinds = queries.issuers().kinds
    context = {
        "package": package,
        "rows": list(_rows(queries.publishers(package).listed)),
        "providers": sorted(
            (Provider(name, kind.words, name == issuer) for name, kind in kinds.items()),
            key=attrgetter("words", "issuer"),
        ),
        "issuer": issuer,
        "adding": adding,
        "removing": removing or RemovePublisherForm(package=package, initial=base_of(about), auto_id=REMOVING),
        "audience": settings.OIDC_AUDIENCE,
        "timeline": timeline(about),
        "proposals": queries.open_proposals(about),
        "refused": refused,
        **may_propose(request, package),
    }
    return render(request, "registry/publishers.html", context, status=status)


def _rows(listed: Iterable[Publisher]) -> Iterable[PublisherRow]:
    kinds = queries.issuers().kinds
    for publisher in listed:
        labels = {pin.name: pin.label for pin in PINS[publisher.kind]}
        pins = [(labels.get(name, escaped(name)), escaped(value)) for name, value in publisher.claims.items()]
        believed = kinds.get(publisher.issuer) is publisher.kind
        yield PublisherRow(escaped(title(publisher)), publisher.issuer, tuple(pins), believed)
