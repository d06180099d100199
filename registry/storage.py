"""Where the bytes of files live: a quarantine that is written to while receiving, and blobs under their content address.

What a crash leaves: a quarantined file, which the sweep promotes if a row names its content and deletes if none does.
Promotion may be repeated: the same content ends at the same address.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages

ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a quarantined file that no row names belongs to no upload that is still under way."""


def blob_name(sha256: str) -> str:
    """Return the content address of a blob: two levels, so that no folder grows with the store."""
    return f"{sha256[:2]}/{sha256}"


class ContentAddressedStorage(FileSystemStorage):
    """Blobs under their SHA-256 on a file system. Written by promotion alone, never overwritten with other content."""

    def promote(self, quarantined: Path, sha256: str) -> None:
        """Give a quarantined file its content address too, durably; its quarantined name stays for the caller to remove.

        May be repeated, and may meet another promotion of the same content: both end at the same address.
        Raises FileNotFoundError where the content stands at neither place.
        """
        target = Path(self.path(blob_name(sha256)))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(quarantined, target)
        except FileExistsError:
            return
        except FileNotFoundError:
            if not target.exists():
                raise
        _fsync_folder(target.parent)
        _fsync_folder(target.parent.parent)


def blobs() -> ContentAddressedStorage:
    """Return the configured store of blobs."""
    storage = storages["blobs"]
    assert isinstance(storage, ContentAddressedStorage)
    return storage


def quarantine() -> Path:
    """Return the folder of files that nobody has judged yet, made when it is not there."""
    folder = Path(settings.QUARANTINE)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def quarantined_with(sha256: str) -> Path | None:
    """Return a completely received quarantined file of this content, if one is left."""
    return next(iter(sorted(quarantine().glob(f"{sha256}-*"))), None)


def discard_abandoned(named: set[str]) -> int:
    """Delete quarantined files that are old and whose content no row names; return how many."""
    count = 0
    for path in quarantine().iterdir():
        is_old = time.time() - path.stat().st_mtime > ABANDONED_AFTER
        if is_old and path.name.partition("-")[0] not in named:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
