"""The fields of the "legacy" upload form, read strictly. The file itself says what it is; the form must not contradict it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.distribution import FileProblem
from registry.receiving import Received
from registry.upload_refused import refused_for
from verification.reasons import Reason

REQUIRED = {":action": "file_upload", "protocol_version": "1"}
DIGEST_FIELDS = {"sha256_digest": "sha256", "blake2_256_digest": "blake2_256", "md5_digest": "md5"}
SINGLE = (
    *("name", "version", "filetype", "metadata_version", "pyversion", "summary", "requires_python", "attestations"),
    *DIGEST_FIELDS,
)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A well-formed upload: the claimed name and version, the file as received, the evidence field as sent (or None)."""

    name: str
    version: str
    fields: Mapping[str, list[str]]
    received: Received
    attestations: bytes | None


def read_form(fields: Mapping[str, list[str]], received: Received | None) -> UploadForm:
    """Return the form's meaning. Raises UploadRefused with everything that is wrong (FORM_MALFORMED, DIGEST_MISMATCH)."""
    found = form_problems(fields)
    if received is None:
        found.append(_malformed("the file part, content, is missing"))
    else:
        found += [FileProblem(Reason.DIGEST_MISMATCH, f"{problem}.") for problem in _wrong_digests(fields, received)]
    if found or received is None:
        raise refused_for(found)
    attestations = fields.get("attestations")
    return UploadForm(
        name=fields["name"][0],
        version=fields["version"][0],
        fields=fields,
        received=received,
        attestations=attestations[0].encode() if attestations else None,
    )


def form_problems(fields: Mapping[str, list[str]]) -> list[FileProblem]:
    """Return what is wrong with a form's fields by themselves."""
    problems = [f"{name} must be {value!r}" for name, value in REQUIRED.items() if fields.get(name) != [value]]
    problems += [f"{name} stands {len(fields[name])} times" for name in SINGLE if len(fields.get(name, [])) > 1]
    problems += [
        f"{name} is missing" for name in ("name", "version", "filetype", "metadata_version") if not fields.get(name)
    ]
    problems += [
        f"{name} holds a NUL character or half of one beyond UTF-16"
        for name, values in fields.items()
        if any(not _is_storable(text) for text in values)
    ]
    if not any(fields.get(name) for name in DIGEST_FIELDS):
        problems.append(f"no digest of the file is given ({', '.join(DIGEST_FIELDS)})")
    return [_malformed(problem) for problem in problems]


def _malformed(problem: str) -> FileProblem:
    return FileProblem(Reason.FORM_MALFORMED, f"{problem}.")


def _is_storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None


def _wrong_digests(fields: Mapping[str, list[str]], received: Received) -> list[str]:
    """Each digest that was sent has to be the file's. Refusing on MD5 is sound; nothing is ever accepted by it."""
    return [
        f"{field} is {values[0][:64]}, the file's is {received.digests[name]}"
        for field, name in DIGEST_FIELDS.items()
        if (values := fields.get(field)) and values[0].lower() != received.digests[name]
    ]
