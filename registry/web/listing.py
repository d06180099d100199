"""What the lists of packages and of a package's releases show, read with a fixed number of queries a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from packaging.version import Version

from expectations.models import DocumentVersion, Kind
from registry.models import File, Package
from registry.queries import visible_files


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package in the list: its latest version with summary and SLSA build level, and the expectation in force."""

    package: Package
    version: str = ""
    summary: str = ""
    level: str = ""
    expectation: DocumentVersion | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A version with its files, each annotated with its ``level``."""

    version: str
    files: tuple[File, ...]


def package_rows(packages: Sequence[Package]) -> list[PackageRow]:
    """Return what the list shows of these packages, in their order."""
    expectations = _in_force(packages)
    latest = {package: _latest(rows) for package, rows in _files_by_package(packages).items()}
    return [
        PackageRow(package, *latest.get(package.pk, ()), expectation=expectations.get(package.pk)) for package in packages
    ]


def release_rows(package: Package) -> list[ReleaseRow]:
    """Return the package's releases that offer files, the newest version first."""
    releases: dict[str, list[File]] = defaultdict(list)
    for file in _with_level(visible_files(package)).select_related("release", "uploaded_by"):
        releases[file.release.version].append(file)
    return [ReleaseRow(version, tuple(releases[version])) for version in sorted(releases, key=Version, reverse=True)]


def _in_force(packages: Sequence[Package]) -> dict[UUID | None, DocumentVersion]:
    versions = DocumentVersion.objects.filter(kind=Kind.EXPECTATION, package__in=packages)
    return {version.package_id: version for version in versions.order_by("package", "-number").distinct("package")}


def _files_by_package(packages: Sequence[Package]) -> dict[UUID, list[tuple[str, str, str]]]:
    """One query for all: a union of what each package offers, so that "offered" stays defined in one place."""
    found: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    offered: list[QuerySet[File, Any]] = [
        _with_level(visible_files(package))
        .order_by()
        .values_list("release__package_id", "release__version", "summary", "level")
        for package in packages
    ]
    if offered:
        for package, *row in offered[0].union(*offered[1:], all=True):
            found[package].append((row[0], row[1], row[2]))
    return found


def _with_level(files: QuerySet[File]) -> QuerySet[File]:
    """Files with their verdict's level, which the database reads out of the document: the whole of it can be large."""
    level = KeyTextTransform("level", Cast("verdict__document", JSONField()))
    bare = files.select_related(None).prefetch_related(None).defer(None).defer("metadata")
    return bare.annotate(level=level)


def _latest(rows: Iterable[tuple[str, str, str]]) -> tuple[str, str, str]:
    """The row of the highest version; a pre-release only where there is nothing else, as pip chooses."""

    def rank(row: tuple[str, str, str]) -> tuple[bool, Version]:
        version = Version(row[0])
        return not version.is_prerelease, version

    return max(rows, key=rank)
