"""What the lists of packages and of a package's releases show, read with a fixed number of queries a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from packaging.version import Version

from expectations.models import DocumentVersion, Kind
from registry.models import File, LatestFile, Package, Release
from registry.queries import offered, offered_files
from registry.web.reviews import Reviews

VERDICT = Cast("verdict__document", JSONField())
LEVEL = KeyTextTransform("level", VERDICT)
"""The level of a file's verdict, read out of the document by the database: the whole of it can be large."""
BUILDER_NAME = KeyTextTransform("builder_name", VERDICT)
REVIEW_BY = KeyTextTransform("builder_review_by", VERDICT)
"""The entry of the roots by which the level is believed, and when it is to be reviewed."""

UNSIGNED = KeyTextTransform("unsigned", VERDICT)
"""Whether it rests on unsigned evidence, likewise: "true" where it does; verdicts of before that was possible say nothing."""


class Offered(NamedTuple):
    """What the list shows of a file."""

    version: str
    yanked_at: datetime | None
    summary: str
    level: str
    builder_name: str | None
    review_by: str | None
    unsigned: str | None


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package in the list: a file of its latest version, and the expectation in force.

    ``overdue`` is the day by which the builder's entry, by which the level is believed, should have been reviewed.
    """

    package: Package
    latest: Offered | None
    expectation: DocumentVersion | None
    overdue: date | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file with its level, ``overdue`` as for a package, and ``unsigned`` "true" where nobody signed its evidence."""

    file: File
    level: str
    overdue: date | None
    unsigned: str | None


def package_rows(packages: Sequence[Package]) -> list[PackageRow]:
    """Return what the list shows of these packages, in their order."""
    expectations, latest, reviews = _in_force(packages), _latest_of(packages), Reviews.in_force()
    return [
        _package_row(package, latest.get(package.pk), expectations.get(package.pk), reviews) for package in packages
    ]


def file_rows(release: Release) -> list[FileRow]:
    """Return the files that a release offers, by name."""
    reviews = Reviews.in_force()
    files = offered_files(release.package).filter(release=release).defer("metadata").select_related("release")
    told = files.annotate(level=LEVEL, builder_name=BUILDER_NAME, review_by=REVIEW_BY, unsigned=UNSIGNED)
    return [
        FileRow(file, file.level, reviews.overdue(file.builder_name, file.review_by), file.unsigned) for file in told
    ]


def _package_row(
    package: Package, latest: Offered | None, expectation: DocumentVersion | None, reviews: Reviews
) -> PackageRow:
    overdue = reviews.overdue(latest.builder_name, latest.review_by) if latest else None
    return PackageRow(package, latest, expectation, overdue)


def _in_force(packages: Sequence[Package]) -> dict[UUID | None, DocumentVersion]:
    versions = DocumentVersion.objects.filter(kind=Kind.EXPECTATION, package__in=packages)
    return {
        version.package_id: version for version in versions.order_by("package_id", "-number").distinct("package_id")
    }


def _latest_of(packages: Sequence[Package]) -> dict[UUID, Offered]:
    """Return what lists tell of each package by, of those that are noted; where it is offered no longer, all are looked at."""
    noted = LatestFile.objects.filter(package__in=packages, file__release__yanked_at=None).values("file")
    found = dict(_told(offered().filter(pk__in=noted)))
    missing = [package for package in packages if package.pk not in found]
    every: dict[UUID, list[Offered]] = defaultdict(list)
    for package_id, told in _told(offered().filter(release__package__in=missing)) if missing else ():
        every[package_id].append(told)
    return found | {package_id: max(told, key=_rank) for package_id, told in every.items()}


def _told(files: QuerySet[File]) -> Iterator[tuple[UUID, Offered]]:
    shown = (
        "release__package_id",
        "release__version",
        "release__yanked_at",
        "summary",
        LEVEL,
        BUILDER_NAME,
        REVIEW_BY,
        UNSIGNED,
    )
    for package_id, *told in files.order_by().values_list(*shown):
        yield package_id, Offered(*told)


def _rank(file: Offered) -> tuple[bool, bool, Version]:
    """The highest version; a yanked one or a pre-release only where there is nothing else, as pip chooses."""
    version = Version(file.version)
    return file.yanked_at is None, not version.is_prerelease, version
