"""A received file's digests: those that nearly every upload needs are made on the way, any other when somebody asks for it.

SHA-256 names the file, and twine and uv send BLAKE2 beside it. SHA-384 and SHA-512 stand in rare evidence, and MD5 is sent by
older clients: of a large file, each takes longer than all the rest of receiving it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

ON_THE_WAY = ("sha256", "blake2_256")
ALL = (*ON_THE_WAY, "sha384", "sha512", "md5")
CHUNK_BYTES = 1024 * 1024


class FileDigests(Mapping[str, str]):
    """The digests (lower-case hex) of a file that does not change, by the names of :data:`ALL`."""

    def __init__(self, path: Path, known: Mapping[str, str]) -> None:
        self._path, self._known = path, dict(known)

    def __getitem__(self, name: str) -> str:
        """Return a digest. Raises OSError where it has to be made and the file cannot be read."""
        if name not in ALL:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = _digest(self._path, name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a digest, without making it."""
        return name in ALL

    def __iter__(self) -> Iterator[str]:
        return iter(ALL)

    def __len__(self) -> int:
        return len(ALL)


def new_hashes(names: Collection[str]) -> dict[str, Any]:
    """Return a hash object under each of the names."""
    return {name: _new(name) for name in names}


def _new(name: str) -> Any:
    if name == "blake2_256":
        return hashlib.blake2b(digest_size=32)
    return hashlib.new(name, usedforsecurity=name != "md5")


def _digest(path: Path, name: str) -> str:
    digest = _new(name)
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
    return str(digest.hexdigest())
