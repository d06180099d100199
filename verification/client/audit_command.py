"""``sluicegate-verifier audit``: a registry's audit log, checked by whoever has downloaded it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from verification.audit_log import AuditCheck
from verification.audit_log.line import MAX_LINE
from verification.audit_log.telling import as_json, in_words
from verification.client.inputs import Unusable, opened

PROVES, WRONG = 0, 1

MAX_LINE_BYTES = 4 * MAX_LINE
"""As many as the longest line's characters can have in UTF-8."""

MOST_FINDINGS = 1000
"""After so many the rest is not read: each is kept in memory, and a hostile log can have one in every byte."""

WHENCE = "download the log anew from the registry's /audit/log.jsonl"


def add_audit_command(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]  # no name of its type is public
    """Add the command to those of the client."""
    audit = commands.add_parser("audit", help="check a registry's audit log, as downloaded from /audit/log.jsonl")
    audit.add_argument("log", type=Path, help="the downloaded log; exit code 1 if something is wrong with it")
    audit.add_argument("--json", action="store_true", help="print what was found as JSON")
    audit.set_defaults(run=_audit)


def _audit(asked: argparse.Namespace) -> int:
    check = AuditCheck()
    for line in _lines(asked.log):
        check.feed_text(line)
        if len(check.findings) >= MOST_FINDINGS:
            sys.stderr.write(f"{asked.log}: {MOST_FINDINGS} findings; what comes after them was not read\n")
            break
    report = check.report()
    sys.stdout.write(f"{json.dumps(as_json(report)) if asked.json else in_words(report)}\n")
    return WRONG if report.findings else PROVES


def _lines(path: Path) -> Iterator[str]:
    """Yield the log's lines, without their ends. Raises Unusable for what no registry's log has, before it is read whole."""
    with opened(path) as log:
        for number, line in enumerate(iter(lambda: log.readline(MAX_LINE_BYTES + 1), b""), start=1):
            if len(line) > MAX_LINE_BYTES:
                raise Unusable(f"{path}: line {number} is longer than any of an audit log; {WHENCE}")
            try:
                yield line.removesuffix(b"\n").decode()
            except UnicodeDecodeError as error:
                raise Unusable(f"{path}: line {number} is not UTF-8; {WHENCE}") from error
