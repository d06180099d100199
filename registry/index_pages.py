"""The index as it is stored: rendered when something changes, and read by one indexed read.

Whatever changes what a page shows outdates it in the same transaction, by triggers (``sql/0006_index_pages.sql``). Who
makes a frequent change renders the page at once; otherwise whoever first asks for an outdated page does.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from registry import index, queries
from registry.models import IndexEntry, IndexPage, Package

ALL = ""
"""The name of the list of all packages, which no package can have."""

RENDERER = 1
"""Rises with every change of what is rendered from the same rows, so that pages of before are made anew."""


class Form(StrEnum):
    """The two forms of the index, by the columns that hold them."""

    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page ready to send: its bytes, compressed by gzip or not, and the SHA-256 (hex) of them uncompressed."""

    content: bytes
    sha256: str


def find(name: str, form: Form, *, compressed: bool) -> StoredPage | None:
    """Return the page of a normalised name (or :data:`ALL`) in a form, or None where there is no such package."""
    column = f"{form}_gzip" if compressed else str(form)
    pages = IndexPage.objects.filter(name=name)
    row = pages.values_list("stamp", column, f"{form}_sha256").first()
    if row is not None and row[0] != _stamp():
        refresh(name)
        row = pages.values_list("stamp", column, f"{form}_sha256").get()
    return None if row is None else StoredPage(bytes(row[1]), row[2])


def refresh(name: str) -> None:
    """Render a page from the rows as they are, unless somebody just did. Of a normalised name with a package, or :data:`ALL`."""
    with transaction.atomic():
        page = IndexPage.objects.select_for_update().only("stamp").get(name=name)
        if page.stamp == _stamp():
            return
        made = _all_packages() if name == ALL else _package(Package.objects.get(name=name))
        page.stamp = _stamp()
        for form, content in made.items():
            setattr(page, form, content)
            setattr(page, f"{form}_gzip", gzip.compress(content, compresslevel=6, mtime=0))
            setattr(page, f"{form}_sha256", hashlib.sha256(content).hexdigest())
        page.save()


def _stamp() -> str:
    return f"{RENDERER} {settings.BASE_URL}"


def _all_packages() -> dict[Form, bytes]:
    page = index.root_page(queries.all_packages())
    return {Form.JSON: index.root_json(page), Form.HTML: index.root_html(page)}


def _package(package: Package) -> dict[Form, bytes]:
    _write_missing_entries(package)
    rows = queries.offered_entries(package)
    head = index.project_head(package, (version for version, _, _ in rows))
    return {
        Form.JSON: index.project_json(head, (json for _, json, _ in rows)),
        Form.HTML: index.project_html(head, (html for _, _, html in rows)),
    }


def _write_missing_entries(package: Package) -> None:
    """Most files have one from before: a page grows by what is new."""
    files = queries.visible_files(package).exclude(index_entry__stamp=_stamp())
    entries = [(file, index.file_entry(package, file)) for file in files]
    IndexEntry.objects.bulk_create(
        [
            IndexEntry(file=file, stamp=_stamp(), json=index.entry_json(entry), html=index.entry_html(entry))
            for file, entry in entries
        ],
        update_conflicts=True,
        unique_fields=["file"],
        update_fields=["stamp", "json", "html"],
    )
