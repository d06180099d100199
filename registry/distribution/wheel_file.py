"""The file WHEEL in a wheel's .dist-info, held against the file's name (PEP 427)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32

from packaging.tags import InvalidTag, Tag, TooManyTagsError, parse_tag

from registry.distribution.filename import DistributionFilename
from registry.distribution.problems import FileProblem, archive_problem, shown

MAX_WHEEL_FILE = 64 * 1024
"""Bytes of WHEEL: some hundred tags, where there are rarely more than ten."""

MAX_TAGS = 1000
"""Tags that WHEEL may expand to, all its lines together: compressed tag sets multiply, and a short line can stand for
millions."""

_BUILD = re.compile(r"(\d{1,200})(.*)", re.ASCII)


def wheel_file_problems(content: bytes, named: DistributionFilename) -> Iterator[FileProblem]:
    """Yield where WHEEL is malformed or says something else than the file name.

    Installers choose a wheel by its file name and then go by WHEEL, so a wheel on which they differ is a different
    one before and after it is installed.
    """
    try:
        fields = HeaderParser(policy=compat32).parsestr(content.decode("utf-8"))
    except UnicodeDecodeError:
        yield archive_problem("The wheel's file WHEEL is not UTF-8.")
        return
    version = _only(fields, "Wheel-Version")
    if not re.fullmatch(r"1\.[0-9]{1,3}", version):
        yield archive_problem(f"WHEEL says Wheel-Version {shown(version)}; this registry knows 1.x.")
    if (tags := _tags(fields)) != named.tags:
        said = ", ".join(sorted(map(str, tags))) if tags else "none that can be read"
        detail = f"The tags in WHEEL ({shown(said)}) are not those of the file name. `wheel tags` writes both as one."
        yield archive_problem(detail)
    build = _only(fields, "Build")
    if _build(build) != named.build:
        yield archive_problem(f"The build number in WHEEL ({shown(build)}) is not that of the file name.")


def _only(fields: Message, name: str) -> str:
    """Return a field's value, "" where it is absent; values given more than once are joined and so fit nothing."""
    return "\n".join(str(value).strip() for value in fields.get_all(name, []))


def _tags(fields: Message) -> frozenset[Tag]:
    """Return all tags, or none where one cannot be read."""
    tags: set[Tag] = set()
    left = MAX_TAGS
    try:
        for line in fields.get_all("Tag", []):
            more = parse_tag(str(line).strip(), limit=left)
            left -= len(more)
            tags |= more
    except (InvalidTag, TooManyTagsError):
        return frozenset()
    return frozenset(tags)


def _build(build: str) -> tuple[int, str] | tuple[()] | None:
    """Return a build number as the file name's is parsed; () for none, None where it is malformed."""
    if not build:
        return ()
    match = _BUILD.fullmatch(build)
    return (int(match[1]), match[2]) if match else None
