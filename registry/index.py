"""The simple index: from rows to data, and from data to the bytes of its two forms. Nothing here reads the database.

Version 1.4 of the API: PEP 503 and 691 with 629, 658, 700, 714, 740 and 792. The HTML form is frozen (PEP 833); what
is new goes to JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import NotRequired, TypedDict

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from packaging.utils import canonicalize_name
from packaging.version import Version

from expectations.documents import PackageState
from registry.models import File, Package
from registry.queries import Served

API_VERSION = "1.4"


class ProjectStatus(TypedDict):
    """A package's status, and why (PEP 792)."""

    status: str
    reason: NotRequired[str]


class Digests(TypedDict):
    """What a client checks a download by."""

    sha256: str


class ProjectName(TypedDict):
    """A package in the list of all."""

    name: str


class Documents(TypedDict):
    """Where the documents are that let a file in; this registry's own, beside what PEP 740 has a form for."""

    verdict: str
    expectation: str
    evidence: list[str]


Meta = TypedDict("Meta", {"api-version": str})
FileEntry = TypedDict(
    "FileEntry",
    {
        "filename": str,
        "url": str,
        "hashes": Digests,
        "requires-python": NotRequired[str],
        "size": int,
        "upload-time": str,
        "yanked": bool | str,
        "core-metadata": Digests | bool,
        "data-dist-info-metadata": Digests | bool,
        "provenance": str | None,
        "_sluicegate": Documents,
    },
)
ProjectHead = TypedDict(
    "ProjectHead",
    {
        "meta": Meta,
        "project-status": ProjectStatus,
        "name": str,
        "versions": list[str],
    },
)


class RootPage(TypedDict):
    """The list of all packages (PEP 691)."""

    meta: Meta
    projects: list[ProjectName]


def root_page(packages: Iterable[Package]) -> RootPage:
    """Return the list of all packages, by the names that their creators gave them (PEP 691)."""
    return {
        "meta": {"api-version": API_VERSION},
        "projects": [{"name": package.display_name} for package in packages],
    }


def project_head(package: Package, versions: Iterable[str]) -> ProjectHead:
    """Return what a package's page says beside its files; ``versions`` are those of the files that it offers."""
    return {
        "meta": {"api-version": API_VERSION},
        "project-status": _status(package),
        "name": package.name,
        "versions": sorted(set(versions), key=Version),
    }


def _status(package: Package) -> ProjectStatus:
    """PEP 792 knows no frozen project: what it says of archived ones (no new files are expected) is true of those too."""
    state = PackageState(package.state)
    marker = PackageState.ARCHIVED if state is PackageState.FROZEN else state
    return {"status": marker.value, "reason": package.state_note} if package.state_note else {"status": marker.value}


def file_entry(package: Package, file: File, served: Sequence[Served], *, published: bool) -> FileEntry:
    """Return what the package's page says of a file, which comes with release, verdict and served evidence.

    ``published``: there is a provenance object of it, for not all evidence has a form in PEP 740.
    """
    metadata = _core_metadata(file)
    entry: FileEntry = {
        "filename": file.filename,
        "url": _absolute("file", prefix=file.sha256[:2], sha256=file.sha256, filename=file.filename),
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": file.uploaded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "yanked": file.release.yank_reason if file.release.yanked_at else False,
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "provenance": _of_file("provenance", package, file) if published else None,
        "_sluicegate": _documents(package, file, served),
    }
    if file.requires_python:
        entry["requires-python"] = file.requires_python
    return entry


def _core_metadata(file: File) -> Digests | bool:
    """Only a wheel's metadata is sure to stay as it is; an sdist's can be another once it is built (PEP 658)."""
    return {"sha256": file.metadata_sha256} if file.filetype == File.Filetype.WHEEL else False


def _documents(package: Package, file: File, served: Sequence[Served]) -> Documents:
    """PEP 691 leaves keys that begin with an underscore to the index: no client takes them for anything else."""
    return {
        "verdict": _of_file("verdict", package, file),
        "expectation": _of_file("judged-by", package, file),
        "evidence": [_of_file("evidence", package, file, sha256=each.sha256) for each in served],
    }


def _of_file(view: str, package: Package, file: File, **arguments: str) -> str:
    return _absolute(view, project=package.name, version=file.release.version, filename=file.filename, **arguments)


def _absolute(view: str, **arguments: str) -> str:
    return f"{settings.BASE_URL}{reverse(view, kwargs=arguments)}"


def entry_json(entry: FileEntry) -> str:
    """Return a file's place in the JSON form of its package's page."""
    return json.dumps(entry, separators=(",", ":"))


def entry_html(entry: FileEntry) -> str:
    """Return a file's line in the HTML form of its package's page (PEP 503, 592, 658, 714, 740)."""
    return format_html("    {}<br>", _anchor(entry))


def root_json(page: RootPage) -> bytes:
    """Return the list of all packages in the JSON form."""
    return json.dumps(page, separators=(",", ":")).encode()


def root_html(page: RootPage) -> bytes:
    """Return the list of all packages in the HTML form (PEP 503)."""
    links = format_html_join(
        "\n",
        '    <a href="{}">{}</a><br>',
        ((_project_url(project["name"]), project["name"]) for project in page["projects"]),
    )
    return _document("Simple index", {}, links)


def project_json(head: ProjectHead, entries: Iterable[str]) -> bytes:
    """Return a package's page in the JSON form; the entries are those of :func:`entry_json`."""
    beginning = json.dumps(head, separators=(",", ":")).removesuffix("}")
    return f'{beginning},"files":[{",".join(entries)}]}}'.encode()


def project_html(head: ProjectHead, entries: Iterable[str]) -> bytes:
    """Return a package's page in the HTML form (PEP 503, 629, 792); the entries are those of :func:`entry_html`."""
    title = f"Links for {head['name']}"
    links = mark_safe("\n".join(entries))  # noqa: S308  (each was made by format_html)
    status = head["project-status"]
    metas = {"pypi:project-status": status["status"]}
    if reason := status.get("reason"):
        metas["pypi:project-status-reason"] = reason
    return _document(title, metas, format_html("    <h1>{}</h1>\n{}", title, links))


def _project_url(name: str) -> str:
    return reverse("simple-project", kwargs={"name": canonicalize_name(name)})


def _anchor(entry: FileEntry) -> SafeString:
    attributes = {"href": f"{entry['url']}#sha256={entry['hashes']['sha256']}"}
    if requires_python := entry.get("requires-python"):
        attributes["data-requires-python"] = requires_python
    if isinstance(metadata := entry["core-metadata"], dict):
        attributes["data-core-metadata"] = f"sha256={metadata['sha256']}"
        attributes["data-dist-info-metadata"] = f"sha256={metadata['sha256']}"
    if entry["yanked"]:
        attributes["data-yanked"] = str(entry["yanked"])
    if entry["provenance"]:
        attributes["data-provenance"] = entry["provenance"]
    return format_html("<a{}>{}</a>", format_html_join("", ' {}="{}"', attributes.items()), entry["filename"])


def _document(title: str, extra_meta: Mapping[str, str], body: SafeString) -> bytes:
    metas = {"pypi:repository-version": API_VERSION, **extra_meta}
    return format_html(
        "<!DOCTYPE html>\n<html>\n  <head>\n{}\n    <title>{}</title>\n  </head>\n  <body>\n{}\n  </body>\n</html>\n",
        format_html_join("\n", '    <meta name="{}" content="{}">', metas.items()),
        title,
        body,
    ).encode()
