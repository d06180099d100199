"""A received file's digests, whether they were made on the way or are made when they are asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from registry.file_digests import ALL, FileDigests

CONTENT = b"a file's content" * 100_000


def test_each_digest_is_the_files(tmp_path: Path) -> None:
    """Rules, "Evidence" 4: SHA-256 or stronger. What is made late is of the very same bytes."""
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    wanted = {name: hashlib.new(name, CONTENT).hexdigest() for name in ("sha256", "sha384", "sha512", "md5")}
    wanted["blake2_256"] = hashlib.blake2b(CONTENT, digest_size=32).hexdigest()
    assert dict(FileDigests(path, {"sha256": wanted["sha256"]})) == wanted
    assert set(wanted) == set(ALL)


def test_asking_whether_there_is_one_reads_nothing(tmp_path: Path) -> None:
    """A file is read again only for a digest that somebody wants to see."""
    digests = FileDigests(tmp_path / "not there", {"sha256": "0" * 64})
    assert "sha512" in digests
    assert "sha1" not in digests
    assert digests["sha256"] == "0" * 64
    assert digests.get("sha1") is None
    with pytest.raises(FileNotFoundError):
        digests["sha512"]
