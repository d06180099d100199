"""A release as its page shows it: files with what they were let in by, and what its own metadata says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from expectations.addresses import for_package
from expectations.documents import PackageState
from registry.core_metadata import CoreMetadata, read_core_metadata
from registry.descriptions.stored import shown
from registry.models import File, Package, Release, VerdictRecord
from registry.queries import offered_files
from registry.web.listing import FileRow, file_rows
from registry.web.provenance_words import tell_verdict

LISTED = 300
"""Releases that the page of a package, and of each of its releases, lists; the page of releases has all, some at a time."""


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in the list of all: when its first file came, and how many files it offers."""

    release: Release
    uploaded_at: datetime
    files: int


@dataclass(frozen=True, slots=True)
class ReleaseTelling:
    """A release with its files. ``level`` is the lowest of theirs; ``description`` is safe HTML."""

    release: Release
    files: tuple[FileRow, ...]
    level: str
    metadata: CoreMetadata
    description: SafeString


def release_lines(package: Package) -> list[ReleaseLine]:
    """Return the releases that offer files, the highest version first."""
    counted = {
        row["release"]: (row["first"], row["files"])
        for row in offered_files(package)
        .order_by()
        .values("release")
        .annotate(first=Min("uploaded_at"), files=Count("pk"))
    }
    offering = (release for release in package.releases.all() if release.pk in counted)
    releases = sorted(offering, key=lambda one: Version(one.version), reverse=True)
    return [ReleaseLine(release, *counted[release.pk]) for release in releases]


def listed(lines: list[ReleaseLine]) -> dict[str, object]:
    """Return for a page the releases that it lists, and how many there are."""
    return {"lines": lines[:LISTED], "releases": len(lines)}


def latest(lines: list[ReleaseLine]) -> Release | None:
    """Return the highest version; a yanked one or a pre-release only where there is nothing else, as pip chooses."""

    def rank(release: Release) -> tuple[bool, bool, Version]:
        version = Version(release.version)
        return release.yanked_at is None, not version.is_prerelease, version

    return max((line.release for line in lines), key=rank, default=None)


def tell(release: Release) -> ReleaseTelling:
    """Return what a page shows of a release that offers files."""
    files = file_rows(release)
    # A wheel's metadata is sure to stay as it is; an sdist's can be another once it is built.
    kinds = sorted(files, key=lambda row: row.file.filetype != File.Filetype.WHEEL)
    content = File.objects.filter(pk=kinds[0].file.pk).values_list("metadata", flat=True).get()
    metadata = read_core_metadata(bytes(content))
    return ReleaseTelling(
        release,
        tuple(files),
        min(row.level for row in files),
        metadata,
        shown(metadata.description, metadata.content_type) if metadata.description.strip() else SafeString(),
    )


@require_safe
@for_package
def release(request: HttpRequest, package: Package, version: str) -> HttpResponse:
    """Show a release; another spelling of its version leads to it."""
    found = _find(package, version)
    if found.version != version:
        return redirect("release", name=package.name, version=found.version, permanent=True)
    lines = release_lines(package)
    if found.pk not in {line.release.pk for line in lines}:
        raise Http404
    telling = tell(found)
    context = {
        "package": package,
        "telling": telling,
        "built": _built(telling.files[0].file),
        "latest": latest(lines),
        **listed(lines),
        "index_url": f"{settings.BASE_URL}/simple/",
        "closed_or_advised": package.state != PackageState.ACTIVE,
    }
    return render(request, "registry/release.html", context)


def _built(file: File) -> str:
    """Return in one sentence what the provenance says that a file was let in by; empty where nothing is kept of it."""
    matched = tell_verdict(VerdictRecord.objects.get(file=file).document).matched
    return matched.sentence if matched else ""


def _find(package: Package, version: str) -> Release:
    try:
        canonical = canonicalize_version(Version(version))
    except InvalidVersion as error:
        raise Http404 from error
    found = Release.objects.filter(package=package, canonical_version=canonical, deleted_at=None).first()
    if found is None:
        raise Http404
    return found
