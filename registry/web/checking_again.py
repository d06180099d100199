"""How anybody checks a file again, alone: what to fetch, and the one command that holds the one against the other."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import reverse

from registry.models import File
from registry.queries import Served
from verification.root_of_trust import shipped_roots


@dataclass(frozen=True, slots=True)
class Document:
    """Something to fetch: what it is, its whole address, its SHA-256, and the name that the command knows it by."""

    label: str
    address: str
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class CheckingAgain:
    """The documents, the commands that fetch them, and the command that checks."""

    documents: tuple[Document, ...]
    fetch: str
    verify: str


def checking_again(file: File, evidence: Sequence[Served], *, unsigned: bool) -> CheckingAgain:
    """Return it for an offered file with its served evidence, which nobody may have signed.

    The roots of trust are among it only where they are others than those that the command brings along.
    """
    artifact = Document("The file", _download(file), file.sha256, file.filename)
    sent = tuple(
        Document(f"Evidence {number}, as sent", _of(file, "evidence", sha256=piece.sha256), piece.sha256, name)
        for number, piece in enumerate(evidence, start=1)
        for name in [f"{file.filename}.evidence-{number}.json"]
    )
    judged_by = file.verdict.expectation
    assert judged_by is not None, "what is let in was judged by an expectation"
    promise = Document(
        "Expectation that it was judged by",
        _of(file, "judged-by"),
        judged_by.digest,
        f"{file.filename}.expectation.json",
    )
    roots = Document(
        "Roots of trust that it was judged by",
        _of(file, "judged-under"),
        file.verdict.roots.digest,
        f"{file.filename}.roots.json",
    )
    needed = [artifact, *sent, promise, *([] if roots.sha256 == _shipped_digest() else [roots])]
    command = ["sluicegate-verifier", "verify", "--artifact", artifact.name]
    command += ["--evidence", *(piece.name for piece in sent), "--expectation", promise.name]
    command += ["--roots", roots.name] if roots in needed else []
    command += ["--allow-unsigned"] if unsigned else []
    return CheckingAgain((*sent, promise, roots), "\n".join(map(_fetching, needed)), shlex.join(command))


@cache
def _shipped_digest() -> str:
    return shipped_roots().digest


def _fetching(document: Document) -> str:
    login = ["--netrc"] if settings.PRIVATE else []
    return shlex.join(["curl", "--fail", "--silent", "--show-error", *login, "-o", document.name, document.address])


def _download(file: File) -> str:
    place = {"prefix": file.sha256[:2], "sha256": file.sha256, "filename": file.filename}
    return f"{settings.BASE_URL}{reverse('file', kwargs=place)}"


def _of(file: File, view: str, **arguments: str) -> str:
    place = {"project": file.release.package.name, "version": file.release.version, "filename": file.filename}
    return f"{settings.BASE_URL}{reverse(view, kwargs={**place, **arguments})}"
