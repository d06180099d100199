"""What a proposal would do to what is stored, as the room that holds the files tells it to the proposal's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from expectations.models import Proposal
from verification.reasons import Reason


@dataclass(frozen=True, slots=True)
class Affected:
    """A stored file or a refused upload whose judgement would change: its name, its page, and the reason that says why.

    ``reason`` is why a file would be refused, or why an upload was refused and would be no longer.
    """

    name: str
    package: str
    address: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Impact:
    """Files that pass now and would not, and refused uploads that would pass; of how many looked at, and of how many in all."""

    lost: tuple[Affected, ...]
    gained: tuple[Affected, ...]
    files: int
    files_in_all: int
    refusals: int
    refusals_in_all: int

    @property
    def is_whole(self) -> bool:
        """Whether everything was looked at."""
        return (self.files, self.refusals) == (self.files_in_all, self.refusals_in_all)


ImpactOf = Callable[[Proposal], Impact | None]
"""Tells what a proposal would do; None for a kind by which no evidence is judged."""
