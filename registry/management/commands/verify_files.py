"""``manage.py verify_files``: does the store have what the registry offers?"""

from __future__ import annotations

import hashlib
import sys
from typing import Any

from django.core.management.base import BaseCommand

from registry import storage
from registry.models import File

PIECE = 1024 * 1024


class Command(BaseCommand):
    """Read every file that is shown and not deleted, and hold it against its SHA-256. Safe at any time.

    A file that is accepted and not shown yet is the sweep's business, which stores it or says why it cannot.
    """

    help = "Read the content of every file in the store. Exits 1 if any is missing or is not what was let in."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print each file that is not as it was let in, and how many were read; exit with 1 if there is such a one."""
        read = wrong = 0
        shown = File.objects.filter(visible_at__isnull=False, deleted_at=None)
        for sha256, filename in shown.values_list("sha256", "filename").iterator():
            read += 1
            if problem := self._problem(sha256):
                wrong += 1
                self.stdout.write(f"{filename}: {problem} ({storage.blob_name(sha256)})")
        self.stdout.write(f"{read} file(s) read, {wrong} of them wrong.")
        if wrong:
            self.stdout.write(
                "Put them back from a backup, at the address beside each; what is missing comes back too when the same file "
                "is sent again. Whoever downloads what is there now is told by the hash in the index."
            )
            sys.exit(1)

    def _problem(self, sha256: str) -> str | None:
        try:
            with storage.blobs().open(storage.blob_name(sha256)) as blob:
                digest = hashlib.sha256()
                for piece in blob.chunks(PIECE):
                    digest.update(piece)
        except FileNotFoundError:
            return "its content is missing"
        except OSError as error:
            return f"its content cannot be read: {error}"
        return None if digest.hexdigest() == sha256 else "its content is another than was let in"
