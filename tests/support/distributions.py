"""Small real distributions, made in memory and the same to the byte at every call.

Bad ones differ from good ones by what is asked: `metadata_text` replaces the metadata, `omit` leaves out files by
their last path component, `extra_files` adds members under their full archive names or replaces generated ones (a
lying RECORD, say).
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

from packaging.metadata import Metadata, RawMetadata
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name, canonicalize_version

_MODIFIED_AT = 1_577_836_800
"""2020-01-01: any moment will do that a ZIP archive can express (from 1980)."""

_ZIP_MODIFIED_AT = (2020, 1, 1, 0, 0, 0)


def sdist(
    name: str,
    version: str,
    *,
    metadata_text: str | None = None,
    omit: Collection[str] = (),
    extra_files: Mapping[str, bytes] | None = None,
    extra_members: Iterable[tarfile.TarInfo] = (),
    **metadata: Any,
) -> tuple[str, bytes]:
    """Return a source distribution's PEP 625 file name and its bytes.

    Further keywords are metadata fields as in `packaging.metadata.RawMetadata`. `extra_members` are members without
    content: links, devices, folders.
    """
    stem = f"{_file_name_part(name)}-{canonicalize_version(version, strip_trailing_zero=False)}"
    files = {
        f"{stem}/PKG-INFO": _metadata(name, version, metadata_text, metadata),
        f"{stem}/pyproject.toml": _pyproject(name, version),
        f"{stem}/src/{_file_name_part(name)}/__init__.py": _module(name),
    }
    members = _without(files, omit) | dict(extra_files or {})
    return f"{stem}.tar.gz", tar_gz_archive(members.items(), extra_members)


def wheel(
    name: str,
    version: str,
    tag: str = "py3-none-any",
    *,
    metadata_text: str | None = None,
    omit: Collection[str] = (),
    extra_files: Mapping[str, bytes] | None = None,
    unrecorded_files: Mapping[str, bytes] | None = None,
    **metadata: Any,
) -> tuple[str, bytes]:
    """Return a wheel's file name and its bytes.

    Further keywords are metadata fields as in `packaging.metadata.RawMetadata`. RECORD lists `extra_files`, but not
    `unrecorded_files`.
    """
    stem = f"{_file_name_part(name)}-{canonicalize_version(version, strip_trailing_zero=False)}"
    record_path = f"{stem}.dist-info/RECORD"
    files = {
        f"{_file_name_part(name)}/__init__.py": _module(name),
        f"{stem}.dist-info/METADATA": _metadata(name, version, metadata_text, metadata),
        f"{stem}.dist-info/WHEEL": _wheel_file(tag),
    }
    recorded = _without(files, omit) | dict(extra_files or {})
    members = dict(recorded)
    if "RECORD" not in omit:
        members.setdefault(record_path, _record(recorded, record_path))
    return f"{stem}-{tag}.whl", zip_archive((members | dict(unrecorded_files or {})).items())


def tar_gz_archive(members: Iterable[tuple[str, bytes]], bare: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """Return a compressed tar archive of files, which may repeat a name, and then of members without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in members:
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mtime = _MODIFIED_AT
            archive.addfile(member, io.BytesIO(content))
        for member in bare:
            archive.addfile(member)
    # Compressed apart because tarfile would write the present moment into the gzip header.
    return gzip.compress(buffer.getvalue(), mtime=0)


def zip_archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP archive of files, which may repeat a name (at the price of zipfile's warning)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members:
            member = zipfile.ZipInfo(path, date_time=_ZIP_MODIFIED_AT)
            member.external_attr = 0o100644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return buffer.getvalue()


def _file_name_part(name: str) -> str:
    """Return the name as file names carry it: normalized, and without the hyphen that separates their parts."""
    return canonicalize_name(name).replace("-", "_")


def _without(files: Mapping[str, bytes], omit: Collection[str]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if PurePosixPath(path).name not in omit}


def _metadata(name: str, version: str, text: str | None, fields: Mapping[str, Any]) -> bytes:
    if text is not None:
        return text.encode()
    raw = {"metadata_version": "2.4", "name": name, "version": version, **fields}
    header, blank, description = Metadata.from_raw(cast(RawMetadata, raw)).as_rfc822().as_bytes().partition(b"\n\n")
    # Case does not count in these names and packaging writes them small, but twine wants exactly `Metadata-Version`.
    return re.sub(rb"(?m)^[a-z-]+(?=:)", lambda name: name[0].title(), header) + blank + description


def _pyproject(name: str, version: str) -> bytes:
    return (
        "[build-system]\n"
        'requires = ["setuptools"]\n'
        'build-backend = "setuptools.build_meta"\n\n'
        "[project]\n"
        f'name = "{name}"\n'
        f'version = "{version}"\n'
    ).encode()


def _module(name: str) -> bytes:
    return f'"""The package {name}."""\n'.encode()


def _wheel_file(tag: str) -> bytes:
    tags = sorted(str(one) for one in parse_tag(tag))
    purelib = "true" if tag.endswith("-none-any") else "false"
    lines = ["Wheel-Version: 1.0", "Generator: sluicegate-tests", f"Root-Is-Purelib: {purelib}"]
    return "".join(f"{line}\n" for line in [*lines, *(f"Tag: {one}" for one in tags)]).encode()


def _record(files: Mapping[str, bytes], record_path: str) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([path, f"sha256={digest}", len(content)])
    rows.writerow([record_path, "", ""])
    return text.getvalue().encode()
