"""The page by which the deletion of a file or release is proposed, and what was deleted before."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from packaging.version import Version

from expectations import queries, trusted
from expectations.addresses import for_package
from expectations.documents import Deletion
from expectations.models import DocumentVersion, Kind
from expectations.names import deleted_thing
from expectations.pages import in_time
from expectations.proposing import ProposingForm, ReasonField, may_propose, take
from expectations.refusal import ChangeRefused
from expectations.trusted import Trusted
from expectations.voices import NEEDED
from expectations.waiting import told
from registry.models import File, Package, Release
from verification.canonical import JsonValue, parse_strict


class DeletionForm(ProposingForm):
    """A file or a whole release of a package, chosen from what stands."""

    what = forms.ChoiceField(label="What is deleted")
    reason = ReasonField()

    def __init__(self, *args: Any, package: Package, **kwargs: Any) -> None:
        """Offer what the package has."""
        super().__init__(*args, **kwargs)
        self._package = package
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = _choices(package)

    def about(self) -> Trusted:
        """The file or release."""
        chosen = UUID(self.cleaned_data["what"])
        file = File.objects.filter(pk=chosen, release__package=self._package).first()
        return trusted.deletion_of(file or Release.objects.get(pk=chosen, package=self._package), self._package)

    def content(self) -> JsonValue:
        """Return the one document that there is."""
        return parse_strict(Deletion().canonical)


def _choices(package: Package) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each release that stands, the newest version first, with its files."""
    releases = package.releases.filter(deleted_at=None)
    ordered = sorted(releases, key=lambda release: Version(release.version), reverse=True)
    files: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    standing = File.objects.filter(release__package=package, deleted_at=None)
    for release_id, file, filename in standing.values_list("release_id", "pk", "filename"):
        files[release_id].append((str(file), filename))
    return [
        (
            f"Release {release.version}",
            [(str(release.pk), f"{release.version} with all its files"), *files[release.pk]],
        )
        for release in ordered
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_package
def deletion(request: HttpRequest, package: Package) -> HttpResponse:
    """Show what two people agreed to delete, and to maintainers and stewards the form that proposes more."""
    return _propose(request, package) if request.method == "POST" else _page(request, package)


@login_required
def _propose(request: HttpRequest, package: Package) -> HttpResponse:
    form = DeletionForm(request.POST, package=package)
    return take(request, form, package, lambda refused, status: _page(request, package, form, refused, status))


def _page(
    request: HttpRequest,
    package: Package,
    form: DeletionForm | None = None,
    refused: ChangeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    may = may_propose(request, package)
    if form is None and may["may_propose"]:  # for everybody else it would be made of every file, and not be shown
        form = DeletionForm(package=package)
    deleted = DocumentVersion.objects.filter(kind=Kind.DELETION, package=package).order_by("-activated_at")
    open_ones = [proposal for proposal in queries.open_proposals_of([package]) if proposal.kind == Kind.DELETION]
    context = {
        "package": package,
        "deleted": [(deleted_thing(version.object), in_time(version)) for version in deleted],
        "proposals": told(open_ones),
        "needed": NEEDED,
        "form": form,
        "nothing_left": not package.releases.filter(deleted_at=None).exists(),
        "refused": refused,
        **may,
    }
    return render(request, "registry/deletion.html", context, status=status)
