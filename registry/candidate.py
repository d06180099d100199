"""What an upload asks to have let in: the file as it describes itself, held against the form that came with it."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import canonicalize_name

from registry.distribution import (
    Distribution,
    DistributionRefused,
    FileProblem,
    compare_with_form,
    parse_filename,
    read_distribution,
)
from registry.upload_form import UploadForm
from verification.reasons import Reason
from verification.subject import Artifact


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that came, and all that is wrong with it by itself.

    ``artifact`` is what evidence is held against: known even of a broken file, unless its very name tells nothing.
    ``distribution`` is None exactly where the file cannot be taken for what it says it is.
    """

    artifact: Artifact | None
    distribution: Distribution | None
    problems: tuple[FileProblem, ...]


def read_candidate(form: UploadForm) -> Candidate:
    """Return the received file of a form. The file decides what it is; the form must not say otherwise."""
    received = form.received
    try:
        distribution = read_distribution(received.path, received.filename)
    except DistributionRefused as error:
        return Candidate(_named(form), None, error.problems)
    problems = compare_with_form(distribution, form.fields)
    if canonicalize_name(form.name) != distribution.name and not problems:
        problems = (FileProblem(Reason.METADATA_MISMATCH, f"The file is of {distribution.name}."),)
    artifact = Artifact(distribution.filename, distribution.name, distribution.version, received.digests, received.size)
    return Candidate(artifact, distribution, problems)


def _named(form: UploadForm) -> Artifact | None:
    """Return a file that cannot be read by what its name says it is, None where that cannot be read either."""
    received = form.received
    try:
        named = parse_filename(received.filename)
    except DistributionRefused:
        return None
    return Artifact(named.filename, named.name, named.version, received.digests, received.size)
