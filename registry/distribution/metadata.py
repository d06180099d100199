"""The core metadata inside a file (https://packaging.python.org/specifications/core-metadata/)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from registry.distribution.headers import MAX_REQUIREMENT, header_problems
from registry.distribution.problems import FileProblem, shown, shown_some
from verification.reasons import Reason

_BEFORE_LICENSE_FILE = frozenset({"1.0", "1.1", "1.2", "2.1", "2.2", "2.3"})

VERSIONS = _BEFORE_LICENSE_FILE | {"2.4", "2.5"}
"""Metadata versions that PyPI takes. There is no 2.0 (PEP 426 was withdrawn), and 2.6 (PEP 808) PyPI does not take."""

_CLAIMED_TEXTS = ("metadata_version", "name", "version", "summary", "requires_python", "license_expression", "license")
_CLAIMED_LISTS = ("requires_dist", "provides_extra", "dynamic")
_CLAIMED = {*_CLAIMED_TEXTS, *_CLAIMED_LISTS} - {"license"}

MAX_SUMMARY = 512
"""Characters, as on PyPI."""


@dataclass(frozen=True, slots=True)
class ParsedMetadata:
    """The fields as they stand, unvalidated where there are problems; and all that is wrong with them."""

    raw: RawMetadata
    problems: tuple[FileProblem, ...]


def parse_metadata(content: bytes) -> ParsedMetadata:
    """Return a METADATA or PKG-INFO file's fields, and everything that is wrong with them. Raises nothing."""
    raw: RawMetadata = {}
    try:
        content.decode("utf-8")
        details = list(header_problems(content))
        if not details:
            raw, unparsed = parse_email(content)
            details = [*_unparsed_problems(unparsed), *_validation_problems(raw), *_policy_problems(raw)]
    except UnicodeDecodeError:
        details = ["The metadata is not UTF-8."]
    return ParsedMetadata(raw, tuple(FileProblem(Reason.METADATA_MALFORMED, detail) for detail in details))


def claimed_problems(fields: Mapping[str, list[str]]) -> tuple[FileProblem, ...]:
    """Return what would be wrong with metadata that says what an upload form says, as far as forms say it.

    Classifiers, URLs, keywords and the description are left out: they are spelled otherwise there, client by client.
    """
    texts = {name: fields[name][0] for name in _CLAIMED_TEXTS if fields.get(name) and fields[name][0]}
    lists = {name: values for name in _CLAIMED_LISTS if (values := [value for value in fields.get(name, []) if value])}
    raw = cast("RawMetadata", {**texts, **lists})
    if long := [name for name, values in fields.items() if name in _CLAIMED and any(map(_is_long, values))]:
        details = [f"The form's {name} is longer than is taken." for name in sorted(long)]
    else:
        details = [*_validation_problems(raw), *_policy_problems(raw)]
    return tuple(FileProblem(Reason.METADATA_MALFORMED, detail) for detail in details)


def _is_long(value: str) -> bool:
    return len(value) > MAX_REQUIREMENT


def field(raw: RawMetadata, name: str) -> str:
    """Return a single-use field's text on one line, "" where it is absent."""
    return " ".join(str(raw.get(name, "")).split())


def license_file_problems(raw: RawMetadata, present: Collection[str]) -> tuple[FileProblem, ...]:
    """Return which License-File of the metadata is not in the archive, where the metadata is new enough to mean it."""
    if raw.get("metadata_version") in _BEFORE_LICENSE_FILE:
        return ()
    absent = {path for path in raw.get("license_files", []) if path not in present}
    if not absent:
        return ()
    detail = f"The metadata names License-File {shown_some(absent)}, and the archive does not have it where PEP 639 wants it."
    return (FileProblem(Reason.METADATA_MALFORMED, detail),)


def _unparsed_problems(unparsed: dict[str, list[str]]) -> Iterator[str]:
    for name, values in sorted(unparsed.items()):
        if name.replace("-", "_") in RawMetadata.__annotations__ and len(values) > 1:
            yield f"The metadata's field {shown(name)} may be given once and is given {len(values)} times."
        elif name == "project-url":
            yield "The metadata has two fields Project-URL with the same label."
        else:
            yield f"The metadata's field {shown(name)} is none of the core metadata specification."


def _validation_problems(raw: RawMetadata) -> Iterator[str]:
    """Yield what `packaging` finds. Its own words: they name the field and the rule. The version is left to the policy."""
    checked = raw.copy()
    # setuptools from 56 to 76 wrote License-File into metadata before 2.4: a good part of all files there are.
    if checked.get("metadata_version") in _BEFORE_LICENSE_FILE:
        checked.pop("license_files", None)
    try:
        Metadata.from_raw(checked)
    except ExceptionGroup as group:
        yield from sorted(_told(problem) for problem in group.exceptions if not _is_of_version(problem))
    except Exception:  # noqa: BLE001 - behind it are the email package's field parser and a recursive one of markers,
        # and what those raise on hostile input is whatever gives way first. None of it may end in a server error.
        yield "The metadata has a field that cannot be parsed."


def _is_of_version(problem: Exception) -> bool:
    return isinstance(problem, InvalidMetadata) and problem.field == "metadata-version"


def _told(problem: Exception) -> str:
    where = f"The field {problem.field}" if isinstance(problem, InvalidMetadata) else "The metadata"
    return f"{where} is invalid: {shown(str(problem))}."


def _policy_problems(raw: RawMetadata) -> Iterator[str]:
    """Yield what a well-formed file may not say on an index."""
    version = raw.get("metadata_version", "")
    if version not in VERSIONS:
        yield f"Metadata-Version is one of {', '.join(sorted(VERSIONS))}, and not {shown(version)}."
    if len(raw.get("summary", "")) > MAX_SUMMARY:
        yield f"The Summary is longer than {MAX_SUMMARY} characters. The long text is called Description."
    if raw.get("license") and raw.get("license_expression"):
        yield "The metadata has both License and License-Expression. Leave License out: the other replaces it (PEP 639)."
    if (parsed := parsed_version(raw)) and parsed.local is not None:
        yield f"{parsed} is a local version, which is not published on an index (PEP 440)."
    if direct := {requirement for requirement in raw.get("requires_dist", []) if _is_direct(requirement)}:
        yield (
            f"Each of these requirements is a direct URL: {shown_some(direct)}. An index does not take those (PEP 440): "
            "what they lead to is not on it, can change, and nobody checks it."
        )


def parsed_version(raw: RawMetadata) -> Version | None:
    """Return the version, or None where it is absent or none (PEP 440)."""
    try:
        return Version(raw.get("version", ""))
    except ValueError:
        return None


def _is_direct(requirement: str) -> bool:
    if "@" not in requirement:
        return False
    try:
        return Requirement(requirement).url is not None
    except (InvalidRequirement, ValueError, RecursionError):
        # Told by `_validation_problems`.
        return False
