"""``python -m verification audit``: a registry's audit log, checked by whoever has downloaded it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from verification.audit_log import AuditCheck
from verification.audit_log.telling import as_json, in_words
from verification.client.inputs import Unusable

PROVES, WRONG = 0, 1


def add_audit_command(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]  # no name of its type is public
    """Add the command to those of the client."""
    audit = commands.add_parser("audit", help="check a registry's audit log, as downloaded from /audit/log.jsonl")
    audit.add_argument("log", type=Path)
    audit.add_argument("--json", action="store_true", help="print what was found as JSON")
    audit.set_defaults(run=_audit)


def _audit(asked: argparse.Namespace) -> int:
    check = AuditCheck()
    try:
        with asked.log.open(encoding="utf-8", newline="\n") as log:
            for line in log:
                check.feed_text(line.rstrip("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{asked.log} cannot be read: {error}") from error
    report = check.report()
    sys.stdout.write(f"{json.dumps(as_json(report)) if asked.json else in_words(report)}\n")
    return WRONG if report.findings else PROVES
