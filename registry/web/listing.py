"""What the lists of packages and of a package's releases show, read with a fixed number of queries a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from packaging.version import Version

from expectations.models import DocumentVersion, Kind
from registry.models import File, Package
from registry.queries import visible_files

LEVEL = KeyTextTransform("level", Cast("verdict__document", JSONField()))
"""The level of a file's verdict, read out of the document by the database: the whole of it can be large."""

UNSIGNED = KeyTextTransform("unsigned", Cast("verdict__document", JSONField()))
"""Whether it rests on unsigned evidence, likewise: "true" where it does; verdicts of before that was possible say nothing."""


class Offered(NamedTuple):
    """What the list shows of a file."""

    version: str
    summary: str
    level: str
    unsigned: str | None


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package in the list: a file of its latest version, and the expectation in force."""

    package: Package
    latest: Offered | None
    expectation: DocumentVersion | None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A version with its files, each with its ``level``, and ``unsigned`` "true" where nobody signed its evidence."""

    version: str
    files: tuple[File, ...]


def package_rows(packages: Sequence[Package]) -> list[PackageRow]:
    """Return what the list shows of these packages, in their order."""
    expectations, offered = _in_force(packages), _offered(packages)
    return [PackageRow(package, _latest(offered[package.pk]), expectations.get(package.pk)) for package in packages]


def release_rows(package: Package) -> list[ReleaseRow]:
    """Return the package's releases that offer files, the newest version first."""
    releases: dict[str, list[File]] = defaultdict(list)
    for file in _bare(visible_files(package)).select_related("release").annotate(level=LEVEL, unsigned=UNSIGNED):
        releases[file.release.version].append(file)
    return [ReleaseRow(version, tuple(releases[version])) for version in sorted(releases, key=Version, reverse=True)]


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
        .values_list("release__package_id", "release__version", "summary", LEVEL, UNSIGNED)
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
    """Return a file of the highest version; of a pre-release only where there is nothing else, as pip chooses."""

    def rank(file: Offered) -> tuple[bool, Version]:
        version = Version(file.version)
        return not version.is_prerelease, version

    return max(files, key=rank, default=None)
