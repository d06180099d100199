"""``manage.py sweep``: finish what a crash has left half done, and forget what has run out."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from registry import storage
from registry.models import File, SpentIdentity
from registry.oidc import throttle
from registry.publish import reveal


class Command(BaseCommand):
    """Reveal accepted files whose blob was not promoted yet, and delete abandoned quarantine files. Safe at any time.

    Identity tokens that have expired are spent no longer: nobody takes them anyway. Sessions that have expired go too:
    whoever asks for the page of passkeys gets one, so they are without number.
    """

    help = "Finish uploads that a crash interrupted after their commit; delete quarantined files of those before it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Sweep once and say what was done."""
        hidden = list(File.objects.filter(visible_at=None, deleted_at=None))
        revealed = sum(self._reveal(file) for file in hidden)
        discarded = storage.discard_abandoned({file.sha256 for file in hidden})
        SpentIdentity.objects.filter(expires_at__lt=timezone.now()).delete()
        throttle.forget_old()
        SessionStore.clear_expired()
        self.stdout.write(f"{revealed} file(s) revealed, {discarded} abandoned quarantine file(s) deleted")

    def _reveal(self, file: File) -> bool:
        """Reveal one file; a file that cannot be helped must not keep the sweep from the others."""
        quarantined = storage.quarantined_with(file.sha256)
        try:
            reveal(file, quarantined or storage.quarantine() / file.sha256)
        except (OSError, DatabaseError) as error:
            self.stderr.write(f"{file.filename} cannot be revealed: {error}")
            return False
        return True
