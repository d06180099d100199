"""What differs in how a file was built from the release before: what a hijacked run would have to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry.models import File
from verification.parameters import escaped

_COMPARED = {
    "repository": "source repository",
    "repository_id": "source repository id",
    "owner_id": "owner id",
    "configuration_path": "workflow",
    "trigger": "trigger",
    "runner": "runner",
}
"""The facts that stay the same from one release to the next; commit, ref and run are new each time."""


def differences(file: File) -> Iterator[str]:
    """Yield a line for each thing that differs from the last file of an earlier release, or one that says nothing does."""
    before = (
        File.objects.filter(release__package=file.release.package, uploaded_at__lt=file.uploaded_at, deleted_at=None)
        .exclude(release=file.release)
        .select_related("verdict", "release")
        .order_by("-uploaded_at")
        .first()
    )
    if before is None:
        yield "It is the first release."
        return
    old, new = matched_provenance(before), matched_provenance(file)
    found = list(_changes(old, new))
    if not found:
        yield f"Built like {before.filename} of the release before; commit, ref and run are new."
        return
    yield f"It was built in another way than {before.filename} of the release before:"
    yield from (f"  {line}" for line in found)


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name, told in _COMPARED.items():
        if old["facts"].get(name) != new["facts"].get(name):
            yield f"{told}: {_shown(old['facts'].get(name))} -> {_shown(new['facts'].get(name))}"
    for name, told in (("builder_name", "builder"), ("build_type", "build type"), ("level", "level")):
        if old[name] != new[name]:
            yield f"{told}: {_shown(old[name])} -> {_shown(new[name])}"


def matched_provenance(file: File) -> dict[str, Any]:
    """Return the provenance that let a file in, as its verdict keeps it."""
    reports = json.loads(file.verdict.document)["attestations"]
    (provenance,) = [report["provenance"] for report in reports if report["role"] == "matched"]
    return dict(provenance)


def _shown(value: object) -> str:
    return "not told" if value is None else escaped(str(value))
