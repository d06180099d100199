"""Finding packages by name and by what they say of themselves, with PostgreSQL's full-text search.

A name that was asked for comes first, then those that begin with it or have it in them, then packages whose words fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from packaging.version import Version

from registry.core_metadata import CoreMetadata, read_core_metadata
from registry.models import Package

MOST = 1000
"""Matches of each kind that are ranked and listed: a word that all packages have in common tells nobody anything."""

LONGEST_QUERY = 200
LONGEST_TEXT = 20_000
"""Characters of a description, or of all keywords and classifiers, whose words are kept. PostgreSQL fails beyond a megabyte."""

_NOTE = """
INSERT INTO registry_latestfile (package_id, file_id, words) VALUES (
    %(package)s, %(file)s,
    setweight(to_tsvector('simple', %(name)s), 'A') || setweight(to_tsvector('english', %(summary)s), 'B')
    || setweight(to_tsvector('english', %(keywords)s), 'B') || setweight(to_tsvector('english', %(description)s), 'D'))
ON CONFLICT (package_id) DO UPDATE SET file_id = EXCLUDED.file_id, words = EXCLUDED.words
"""

_UNNOTED = """
SELECT f.metadata FROM registry_file f WHERE f.id = %s
AND NOT EXISTS (SELECT FROM registry_latestfile l WHERE l.package_id = %s AND l.file_id = %s)
"""

_FIND = """
WITH asked AS (SELECT websearch_to_tsquery('english', %(words)s) || websearch_to_tsquery('simple', %(words)s) AS words),
named AS (
    SELECT id AS package_id FROM registry_package WHERE name LIKE %(inside)s
    ORDER BY name <> %(name)s, name NOT LIKE %(begins)s, length(name), name LIMIT %(most)s
), fitting AS (
    SELECT l.package_id FROM registry_latestfile l, asked WHERE l.words @@ asked.words LIMIT %(most)s
), found AS (SELECT package_id FROM named UNION SELECT package_id FROM fitting)
SELECT p.id FROM found JOIN registry_package p ON p.id = found.package_id
LEFT JOIN registry_latestfile l ON l.package_id = p.id CROSS JOIN asked
ORDER BY p.name <> %(name)s, p.name NOT LIKE %(begins)s, p.name NOT LIKE %(inside)s,
    ts_rank(l.words, asked.words) DESC NULLS LAST, length(p.name), p.name
"""


def find(query: str) -> list[UUID]:
    """Return the ids of the packages that a query finds, the best first; none for a query without a letter or digit."""
    asked = query.replace("\0", "")[:LONGEST_QUERY].strip()
    # "Flask_Login" finds flask-login, as it does in an address.
    name = asked.replace("_", "-").replace(".", "-").replace(" ", "-").lower()
    if not any(character.isalnum() for character in asked):
        return []
    pattern = name.replace("\\", "\\\\").replace("%", "\\%")
    told: dict[str, str | int] = {
        "words": asked,
        "name": name,
        "begins": f"{pattern}%",
        "inside": f"%{pattern}%",
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, told)
        return [row[0] for row in cursor.fetchall()]


def note_latest(package: Package, offered: Sequence[tuple[UUID, str, bool]]) -> None:
    """Note by which file lists and search tell of a package; of each on offer come id, version, and whether it is yanked."""
    if not offered:
        return
    files = {(not yanked, version): file for file, version, yanked in offered}
    file = files[max(files, key=lambda key: (key[0], not Version(key[1]).is_prerelease, Version(key[1])))]
    with connection.cursor() as cursor:
        cursor.execute(_UNNOTED, [file, package.pk, file])
        row = cursor.fetchone()
    if row is not None:
        _note(package, file, read_core_metadata(bytes(row[0])))


def _note(package: Package, file: UUID, metadata: CoreMetadata) -> None:
    told: dict[str, str | UUID] = {
        "package": package.pk,
        "file": file,
        "name": package.name,
        "summary": _text(metadata.summary),
        "keywords": _text(" ".join([*metadata.keywords, *metadata.classifiers])[:LONGEST_TEXT]),
        "description": _text(metadata.description[:LONGEST_TEXT]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, told)


def _text(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\0", " ")
