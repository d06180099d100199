"""A document that is written as it is read: canonical JSON under its SHA-256."""

from __future__ import annotations

from abc import ABC, abstractmethod

from verification.canonical import JsonValue, canonical, sha256_hex


class Written(ABC):
    """Gives a document its canonical bytes and digest from its members."""

    __slots__ = ()

    @abstractmethod
    def members(self) -> dict[str, JsonValue]:
        """Return what the document says, without the number of its schema."""

    @property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes."""
        return canonical({"schema": 1, **self.members()})

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return sha256_hex(self.canonical)
