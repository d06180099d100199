"""The header lines of a metadata file, looked at before any parser is let loose on it.

The email package, by which `packaging.metadata` reads METADATA, takes a line that is no header for the end of the
headers, follows MIME fields into nested parts, and is slow on fields made to be slow. Nothing of that is in metadata.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

MAX_FIELDS = 5000
"""Header lines: room for a package with thousands of requirements, and parsed in well under a second."""

MAX_SPELLINGS = 100
"""Different field names, as they are spelled: the specification has 35, and each costs a pass over all lines."""

MAX_SHORT = 255
"""Characters of a field that is parsed by a grammar: parsers of email fields take time by the square of the length,
and Python makes no number of some thousand digits. Name and version have to fit into a file name anyway."""

_SHORT = ("Metadata-Version", "Name", "Version", "Requires-Python", "Description-Content-Type")

MAX_REQUIREMENT = 4096
"""Characters of one requirement, markers included."""

_LINE_BREAKERS = re.compile(rb"[\x00-\x08\x0b\x0d-\x1f\x7f]")
"""Control characters but tab, newline and form feed (licence texts have those). A lone carriage return above all: to
some readers a new line begins there, and to others it does not."""


def header_problems(content: bytes) -> Iterator[str]:
    """Yield what makes a metadata file's headers unfit for parsing. Takes bytes that are UTF-8."""
    head = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0].replace(b"\r\n", b"\n")
    if _LINE_BREAKERS.search(head):
        yield "The metadata's fields contain control characters."
        return
    if len(re.findall(rb"^[^ \t\n]", head, re.MULTILINE)) > MAX_FIELDS:
        yield f"The metadata has more than {MAX_FIELDS} fields."
        return
    message = BytesHeaderParser(policy=compat32).parsebytes(content)
    if message.defects or message.get_unixfrom():
        yield "Among the metadata's fields stands a line that is none."
    yield from _field_problems(message)


def _field_problems(message: Message) -> Iterator[str]:
    spellings = Counter(message.keys())
    if len(spellings) > MAX_SPELLINGS:
        yield f"The metadata has more than {MAX_SPELLINGS} different fields."
        return
    if any(name.lower() in {"mime-version", "content-type", "content-transfer-encoding"} for name in spellings):
        yield "The metadata has fields of an email, which could change how its text is read."
    for name in _SHORT:
        if any(len(str(value)) > MAX_SHORT for value in message.get_all(name, [])):
            yield f"The field {name} is longer than {MAX_SHORT} characters."
    if any(len(str(value)) > MAX_REQUIREMENT for value in message.get_all("Requires-Dist", [])):
        yield f"A field Requires-Dist is longer than {MAX_REQUIREMENT} characters."
