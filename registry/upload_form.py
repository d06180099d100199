"""The fields of the "legacy" upload form, read strictly. The file itself says what it is; the form must not contradict it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.receiving import Received
from registry.upload_refused import UploadRefused
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
    if received is None:
        problems.append("the file part, content, is missing")
    if not any(fields.get(name) for name in DIGEST_FIELDS):
        problems.append(f"no digest of the file is given ({', '.join(DIGEST_FIELDS)})")
    if problems or received is None:
        raise UploadRefused(Reason.FORM_MALFORMED, "; ".join(problems))
    _check_digests(fields, received)
    attestations = fields.get("attestations")
    return UploadForm(
        name=fields["name"][0],
        version=fields["version"][0],
        fields=fields,
        received=received,
        attestations=attestations[0].encode() if attestations else None,
    )


def _is_storable(text: str) -> bool:
    return _UNSTORABLE.search(text) is None


def _check_digests(fields: Mapping[str, list[str]], received: Received) -> None:
    """Each digest that was sent has to be the file's. Refusing on MD5 is sound; nothing is ever accepted by it."""
    wrong = [
        f"{field} is {values[0][:64]}, the file's is {received.digests[name]}"
        for field, name in DIGEST_FIELDS.items()
        if (values := fields.get(field)) and values[0].lower() != received.digests[name]
    ]
    if wrong:
        raise UploadRefused(Reason.DIGEST_MISMATCH, "; ".join(wrong))
