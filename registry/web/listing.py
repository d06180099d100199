"""What the lists of packages and of a package's releases show, read with a fixed number of queries a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from packaging.version import Version

from expectations.models import DocumentVersion, Kind
from registry.models import File, Package
from registry.queries import visible_files
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


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A version with its files; ``yanked`` is the reason for which it is, None where it is not."""

    version: str
    yanked: str | None
    files: tuple[FileRow, ...]


def package_rows(packages: Sequence[Package]) -> list[PackageRow]:
    """Return what the list shows of these packages, in their order."""
    expectations, offered, reviews = _in_force(packages), _offered(packages), Reviews.in_force()
    return [
        _package_row(package, _latest(offered[package.pk]), expectations.get(package.pk), reviews)
        for package in packages
    ]


def release_rows(package: Package) -> list[ReleaseRow]:
    """Return the package's releases that offer files, the newest version first."""
    releases: dict[str, list[FileRow]] = defaultdict(list)
    yanked: dict[str, str | None] = {}
    reviews = Reviews.in_force()
    files = _bare(visible_files(package)).select_related("release")
    for file in files.annotate(level=LEVEL, builder_name=BUILDER_NAME, review_by=REVIEW_BY, unsigned=UNSIGNED):
        overdue = reviews.overdue(file.builder_name, file.review_by)
        release = file.release
        releases[release.version].append(FileRow(file, file.level, overdue, file.unsigned))
        yanked[release.version] = release.yank_reason if release.yanked_at else None
    return [
        ReleaseRow(version, yanked[version], tuple(releases[version]))
        for version in sorted(releases, key=Version, reverse=True)
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


def _offered(packages: Sequence[Package]) -> dict[UUID, list[Offered]]:
    """One query for all: a union of what each package offers, so that "offered" stays defined in one place."""
    found: dict[UUID, list[Offered]] = defaultdict(list)
    each = [
        _bare(visible_files(package))
        .order_by()
        .values_list(
            "release__package_id",
            "release__version",
            "release__yanked_at",
            "summary",
            LEVEL,
            BUILDER_NAME,
            REVIEW_BY,
            UNSIGNED,
        )
        for package in packages
    ]
    if each:
        for package_id, *shown in each[0].union(*each[1:], all=True):
            found[package_id].append(Offered(*shown))
    return found


def _bare(files: QuerySet[File]) -> QuerySet[File]:
    """Leave evidence and verdicts unread."""
    return files.select_related(None).prefetch_related(None)


def _latest(files: Iterable[Offered]) -> Offered | None:
    """Return a file of the highest version; of a yanked one or a pre-release only where there is nothing else, as pip chooses."""

    def rank(file: Offered) -> tuple[bool, bool, Version]:
        version = Version(file.version)
        return file.yanked_at is None, not version.is_prerelease, version

    return max(files, key=rank, default=None)
