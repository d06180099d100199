"""One case of a corpus: a file, its evidence, what is trusted and expected, and whether it has to be let in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from verification.subject import Artifact, parse_distribution_name

UNKNOWN_DIGEST = "0" * 64
"""Stands where a case has no SHA-256: no subject has it, so it can only refuse."""

_VERDICTS = {"accept": True, "reject": False}


@dataclass(frozen=True)
class Case:
    """A case as its ``case.json`` tells it. ``folder`` is where the files that it names lie."""

    folder: Path
    identifier: str
    kind: str
    form: str
    trust: dict[str, Any]
    expectation: dict[str, Any]
    accept: bool
    file: dict[str, Any]
    evidence: str

    @property
    def field(self) -> bytes:
        """The ``attestations`` field of an upload with this evidence."""
        return b"[" + (self.folder / self.evidence).read_bytes() + b"]"

    @property
    def artifact(self) -> Artifact:
        """The file as the registry would have received it, under the name that it is to be published by."""
        name = str(self.expectation.get("dist_name") or self.file.get("name") or "unnamed")
        digests, size = self._digests()
        parsed = parse_distribution_name(name)
        match parsed:
            case (_, str(project), Version() as version, *_):
                return Artifact(name, NormalizedName(project), version, digests, size)
            case _:
                # Not a distribution: the version is one that no tag spells, so that refs are compared as they are.
                return Artifact(name, canonicalize_name("case"), Version("0"), digests, size)

    def _digests(self) -> tuple[dict[str, str], int]:
        if self.file.get("file") is None:
            stated = {name: self.file[name] for name in ("sha256", "sha512") if self.file.get(name)}
            return {"sha256": UNKNOWN_DIGEST, **stated}, int(self.file.get("size") or 0)
        content = (self.folder / self.file["file"]).read_bytes()
        return {name: hashlib.new(name, content).hexdigest() for name in ("sha256", "sha512")}, len(content)


def read_cases(corpus: Path) -> Iterator[Case]:
    """Yield the cases below ``corpus/cases``, or below ``corpus`` itself, in the order of their names.

    A case that cannot be read is yielded as one that cannot be run: whatever it expected, it is told.
    """
    below = corpus / "cases"
    for path in sorted((below if below.is_dir() else corpus).glob("*/case.json")):
        try:
            yield _read(path)
        except (AttributeError, KeyError, TypeError, ValueError, OSError):
            yield Case(path.parent, path.parent.name, "unreadable", "", {}, {}, accept=True, file={}, evidence="")


def _read(path: Path) -> Case:
    told = json.loads(path.read_text())
    return Case(
        folder=path.parent,
        identifier=str(told["id"]),
        kind=str(told["class"]),
        form=str(told.get("format") or ""),
        trust=dict(told.get("trust") or {}),
        expectation=dict(told.get("expectation") or {}),
        accept=_VERDICTS[told["expected"]],
        file=dict(told.get("artifact") or {}),
        evidence=str(told["attestation"]),
    )
