"""The index as it is stored: rendered when something changes, and read by one indexed read.

Whatever changes what a page shows outdates it in the same transaction, by triggers (``sql/0006_index_pages.sql``). Who
makes a frequent change renders the page at once; otherwise whoever first asks for an outdated page does.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import starmap

from django.conf import settings
from django.db import connection, transaction

from expectations.statements import Asked, Row, Statement, together
from registry import index, queries, search
from registry.database.prepared import row_of
from registry.models import File, IndexEntry, Package
from registry.queries import OfferedEntry, Served

ALL = ""
"""The name of the list of all packages, which no package can have."""

RENDERER = 2
"""Rises with every change of what is rendered from the same rows, so that pages of before are made anew."""


AT_ONCE = 1000
"""Files whose entries are made at once. Their evidence is in memory then, of each some kilobytes, and PostgreSQL takes 65535
values beside a statement: a package of more files would have had no page any more once all its entries were outdated."""


class Form(StrEnum):
    """The two forms of the index, by the columns that hold them."""

    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page ready to send: its bytes, compressed by gzip or not, and the SHA-256 (hex) of them uncompressed."""

    content: bytes
    sha256: str


Find = Callable[[str, Form, bool], StoredPage | None]
"""How a page is looked for: by a normalised name (or :data:`ALL`), its form, and whether compressed."""


def find(name: str, form: Form, compressed: bool) -> StoredPage | None:
    """Return a page, made anew where it is outdated, or None where there is no such package."""
    row = _stored(name, form, compressed)
    if row is not None and row[0] != _stamp():
        refresh(name)
        row = _stored(name, form, compressed)
    return None if row is None else StoredPage(row[1], row[2])


def find_current(name: str, form: Form, compressed: bool) -> StoredPage | None:
    """Return a page as it is stored, or None where there is none or it is outdated.

    One read by Django's connection, which takes no part in it beyond being one that works. Raises django.db.Error.
    """
    connection.close_if_unusable_or_obsolete()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        row = row_of(_SELECT[form, compressed], connection.connection, name)
    if row is None or row[0] != _stamp().encode():
        return None
    _, content, sha256 = row
    assert content is not None, "a page that was rendered has all its forms"
    assert sha256 is not None, "and their hashes"
    return StoredPage(content, sha256.decode())


def _stored(name: str, form: Form, compressed: bool) -> tuple[str, bytes, str] | None:
    (rows,) = together(_SELECT[form, compressed](name))
    return rows[0] if rows else None


_SELECT = {
    (form, compressed): Statement(
        f"SELECT stamp, {form}{'_gzip' if compressed else ''}, {form}_sha256 FROM registry_indexpage WHERE name = %s"  # noqa: S608  (columns of our own)
    )
    for form in Form
    for compressed in (True, False)
}


def refresh(name: str) -> None:
    """Render a page from the rows as they are, unless somebody just did. Of a normalised name with a package, or :data:`ALL`."""
    with transaction.atomic(savepoint=False):
        if _locked_stamp(name) != _stamp():
            _render(name)


def _render(name: str) -> None:
    """Render a page from the rows as they are. The caller's transaction has its row locked."""
    if name == ALL:
        together(_update(ALL, _all_packages()))
        return
    package = queries.package_called(name)
    assert package is not None, "a page has a package of its name"
    together(*writing(together(*asking(package))))


def asking(package: Package) -> list[Asked]:
    """Return what asks for everything that a package's page is made of; :func:`writing` takes the answers."""
    return [queries.PACKAGE_CALLED(package.name), queries.offered_entries(package), search.NOTED(package.pk)]


def writing(answers: Sequence[Sequence[Row]], at_hand: File | None = None) -> list[Asked]:
    """Return what writes a package's page, and by which file search tells of it. To be sent in the transaction that has asked.

    That one has the page's row locked: who outdates a page has. ``at_hand`` is a file whose metadata need not be read again.
    """
    found, offered, noted = answers
    package, rows = queries.package_in(found), list(starmap(OfferedEntry, offered))
    assert package is not None, "a page has a package of its name"
    if any(row.stamp != _stamp() for row in rows):
        _write_missing_entries(package)
        (again,) = together(queries.offered_entries(package))
        rows = list(starmap(OfferedEntry, again))
    latest = search.noting(
        package, [(row.file, row.version, row.yanked) for row in rows], noted[0][0] if noted else None, at_hand
    )
    return [_update(package.name, _package(package, rows)), *latest]


def _update(name: str, made: Mapping[Form, bytes]) -> Asked:
    values: list[str | bytes] = [_stamp()]
    for form in Form:
        content = made[form]
        values += [content, gzip.compress(content, compresslevel=6, mtime=0), hashlib.sha256(content).hexdigest()]
    return _UPDATE(*values, name)


def _locked_stamp(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM registry_indexpage WHERE name = %s FOR UPDATE", [name])
        (stamp,) = cursor.fetchone()
    return str(stamp)


_COLUMNS = (f"{form}{part} = %s" for form in Form for part in ("", "_gzip", "_sha256"))
_UPDATE = Statement(f"UPDATE registry_indexpage SET stamp = %s, {', '.join(_COLUMNS)} WHERE name = %s")  # noqa: S608  (columns of our own)


def _stamp() -> str:
    return f"{RENDERER} {settings.BASE_URL}"


def _all_packages() -> dict[Form, bytes]:
    page = index.root_page(queries.all_packages())
    return {Form.JSON: index.root_json(page), Form.HTML: index.root_html(page)}


def _package(package: Package, rows: Sequence[OfferedEntry]) -> dict[Form, bytes]:
    head = index.project_head(package, (row.version for row in rows))
    return {
        Form.JSON: index.project_json(head, (row.json for row in rows)),
        Form.HTML: index.project_html(head, (row.html for row in rows)),
    }


def entry_of(package: Package, file: File, served: Sequence[Served], *, published: bool) -> IndexEntry:
    """Return a file's line of its package's page, to be written with it; its page shows it once the file is on offer.

    ``published``: PEP 740 has a form for its provenance.
    """
    entry = index.file_entry(package, file, served, published=published)
    return IndexEntry(file=file, stamp=_stamp(), json=index.entry_json(entry), html=index.entry_html(entry))


def entry_anew(package: Package, file: File) -> IndexEntry:
    """Return the same from the rows of a file that is in."""
    served = queries.served_evidence(file)
    return entry_of(package, file, served, published=queries.has_provenance(file, served))


def _write_missing_entries(package: Package) -> None:
    """Nearly all files have one, from when they came: what is missing was outdated, or made by another renderer."""
    missing = queries.visible_files(package).exclude(index_entry__stamp=_stamp())
    while files := list(missing[:AT_ONCE]):
        IndexEntry.objects.bulk_create(
            [entry_anew(package, file) for file in files],
            update_conflicts=True,
            unique_fields=["file"],
            update_fields=["stamp", "json", "html"],
        )
