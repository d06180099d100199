"""Receiving a file: streamed into quarantine and hashed on the way, so that memory does not grow with the file.

What a crash leaves: a file in quarantine whose name does not begin with a digest, deleted by the sweep.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from registry.file_digests import ON_THE_WAY, FileDigests, new_hashes
from registry.storage import quarantine

CHUNK_BYTES = 1024 * 1024
"""How much is read, hashed and written at once. Larger pieces cost memory and save nothing more."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file in quarantine, complete and durable: where it is, how it was called, its size (bytes) and digests (hex)."""

    path: Path
    filename: str
    size: int
    digests: FileDigests

    def discard(self) -> None:
        """Delete the quarantined file, if it is still there."""
        self.path.unlink(missing_ok=True)


class QuarantinedFile(UploadedFile):  # type: ignore[type-arg]  # generic for the type checker alone
    """Django's handle of a received file; its content is never read through it."""

    def __init__(self, received: Received) -> None:
        super().__init__(file=None, name=received.filename, size=received.size)
        self.received = received

    def close(self) -> None:
        """Do nothing: the file was closed when it was complete. Django closes whatever a broken form has brought."""


class QuarantineHandler(FileUploadHandler):
    """Takes the form's one file part, ``content``; every other file part is skipped."""

    chunk_size = CHUNK_BYTES

    def __init__(self, request: HttpRequest, limit: int) -> None:
        """Take at most ``limit`` bytes."""
        super().__init__(request)
        self._limit = limit
        self.too_large = False
        self.repeated = False
        self._path: Path | None = None
        self._file: IO[bytes] | None = None
        self._received: Received | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Open a quarantine file for ``content``."""
        if field_name != "content" or self._path is not None:
            self.repeated = self.repeated or field_name == "content"
            raise SkipFile
        super().new_file(field_name, *args, **kwargs)
        self._path = quarantine() / f"receiving-{uuid.uuid4().hex}"
        self._file = self._path.open("xb")
        self._hashes = new_hashes(ON_THE_WAY)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  Django's signature
        """Write and hash a piece; stop the upload where it grows beyond the limit."""
        self._size += len(raw_data)
        if self._size > self._limit:
            self.too_large = True
            raise StopUpload(connection_reset=True)
        assert self._file is not None
        for digest in self._hashes.values():
            digest.update(raw_data)
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> QuarantinedFile | None:  # noqa: ARG002  Django's signature
        """Make the file durable and name it by its content."""
        if self._file is None or self._path is None or self._received is not None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        known = {name: digest.hexdigest() for name, digest in self._hashes.items()}
        path = self._path.with_name(f"{known['sha256']}-{uuid.uuid4().hex}")
        self._path.replace(path)
        self._received = Received(path, self.file_name or "", self._size, FileDigests(path, known))
        return QuarantinedFile(self._received)

    def upload_interrupted(self) -> None:
        """Delete what a client that went away has left; Django says so of every skipped part too, after a complete one."""
        if self._received is None:
            self.discard()

    def discard(self) -> None:
        """Delete whatever of this upload is still in quarantine."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._received is not None:
            self._received.discard()
