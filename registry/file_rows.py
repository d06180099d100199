"""What an accepted file writes beside its verdict: its release if it is the first, itself, and its line of the index."""

from __future__ import annotations

from django.db import connection

from expectations.columns import Columns
from registry.models import File, IndexEntry, Release

_RELEASE = Columns(Release, "r")
_FILE = Columns(File, "f")
_ENTRY = Columns(IndexEntry, "e")

_WRITE_FILE = f"WITH file AS ({_FILE.insert}) {_ENTRY.insert}"
_WRITE_RELEASE = f"WITH release AS ({_RELEASE.insert}), file AS ({_FILE.insert}) {_ENTRY.insert}"


def write(file: File, entry: IndexEntry) -> None:
    """Write the rows in the caller's transaction; the file's release too where it has none yet."""
    release = file.release
    begins = release._state.adding
    values = [*_FILE.values(file), *_ENTRY.values(entry)]
    with connection.cursor() as cursor:
        if begins:
            cursor.execute(_WRITE_RELEASE, [*_RELEASE.values(release), *values])
            _RELEASE.written(release)
        else:
            cursor.execute(_WRITE_FILE, values)
    _FILE.written(file)
    _ENTRY.written(entry)
