"""A path to the server's socket that clients can use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.postgres.errors import EmbeddedError

PORT = "5432"
_LONGEST = 107  # sun_path has 108 bytes, the last of which is NUL


@contextmanager
def reachable(run: Path) -> Iterator[Path]:
    """Yield a path of the socket's folder that clients can use: itself, or a short link in a private folder."""
    if _usable(run):
        yield run
        return
    with tempfile.TemporaryDirectory(prefix="sluicegate-") as private:
        link = Path(private, "run")
        link.symlink_to(run)
        if not _usable(link):
            raise EmbeddedError(f"the paths of {run} and of {private} are too long for a socket.", "Set TMPDIR.")
        yield link


def _usable(folder: Path) -> bool:
    # libpq reads a comma as the border between two hosts.
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _LONGEST and "," not in str(folder)
