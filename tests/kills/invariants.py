"""What is true of a registry whatever happened to it, once the sweep has run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from expectations.models import AuditLeaf, DocumentVersion
from registry import index, queries, storage
from registry.index_pages import Form, entry_anew, find
from registry.models import File, Package, VerdictRecord


def problems() -> list[str]:
    """Return what is broken, in words; nothing if all is well."""
    accepted = _accepted_leaves()
    return [
        *(
            problem
            for file in File.objects.select_related("release", "verdict")
            for problem in _of_file(file, accepted)
        ),
        *(problem for package in Package.objects.all() for problem in _of_package(package)),
        *_of_releases(),
    ]


def _accepted_leaves() -> dict[str, list[str]]:
    """The files that the audit log says were accepted, with their SHA-256."""
    found: dict[str, list[str]] = {}
    for leaf in AuditLeaf.objects.all():
        said = json.loads(leaf.leaf)
        if said["event"] == "accepted":
            found.setdefault(said["file"], []).append(said["artifact_sha256"])
    return found


def _of_file(file: File, accepted: dict[str, list[str]]) -> Iterator[str]:
    blobs, name = storage.blobs(), storage.blob_name(file.sha256)
    if not blobs.exists(name):
        yield f"{file.filename} has a row and no blob"
    elif hashlib.sha256(blobs.open(name).read()).hexdigest() != file.sha256:
        yield f"{file.filename} has another blob than its row says"
    if file.visible_at is None:
        yield f"{file.filename} was accepted and is not visible after the sweep"
    if file.verdict.result != VerdictRecord.Result.ACCEPTED:
        yield f"{file.filename} has a verdict that did not let it in"
    if not file.verdict.evidence.exists():
        yield f"{file.filename} has a verdict without evidence"
    if accepted.get(str(file.pk)) != [file.sha256]:
        yield f"{file.filename} stands in the audit log as {accepted.get(str(file.pk))}"


def _of_package(package: Package) -> Iterator[str]:
    files = list(queries.visible_files(package))
    entries = [entry_anew(package, file) for file in files]
    head = index.project_head(package, (file.release.version for file in files))
    page = find(package.name, Form.JSON, compressed=False)
    if page is None or page.content != index.project_json(head, (entry.json for entry in entries)):
        yield f"the page of {package.name} is not what its rows say"
    promises = DocumentVersion.objects.filter(package=package, kind="expectation").count()
    if promises > 1 or (files and not promises):
        yield f"{package.name} has {promises} expectations after first uses alone"


def _of_releases() -> Iterator[str]:
    for package in Package.objects.exclude(releases=None):
        for release in package.releases.filter(files=None):
            yield f"{package.name} {release.version} is a release without a file"
