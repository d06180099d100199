"""Identities of workflows: ``https://github.com/O/R/.github/workflows/F@REF`` taken apart without doubt.

Owner, repository and workflow file are one segment each and hold no ``/``; a ref may hold ``/`` and ``@``. So the
file's name ends at the first ``@`` that is followed by ``refs/`` or, for a commit, at the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

_FOLDER = "/.github/workflows/"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A GitHub workflow at a ref: repository ``https://github.com/O/R``, path ``.github/workflows/F``, ref or commit."""

    repository: str
    path: str
    ref: str


def split_identity(identity: str) -> tuple[str, str | None]:
    """Return an identity without its ref, and its ref; e-mails and identities without a ref have None."""
    workflow = parse_workflow(identity)
    if workflow is None:
        return identity, None
    return f"{workflow.repository}/{workflow.path}", workflow.ref


def parse_workflow(identity: str) -> Workflow | None:
    """Return the parts of a GitHub workflow's identity, or None for any other text."""
    repository, folder, rest = identity.partition(_FOLDER)
    if not folder or not rest.isascii() or _FOLDER in rest:
        return None
    file, at, ref = rest.partition("@refs/")
    ref = f"refs/{ref}" if at else ""
    if not at:
        file, _, ref = rest.rpartition("@")
    if not file or not ref or "/" in file or repository.count("/") != 4 or not repository.startswith("https://"):
        return None
    return Workflow(repository, f".github/workflows/{file}", ref)
