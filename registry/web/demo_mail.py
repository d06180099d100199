"""The mails of a demo, on a page: in a demo alone, for anybody who reads this page could take over every account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SHOWN = 100
"""Mails on the page, the newest first."""

SEPARATOR = b"\n" + b"-" * 79 + b"\n"
"""What Django's file backend writes after each mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the page shows it."""

    to: str
    subject: str
    sent_at: datetime
    body: str


@require_safe
@never_cache
def mails(request: HttpRequest) -> HttpResponse:
    """Show the mails that this demo has sent; 404 anywhere else."""
    if not settings.DEMO:
        raise Http404
    found = [mail for path in _newest_first(Path(settings.EMAIL_FILE_PATH)) for mail in _read(path)]
    return render(request, "registry/demo_mail.html", {"mails": found[:SHOWN]})


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"), reverse=True) if folder.is_dir() else []


def _read(path: Path) -> list[Mail]:
    parts = [part for part in path.read_bytes().split(SEPARATOR) if part.strip()]
    messages = [message_from_bytes(part, policy=policy.default) for part in reversed(parts)]
    return [
        Mail(str(message["To"]), str(message["Subject"]), message["Date"].datetime, message.get_content())
        for message in messages
    ]
