"""Each description is rendered once, when somebody first looks at it, and kept under its digest."""

from __future__ import annotations

import json
import subprocess

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from registry.descriptions.process import render
from registry.models import RenderedDescription
from verification.canonical import sha256_hex

RENDERER = 2
"""Rises with every change of what is rendered from the same text, so that what was rendered before is made anew."""


def shown(description: str, content_type: str) -> SafeString:
    """Return a description as HTML that is safe to stand on a page."""
    key = sha256_hex(json.dumps([RENDERER, content_type, description]).encode())
    html = RenderedDescription.objects.filter(sha256=key).values_list("html", flat=True).first()
    if html is None:
        try:
            html = render(description, content_type) or ""
        except subprocess.TimeoutExpired:
            return _plain(description)
        RenderedDescription.objects.bulk_create([RenderedDescription(sha256=key, html=html)], ignore_conflicts=True)
    return mark_safe(html) if html else _plain(description)  # noqa: S308  the sanitiser made it


def _plain(description: str) -> SafeString:
    return format_html('<pre class="wrapped">{}</pre>', description)
