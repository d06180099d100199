"""``roots check``, ``roots assemble`` and ``roots fetch``: how a document of roots comes about.

Only ``fetch`` asks the network, and only it imports what can.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from verification.canonical import JsonRefused, JsonValue, parse_strict
from verification.client.inputs import Unusable, problems, read_file, read_json, read_roots
from verification.parameters import DocumentInvalid, escaped
from verification.root_document import MAX_BYTES, load_instance
from verification.root_fragments import assemble, instance_fragment
from verification.root_of_trust import parse_roots, shipped_document
from verification.sigstore_adapter import Transparency

DONE = 0

UNLOGGED = (
    "no public log. Nobody but the instance sees what it issues: a certificate that it issues wrongly, or to somebody who "
    "has broken into it, is found out by nobody else"
)
"""What is lost with an instance that has no log (decision 12)."""


def add_roots_commands(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]  # no name of its type is public
    """Add ``roots`` and what it can do to the commands."""
    roots = commands.add_parser("roots", help="make, fetch or look at roots of trust")
    kinds = roots.add_subparsers(required=True, metavar="COMMAND")
    check = kinds.add_parser("check", help="say whether a document of roots is valid, and its digest")
    check.add_argument("document", type=Path, nargs="?", help="default: those shipped")
    check.set_defaults(run=_check)
    put_together = kinds.add_parser("assemble", help="print the document that some fragments make together")
    put_together.add_argument("fragments", type=Path, nargs="+", help="in the order in which their builders count")
    put_together.add_argument("--shipped", action="store_true", help="with the shipped roots after them")
    put_together.set_defaults(run=_assemble)
    fetch = kinds.add_parser("fetch", help="bring a Sigstore instance's trusted root out of its TUF repository")
    fetch.add_argument("--tuf", required=True, metavar="URL", help="the repository: https, or http on this machine")
    fetch.add_argument("--root", type=Path, required=True, help="the root.json that you believe")
    fetch.add_argument("--instance", metavar="NAME", help="how the roots call it (default: the repository's host)")
    fetch.add_argument(
        "--transparency",
        type=Transparency,
        choices=list(Transparency),
        default=Transparency.LOG,
        help="none for an instance that has no public log, as GitHub's own for private repositories (default: log)",
    )
    fetch.add_argument("--target", default="trusted_root.json", help="default: trusted_root.json")
    fetch.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    fetch.set_defaults(run=_fetch)


def _check(asked: argparse.Namespace) -> int:
    roots = read_roots(asked.document)
    # Names have commas.
    names = escaped("; ".join(builder.name for builder in roots.builders))
    sys.stdout.write(f"valid: sha256 {roots.digest}, builders: {names}\n")
    for instance in roots.instances.values():
        if not instance.has_log:
            sys.stdout.write(f"{escaped(instance.name)}: {UNLOGGED}\n")
    return DONE


def _assemble(asked: argparse.Namespace) -> int:
    fragments = [read_json(path) for path in asked.fragments]
    try:
        document = assemble([*fragments, *([shipped_document()] if asked.shipped else [])])
        parse_roots(document)
    except DocumentInvalid as error:
        raise Unusable(problems("the assembled document", error)) from error
    sys.stdout.write(_spelled(document))
    return DONE


def _fetch(asked: argparse.Namespace) -> int:
    from verification.client.tuf_fetch import FetchRefused, fetch_target  # noqa: PLC0415  only here the network is asked

    try:
        fetched = fetch_target(asked.tuf, pinned_root=read_file(asked.root, MAX_BYTES), target=asked.target)
    except FetchRefused as error:
        raise Unusable(f"{asked.tuf}: {error}") from error
    name = asked.instance or str(urlsplit(asked.tuf).hostname)
    trusted_root = _usable(name, fetched.content, asked.target, asked.transparency)
    told = _spelled(instance_fragment(name, trusted_root, asked.transparency))
    if asked.output is None:
        sys.stdout.write(told)
    else:
        _write(asked.output, told)
    sys.stderr.write(f"root version {fetched.root_version} vouches for it, from the pinned {fetched.pinned_version}\n")
    if asked.transparency is Transparency.NONE:
        sys.stderr.write(f"{name}: {UNLOGGED}\n")
    return DONE


def _usable(name: str, content: bytes, target: str, transparency: Transparency) -> JsonValue:
    """Return the trusted root, if a document could hold it under an entry that says this of logs. Raises Unusable."""
    try:
        trusted_root = parse_strict(content)
        if not isinstance(trusted_root, dict):
            raise Unusable(f"{target} is no trusted root")
        load_instance(name, trusted_root, transparency)
    except JsonRefused as error:
        raise Unusable(f"{target} {error}") from error
    except ValueError as error:
        raise Unusable(str(error)) from error
    return trusted_root


def _spelled(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}") from error
