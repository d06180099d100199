"""The roles' passwords, in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path

from registry.postgres.locks import exclusive


class Passwords:
    """The passwords of one server's roles; `server` keeps servers apart that share a file."""

    def __init__(self, file: Path, server: str = "") -> None:
        self._file = file
        self._server = server

    def of(self, role: str) -> str:
        """Return the role's password, made and remembered at the first question."""
        key = f"{self._server}/{role}" if self._server else role
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(self._file.with_suffix(".lock")):
            known = self._read()
            if key not in known:
                known[key] = secrets.token_urlsafe(32)
                self._write(known)
            return known[key]

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        known: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        return known

    def _write(self, known: dict[str, str]) -> None:
        # mkstemp makes the file with mode 0600; the rename keeps a crash from leaving half a file.
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=f"{self._file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(known, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(self._file)
