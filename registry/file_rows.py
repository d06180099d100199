"""What an accepted file writes beside its verdict: its release if it is the first, itself, and its line of the index."""

from __future__ import annotations

from expectations.columns import Columns
from expectations.statements import Asked, Statement
from registry.models import File, IndexEntry, Release

_RELEASE = Columns(Release, "r")
_FILE = Columns(File, "f")
_ENTRY = Columns(IndexEntry, "e")

_WRITE_RELEASE, _WRITE_FILE, _WRITE_ENTRY = (Statement(columns.insert) for columns in (_RELEASE, _FILE, _ENTRY))


def writing(file: File, entry: IndexEntry) -> list[Asked]:
    """Return what writes the rows; the file's release too where it has none yet. To be sent, for the objects say it is done."""
    asked = [_WRITE_FILE(*_FILE.values(file)), _WRITE_ENTRY(*_ENTRY.values(entry))]
    if file.release._state.adding:
        asked.insert(0, _WRITE_RELEASE(*_RELEASE.values(file.release)))
        _RELEASE.written(file.release)
    _FILE.written(file)
    _ENTRY.written(entry)
    return asked
