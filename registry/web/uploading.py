"""Where files are sent: told wherever somebody has just got what they need for it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def upload_url() -> str:
    """Return the whole address that upload clients are given."""
    return f"{settings.BASE_URL}{reverse('upload')}"
