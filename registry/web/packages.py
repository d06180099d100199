"""The pages of packages: the list of all, one of them, and a new one."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expectations import queries, trusted
from expectations.actions import read_expectation
from expectations.addresses import for_package
from expectations.documents import PackageState
from expectations.names import accounts_of
from expectations.pages import tell, timeline
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.second_factor import has_second_factor
from expectations.voices import NEEDED
from expectations.waiting import told
from registry import names, roles, search
from registry.models import Account, Package, Refusal, Token
from registry.tokens import create_token
from registry.web.account import for_account
from registry.web.listing import package_rows
from registry.web.package_forms import NewPackageForm, RobotForm
from registry.web.release_pages import latest, listed, release_lines
from registry.web.release_pages import tell as tell_release
from registry.web.robots import ROBOT_TOKEN_DAYS, RobotTokenForm, refuse_unless_may_add
from registry.web.uploading import upload_url
from verification.expectation import ChangeControl
from verification.reasons import Reason

PACKAGES_A_PAGE = 25
REFUSALS_SHOWN = 10

NAMES_REFUSED = (
    Reason.NAME_INVALID,
    Reason.NAME_TAKEN,
    Reason.NAME_LOOKS_ALIKE,
    Reason.NAME_OF_STANDARD_LIBRARY,
    Reason.NAME_PROHIBITED,
)
"""What is wrong with a name itself, and told beside it too."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the packages by name."""
    page = Paginator(Package.objects.order_by("name"), PACKAGES_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": package_rows(list(page.object_list)), "index_url": _index_url()}
    return render(request, "registry/packages.html", context)


def _index_url() -> str:
    return f"{settings.BASE_URL}/simple/"


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """List the packages that ``q`` finds, the best first."""
    query = request.GET.get("q", "").strip()[: search.LONGEST_QUERY]
    found = search.find(query)
    page = Paginator(found, PACKAGES_A_PAGE).get_page(request.GET.get("page"))
    packages = Package.objects.in_bulk(list(page.object_list))
    rows = package_rows([packages[package] for package in page.object_list])
    context = {"query": query, "page": page, "rows": rows, "cut": len(found) >= search.MOST, "most": search.MOST}
    return render(request, "registry/search.html", context)


@require_safe
@for_package
def package(request: HttpRequest, package: Package) -> HttpResponse:
    """Show a package: what it promises first, then what it offers."""
    return render(request, "registry/package.html", _package_context(request, package, RobotForm()))


def _package_context(request: HttpRequest, package: Package, robot_form: RobotForm) -> dict[str, object]:
    versions = timeline(trusted.expectation_of(package))
    active = versions[0].version if versions else None
    promised = queries.read_expectation(active) if active else None
    maintains = request.user.has_perm(roles.MAINTAIN, package)
    lines = release_lines(package)
    newest = latest(lines)
    return {
        "package": package,
        "versions": versions,
        "version": active,
        "first": versions[-1].version if versions else None,
        "telling": tell(promised) if promised else None,
        "immutable": promised is not None and promised.change_control is ChangeControl.IMMUTABLE,
        **listed(lines),
        "telling_release": tell_release(newest) if newest else None,
        "index_url": _index_url(),
        "maintainers": accounts_of(queries.maintainers(package)),
        "maintains": maintains,
        "status": queries.status(package),
        "closed_or_advised": package.state != PackageState.ACTIVE,
        **(_for_maintainers(package, robot_form) if maintains else {}),
    }


def _for_maintainers(package: Package, robot_form: RobotForm) -> dict[str, object]:
    return {
        "robot_tokens": Token.objects.filter(account__robot_of=package, revoked_at=None)
        .select_related("account")
        .order_by("account__username"),
        "robot_form": robot_form,
        "robot_token_form": RobotTokenForm(package=package) if package.robots.exists() else None,
        "upload_url": upload_url(),
        "refusals": Refusal.objects.filter(package=package).select_related("account")[:REFUSALS_SHOWN],
        "proposals": told(queries.open_proposals_of([package])),
        "needed": NEEDED,
        "now": timezone.now(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_account
def new(request: HttpRequest, account: Account) -> HttpResponse:
    """Offer the form of a new name, and create it."""
    if not has_second_factor(account):
        return refusal_page(request, ChangeRefused(Reason.SECOND_FACTOR_MISSING))
    form = NewPackageForm(request.POST or None, initial={"name": request.GET.get("name", "")[: names.MAX_LENGTH]})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            created = _create(form, by=account)
        except ChangeRefused as refused:
            refusal = refused
            if refused.reason in NAMES_REFUSED:
                form.add_error("name", "A package cannot have this name.")
        else:
            messages.success(request, f"The name {created.display_name} is yours.")
            return redirect("package", name=created.name)
    status = status_of(refusal.reason) if refusal else 400 if form.errors else 200
    return render(request, "registry/package_new.html", {"form": form, "refused": refusal}, status=status)


def _create(form: NewPackageForm, *, by: Account) -> Package:
    document = form.cleaned_data["expectation"]
    return names.create_package(
        form.cleaned_data["name"],
        by=by,
        maintainers=form.cleaned_data["maintainers"],
        expectation=read_expectation(document.encode()) if document else None,
    )


@require_POST
@never_cache
@login_required
@for_package
def add_robot(request: HttpRequest, package: Package) -> HttpResponse:
    """Make a robot of the package, and show the secret of its token, this once."""
    account = cast(Account, request.user)
    form = RobotForm(request.POST)
    try:
        refuse_unless_may_add(account, package)
        if form.is_valid():
            robot = names.add_robot(package, form.cleaned_data["username"], by=account)
            token, secret = create_token(robot, name="upload", package=package, days=ROBOT_TOKEN_DAYS)
            shown = {"package": package, "robot": robot, "token": token, "secret": secret, "upload_url": upload_url()}
            return render(request, "registry/robot_created.html", shown)
    except ChangeRefused as refused:
        if refused.reason not in (Reason.NAME_INVALID, Reason.NAME_TAKEN):
            return refusal_page(request, refused)
        form.add_error("username", str(refused))
    return render(request, "registry/package.html", _package_context(request, package, form), status=400)
