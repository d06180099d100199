"""Identities of workflows, taken apart without doubt.

GitHub's are ``https://github.com/O/R/.github/workflows/F@REF``: owner, repository and workflow file are one segment
each and hold no ``/``; a ref may hold ``/`` and ``@``. So the file's name ends at the first ``@`` that is followed by
``refs/`` or, for a commit, at the last one. GitLab's are ``https://HOST/GROUP/…/PROJECT//PATH@REF``.
"""

from __future__ import annotations

from typing import NamedTuple

_FOLDER = "/.github/workflows/"


class Workflow(NamedTuple):
    """A workflow at a ref: repository ``https://github.com/O/R``, path ``.github/workflows/F``, ref or commit."""

    repository: str
    path: str
    ref: str


def split_identity(identity: str) -> tuple[str, str | None]:
    """Return an identity without its ref, and its ref; e-mails and identities without a ref have None."""
    if workflow := parse_workflow(identity):
        return f"{workflow.repository}/{workflow.path}", workflow.ref
    if pipeline := _parse_pipeline(identity):
        return f"{pipeline.repository}//{pipeline.path}", pipeline.ref
    return identity, None


def parse_configuration(identity: str) -> Workflow | None:
    """Return the parts of a GitHub workflow's or a GitLab pipeline's identity, or None for any other text."""
    return parse_workflow(identity) or _parse_pipeline(identity)


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


def _parse_pipeline(identity: str) -> Workflow | None:
    """A project's path holds no ``@`` and no empty segment, so the first ``//`` after the scheme ends it."""
    scheme, _, rest = identity.partition("://")
    project, double, rest = rest.partition("//")
    path, at, ref = rest.partition("@refs/")
    if scheme != "https" or not double or not at or not path or not ref or not identity.isascii():
        return None
    if "@" in project or project.count("/") < 2 or path.startswith("/") or "//" in path:
        return None
    return Workflow(f"https://{project}", path, f"refs/{ref}")
