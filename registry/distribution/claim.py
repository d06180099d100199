"""A file that nobody has sent yet: what can be said of it from its name and the upload form alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name
from packaging.version import Version

from registry.distribution.filename import DistributionFilename, filename_problems
from registry.distribution.metadata import claimed_problems
from registry.distribution.problems import FileProblem, shown
from verification.reasons import Reason


def claim_problems(named: DistributionFilename, fields: Mapping[str, list[str]]) -> tuple[FileProblem, ...]:
    """Return what would be wrong with a file of this name whose metadata says what the form says."""
    details = tuple(FileProblem(Reason.METADATA_MISMATCH, detail) for detail in _disagreements(named, fields))
    return (*filename_problems(named), *details, *claimed_problems(fields))


def _disagreements(named: DistributionFilename, fields: Mapping[str, list[str]]) -> Iterator[str]:
    name, version, filetype = (fields[field][0] for field in ("name", "version", "filetype"))
    if canonicalize_name(name) != named.name:
        yield f"The form gives name as {shown(name)}, and the file name is that of {named.name}."
    if not _is_version(version, named.version):
        yield f"The form gives version as {shown(version)}, and the file name is that of {named.version}."
    if filetype != named.filetype:
        yield f"The form gives filetype as {shown(filetype)}, and the file name is that of an {named.filetype}."


def _is_version(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except ValueError:
        return False
