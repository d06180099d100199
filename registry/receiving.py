"""Receiving a file: streamed into quarantine and hashed on the way, so that memory does not grow with the file.

What a crash leaves: a file in quarantine whose name does not begin with a digest, deleted by the sweep.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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


class TooLarge(Exception):
    """The file has grown beyond the limit."""


class Reception:
    """One file on its way into quarantine; ``received`` once it is complete."""

    def __init__(self, filename: str, limit: int) -> None:
        """Open a quarantine file that takes at most ``limit`` bytes."""
        self.received: Received | None = None
        self._filename, self._limit, self._size = filename, limit, 0
        self._hashes = new_hashes(ON_THE_WAY)
        self._path: Path = quarantine() / f"receiving-{uuid.uuid4().hex}"
        self._file: IO[bytes] = self._path.open("xb")

    def write(self, piece: bytes | bytearray) -> None:
        """Write and hash a piece. Raises TooLarge where the file grows beyond the limit, and OSError."""
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLarge
        for digest in self._hashes.values():
            digest.update(piece)
        self._file.write(piece)

    def complete(self) -> None:
        """Make the file durable and name it by its content."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        known = {name: digest.hexdigest() for name, digest in self._hashes.items()}
        path = self._path.with_name(f"{known['sha256']}-{uuid.uuid4().hex}")
        self._path.replace(path)
        self.received = Received(path, self._filename, self._size, FileDigests(path, known))

    def discard(self) -> None:
        """Delete whatever of the file is still in quarantine."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        if self.received is not None:
            self.received.discard()
