"""An identity token that gets nothing: Warehouse's word for it, and a sentence for the person who reads the job's log."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why no token was minted. The first five are Warehouse's words, which clients and people know."""

    INVALID_PAYLOAD = "invalid-payload"
    NOT_ENABLED = "not-enabled"
    INVALID_TOKEN = "invalid-token"  # noqa: S105  a word for what is wrong
    INVALID_REUSE_TOKEN = "invalid-reuse-token"  # noqa: S105  a word for what is wrong
    INVALID_PUBLISHER = "invalid-publisher"
    TOO_MANY_REQUESTS = "too-many-requests"


class MintingRefused(Exception):
    """No token was minted. ``description`` says what is wrong and what to do about it."""

    def __init__(self, code: Code, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
