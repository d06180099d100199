"""Finding packages by name and by what they say of themselves, with PostgreSQL's full-text search.

A name that was asked for comes first, then those that begin with it or have it in them, then packages whose words fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from packaging.version import Version

from expectations.statements import Asked, Statement, together
from registry.core_metadata import CoreMetadata, read_core_metadata
from registry.models import File, Package

MOST = 1000
"""Matches of each kind that are ranked and listed: a word that all packages have in common tells nobody anything."""

LONGEST_QUERY = 200
LONGEST_TEXT = 20_000
"""Characters of a description, or of all keywords and classifiers, whose words are kept. PostgreSQL fails beyond a megabyte."""

_NOTE = Statement("""
INSERT INTO registry_latestfile (package_id, file_id, words) VALUES (
    %s, %s,
    setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('english', %s), 'B')
    || setweight(to_tsvector('english', %s), 'B') || setweight(to_tsvector('english', %s), 'D'))
ON CONFLICT (package_id) DO UPDATE SET file_id = EXCLUDED.file_id, words = EXCLUDED.words
""")

NOTED = Statement("SELECT l.file_id FROM registry_latestfile l WHERE l.package_id = %s")
"""Asks by which file lists and search tell of a package."""

_METADATA = Statement("SELECT f.metadata FROM registry_file f WHERE f.id = %s")

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


def noting(
    package: Package, offered: Sequence[tuple[UUID, str, bool]], noted: UUID | None, at_hand: File | None
) -> list[Asked]:
    """Return what notes by which file lists and search tell of a package, if it is another than ``noted``.

    Of each file on offer come id, version, and whether it is yanked. Of ``at_hand`` the metadata need not be asked for.
    """
    if not offered:
        return []
    files = {(not yanked, version): file for file, version, yanked in offered}
    file = files[max(files, key=lambda key: (key[0], not Version(key[1]).is_prerelease, Version(key[1])))]
    if file == noted:
        return []
    if at_hand is not None and at_hand.pk == file:
        content = at_hand.metadata
    else:
        (((content,),),) = together(_METADATA(file))
    return [_note(package, file, read_core_metadata(bytes(content)))]


def _note(package: Package, file: UUID, metadata: CoreMetadata) -> Asked:
    keywords = " ".join([*metadata.keywords, *metadata.classifiers])[:LONGEST_TEXT]
    texts = (metadata.summary, keywords, metadata.description[:LONGEST_TEXT])
    return _NOTE(package.pk, file, package.name, *map(_text, texts))


def _text(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\0", " ")
