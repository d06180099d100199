"""The page of a package's releases: yanking them and taking that back, alone; reopening one that has closed, by two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from packaging.version import Version

from expectations import queries, trusted
from expectations.addresses import for_package
from expectations.documents import Status
from expectations.proposing import ProposingForm, ReasonField, base_of, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.refusal_page import refusal_page, status_of
from expectations.trusted import Trusted
from registry import releases as changes
from registry import roles
from registry.models import Account, Package, Release
from registry.queries import offered_files
from verification.canonical import JsonValue, parse_strict

DAYS = 7
"""For how long the form proposes to reopen a release."""

RELEASES_A_PAGE = 100

MAX_DAYS = 60
"""For how long it can: after that nobody remembers why."""


class YankForm(forms.Form):
    """A release and why nobody should choose it."""

    release = forms.ChoiceField(label="Release")
    why = forms.CharField(
        label="Reason",
        max_length=changes.MAX_REASON,
        widget=forms.TextInput,
        help_text="One line. Everybody reads it: on the page, in the index, and in what pip says.",
    )

    def __init__(self, *args: Any, standing: list[Release], **kwargs: Any) -> None:
        """Offer those of the package's releases that are not yanked yet."""
        super().__init__(*args, **kwargs)
        _offer(self, [release for release in standing if release.yanked_at is None])


class ReopeningForm(ProposingForm):
    """A release that has closed, and until when it takes files again."""

    release = forms.ChoiceField(label="Release")
    days = forms.IntegerField(
        label="For how many days",
        min_value=1,
        max_value=MAX_DAYS,
        initial=DAYS,
        help_text="From now on, not from then.",
    )
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, standing: list[Release], **kwargs: Any) -> None:
        """Offer those of the package's releases that have closed."""
        super().__init__(*args, **kwargs)
        self._package = package
        _offer(self, [release for release, until in _take_files(package, standing) if until is None])

    def about(self) -> Trusted:
        """The state, which says what is reopened."""
        return trusted.status_of(self._package)

    def content(self) -> JsonValue:
        """Return the state as it is, with this release reopened; what has closed again is left out."""
        now, today = queries.status(self._package), changes.today()
        release = Release.objects.get(pk=UUID(self.cleaned_data["release"]), package=self._package)
        still = {version: until for version, until in now.reopened.items() if until >= today}
        still[release.canonical_version] = today + timedelta(days=self.cleaned_data["days"])
        return parse_strict(Status(now.state, now.note, still).canonical)


def _offer(form: forms.Form, offered: list[Release]) -> None:
    field = form.fields["release"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(str(release.pk), release.version) for release in offered]


def _standing(package: Package) -> list[Release]:
    """Return the releases that nobody deleted, the newest version first."""
    found = package.releases.filter(deleted_at=None)
    return sorted(found, key=lambda release: Version(release.version), reverse=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A release on the page, until when it takes files (None where it takes none), and whether it has a page of its own."""

    release: Release
    takes_files_until: datetime | None
    offers_files: bool


def _take_files(package: Package, releases: Iterable[Release]) -> Iterator[tuple[Release, datetime | None]]:
    """Yield each release of the package with until when it takes files."""
    policy, status = queries.read_policy(queries.active_policy_version()), queries.status(package)
    now = changes.now()
    for release in releases:
        until = max(changes.closes_at(release, policy), changes.reopened_until(release, status))
        yield release, until if until > now else None


def _rows(package: Package, releases: Sequence[Release]) -> list[Row]:
    offering = set(offered_files(package).filter(release__in=releases).values_list("release", flat=True))
    return [Row(release, until, release.pk in offering) for release, until in _take_files(package, releases)]


@require_http_methods(["GET", "HEAD", "POST"])
@for_package
def releases(request: HttpRequest, package: Package) -> HttpResponse:
    """Show the releases with their states, and to maintainers the forms."""
    return _propose(request, package) if request.method == "POST" else _page(request, package)


@login_required
def _propose(request: HttpRequest, package: Package) -> HttpResponse:
    form = ReopeningForm(request.POST, package=package, standing=_standing(package), auto_id="reopen_%s")
    return take(
        request, form, package, lambda refused, code: _page(request, package, form=form, refused=refused, code=code)
    )


@require_POST
@never_cache
@login_required
@for_package
def yank(request: HttpRequest, package: Package) -> HttpResponse:
    """Yank a release, by one maintainer."""
    form = YankForm(request.POST, standing=_standing(package), auto_id="yank_%s")
    if not form.is_valid():
        return _page(request, package, yanking=form, code=400)
    release = Release.objects.select_related("package").get(pk=UUID(form.cleaned_data["release"]), package=package)
    try:
        changes.yank(release, reason=form.cleaned_data["why"], by=cast("Account", request.user))
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    messages.success(request, f"{release.version} is yanked. One maintainer can take it back.")
    return redirect("releases", name=package.name)


@require_POST
@never_cache
@login_required
@for_package
def unyank(request: HttpRequest, package: Package, release_id: UUID) -> HttpResponse:
    """Take back that a release is yanked, by one maintainer."""
    release = get_object_or_404(Release.objects.select_related("package"), pk=release_id, package=package)
    try:
        changes.unyank(release, by=cast("Account", request.user))
    except ChangeRefused as refused:
        return refusal_page(request, refused)
    messages.success(request, f"{release.version} is no longer yanked.")
    return redirect("releases", name=package.name)


def _page(
    request: HttpRequest,
    package: Package,
    *,
    form: ReopeningForm | None = None,
    yanking: YankForm | None = None,
    refused: ChangeRefused | None = None,
    code: int = 200,
) -> HttpResponse:
    about = trusted.status_of(package)
    standing = _standing(package)
    page = Paginator(standing, RELEASES_A_PAGE).get_page(request.GET.get("page"))
    beginning = {"days": DAYS, **base_of(about)}
    form = form or ReopeningForm(package=package, standing=standing, initial=beginning, auto_id="reopen_%s")
    yanking = yanking or YankForm(standing=standing, auto_id="yank_%s")
    context = {
        "package": package,
        "page": page,
        "rows": _rows(package, list(page.object_list)),
        "days": queries.read_policy(queries.active_policy_version()).release_days,
        "proposals": queries.open_proposals(about),
        "maintains": request.user.has_perm(roles.MAINTAIN, package),
        "yanking": yanking,
        "form": form,
        "refused": refused,
        "nothing_to_yank": not yanking.fields["release"].choices,  # type: ignore[attr-defined]  # it is a ChoiceField
        "nothing_closed": not form.fields["release"].choices,  # type: ignore[attr-defined]  # it is a ChoiceField
        **may_propose(request, package),
    }
    return render(request, "registry/releases.html", context, status=status_of(refused.reason) if refused else code)
