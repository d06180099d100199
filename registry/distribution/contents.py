"""What reading an archive brings forth."""

from __future__ import annotations

from dataclasses import dataclass

from registry.distribution.problems import FileProblem


@dataclass(frozen=True, slots=True)
class Contents:
    """The metadata file's bytes, or None where there is none; and all that is wrong with the archive."""

    metadata: bytes | None
    problems: tuple[FileProblem, ...]
