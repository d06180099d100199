"""Where a file would come: its package as it is now, the release of its version, and whoever has its name already."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from packaging.utils import canonicalize_version

from expectations.columns import Columns
from registry.models import File, Package, Release
from verification.subject import Artifact, identity_of

_RELEASE = Columns(Release, "r")
_FIND = f"""
SELECT p.state, p.state_note, p.stored_bytes,
    (SELECT f.id FROM registry_file f WHERE f.identity = %s),
    (SELECT count(*) FROM registry_file f WHERE f.release_id = r.id AND f.deleted_at IS NULL),
    {_RELEASE.selected}
FROM registry_package p LEFT JOIN registry_release r ON r.package_id = p.id AND r.canonical_version = %s
WHERE p.id = %s
"""  # noqa: S608  (the columns are the model's, and every value is a parameter)
_RELEASE_FROM = 5


@dataclass(frozen=True, slots=True)
class Place:
    """The release of the file's version, if there is one, how many files it offers, and the file that has its name.

    Installers take all spellings of a wheel's name for the same file, so the name is had in any spelling.
    """

    release: Release | None
    release_files: int
    existing: File | None


def find_place(package: Package, artifact: Artifact) -> Place:
    """Return a file's place, and note on the package the state and the bytes that it has at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [identity_of(artifact.filename), canonicalize_version(artifact.version), package.pk])
        row = cursor.fetchone()
    package.state, package.state_note, package.stored_bytes, existing, release_files = row[:_RELEASE_FROM]
    release = _RELEASE.read(row, _RELEASE_FROM)
    if release is not None:
        release.package = package
    return Place(release, release_files, None if existing is None else _file(existing))


def _file(existing: UUID) -> File:
    return File.objects.select_related("release__package").get(pk=existing)
