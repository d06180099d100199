"""What reading an archive brings forth."""

from __future__ import annotations

from dataclasses import dataclass

from registry.distribution.problems import FileProblem


@dataclass(frozen=True, slots=True)
class Contents:
    """The metadata file's bytes, or None where there is none; and all that is wrong with the archive.

    ``license_files`` are the files there, as the metadata's License-File would name them (PEP 639).
    """

    metadata: bytes | None
    problems: tuple[FileProblem, ...]
    license_files: frozenset[str] = frozenset()
