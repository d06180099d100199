"""``manage.py verify_audit``: does the audit log prove what the registry says?"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from expectations.audit_lines import lines
from expectations.audit_rows import check_rows
from verification.audit_log import AuditCheck
from verification.audit_log.telling import as_json, in_words


class Command(BaseCommand):
    """Check the whole log again, every proof in it, and the rows that it tells of."""

    help = "Check the whole audit log, every security key's assertion and the rows they are about. Exits 1 if anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--json", action="store_true", help="print what was found as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what was found; exit with 1 if that is anything."""
        check = AuditCheck()
        with _one_moment():
            for line in lines():
                check.feed(line)
            check.findings.extend(check_rows(check))
        report = check.report()
        self.stdout.write(json.dumps(as_json(report)) if options["json"] else in_words(report))
        if report.findings:
            sys.exit(1)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read log and rows as they stood at one moment, whatever is written meanwhile; within a transaction, as that sees them."""
    begins = not connection.in_atomic_block
    with transaction.atomic():
        if begins:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
