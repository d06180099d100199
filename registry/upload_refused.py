"""The one typed error of an upload, translated once, at the edge (``registry/api/upload.py``)."""

from __future__ import annotations

from registry.verdicts import Judged
from verification.reasons import Reason


class UploadRefused(Exception):
    """An upload was refused. ``reason`` is of the closed list, ``detail`` says what exactly, ``link`` (a path) where to go on."""

    def __init__(self, reason: Reason, detail: str, *, link: str = "", judged: Judged | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.link = link
        self.judged = judged
