"""Where the bytes of files live: a quarantine that is written to while receiving, and blobs under their content address.

The quarantine is a folder of the machine that receives; blobs are there too, or in an object store (``s3_storage.py``).

What a crash leaves: a quarantined file, which the sweep promotes if a row names its content and deletes if none does.
Promotion may be repeated: the same content ends at the same address.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages

ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a quarantined file that no row names belongs to no upload that is still under way."""

DIRECT_SECONDS = 300
"""How long a direct address of a blob works: long enough to begin a download, and not to be passed around."""


def blob_name(sha256: str) -> str:
    """Return the content address of a blob: two levels, so that no folder grows with the store."""
    return f"{sha256[:2]}/{sha256}"


class BlobStore(Protocol):
    """Blobs under their content address. Written by promotion alone, never overwritten with other content."""

    def promote(self, quarantined: Path, sha256: str) -> None:
        """Give a quarantined file its content address too, durably; its quarantined name stays for the caller to remove.

        May be repeated, and may meet another promotion of the same content: both end at the same address.
        Raises FileNotFoundError where the content stands at neither place, and OSError where it cannot be stored.
        """

    def direct_url(self, sha256: str, filename: str, method: str = "GET") -> str | None:
        """Return an address where a client gets the blob as a download of that name, for :data:`DIRECT_SECONDS`.

        It works for that one method: a signature is for GET or for HEAD.
        None where the store has no clients of its own: then the registry sends what :meth:`open` returns.
        """

    def open(self, name: str) -> File[Any]:
        """Return a blob, by its :func:`blob_name`, to read. Raises FileNotFoundError, and OSError where it cannot be read."""

    def exists(self, name: str) -> bool:
        """Say whether there is a blob of a :func:`blob_name`."""


class ContentAddressedStorage(FileSystemStorage):
    """A :class:`BlobStore` on a file system, the same as the quarantine's, for promotion is a second name."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._known_folders: set[Path] = set()  # durable since this process has made them so; 256 at most

    def promote(self, quarantined: Path, sha256: str) -> None:
        """As :meth:`BlobStore.promote`."""
        target = Path(self.path(blob_name(sha256)))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(quarantined, target)
        except FileExistsError:
            pass  # of another promotion, which may not have made it durable yet
        except FileNotFoundError:
            if not target.exists():
                raise
        _fsync_folder(target.parent)
        if target.parent not in self._known_folders:
            _fsync_folder(target.parent.parent)
            self._known_folders.add(target.parent)

    def direct_url(self, sha256: str, filename: str, method: str = "GET") -> str | None:  # noqa: ARG002  (the store's interface)
        """As :meth:`BlobStore.direct_url`: nobody reads this file system but the registry and its nginx."""
        return None


def blobs() -> BlobStore:
    """Return the configured store of blobs."""
    return cast(BlobStore, storages["blobs"])


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
        with suppress(FileNotFoundError):  # an upload that has just ended took its own away
            is_old = time.time() - path.stat().st_mtime > ABANDONED_AFTER
            if is_old and path.name.partition("-")[0] not in named:
                path.unlink()
                count += 1
    return count


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
