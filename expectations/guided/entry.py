"""What every page of proposing an expectation begins with: who may, what it starts from, and which signers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from expectations import queries
from expectations.addresses import for_package
from expectations.guided.recipe_form import Known
from expectations.models import DocumentVersion, Source
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page
from expectations.second_factor import has_second_factor
from verification.expectation import ChangeControl, Expectation
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account, Package, Refusal

MAINTAIN = "registry.maintain_package"


@dataclass(frozen=True, slots=True)
class Start:
    """Who proposes, for which package, from which version in force, and from which refused upload, if from one."""

    account: Account
    package: Package
    base: DocumentVersion
    refusal: Refusal | None

    @property
    def in_force(self) -> Expectation:
        """The expectation in force."""
        return queries.read_expectation(self.base)

    @property
    def confirms(self) -> bool:
        """Whether the version in force was agreed to by nobody yet, so that proposing just it means something."""
        return self.base.source in (Source.FIRST_USE, Source.EXPLICIT)


def for_proposer(view: Callable[[HttpRequest, Start], HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand a maintainer with a second factor to the view, with what a proposal starts from; everybody else is told why not."""

    @never_cache
    @login_required
    @for_package
    @wraps(view)
    def entered(request: HttpRequest, package: Package) -> HttpResponse:
        account = cast("Account", request.user)
        base = queries.active_expectation(package)
        try:
            _refuse_unless_may_propose(account, package)
            _refuse_immutable(base)
        except ChangeRefused as refused:
            return refusal_page(request, refused)
        if base is None:
            return redirect("expectation", name=package.name)
        sent = request.POST if request.method == "POST" else request.GET
        return view(request, Start(account, package, base, _refusal(sent.get("refusal", ""), package)))

    return entered


def known_signers() -> Known:
    """Return the names of the signers that the roots of trust in force know."""
    roots = queries.read_roots(queries.active_roots_version())
    unlogged = frozenset(name for name, instance in roots.instances.items() if not instance.has_log)
    return Known(tuple(sorted(roots.instances)), tuple(sorted(roots.keys)), unlogged)


def _refuse_unless_may_propose(account: Account, package: Package) -> None:
    if not account.has_perm(MAINTAIN, package):
        raise ChangeRefused(Reason.NOT_A_MAINTAINER)
    if not has_second_factor(account):
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)


def _refuse_immutable(base: DocumentVersion | None) -> None:
    if base is not None and queries.read_expectation(base).change_control is ChangeControl.IMMUTABLE:
        raise ChangeRefused(Reason.EXPECTATION_IMMUTABLE)


def _refusal(text: str, package: Package) -> Refusal | None:
    """The refusal of this id and package; of another package there is none of it (it is its maintainers' business alone)."""
    if not text:
        return None
    try:
        found: Refusal | None = (
            apps.get_model("registry", "Refusal")
            .objects.filter(pk=UUID(text), package=package)
            .select_related("verdict")
            .first()
        )
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found
