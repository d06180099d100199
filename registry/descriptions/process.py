"""Rendering, bounded: nested block quotes alone can keep a sanitiser busy for hours, and anybody may ask for a page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

LONGEST = 200_000
"""Characters of a description that is rendered; a longer one is shown as it is written."""

LONGEST_HTML = 1_000_000
SECONDS = 20.0
"""The longest that anybody waits; a hostile text meets the process's own limit of computing time long before."""

WAIT_SECONDS = 2.0
"""How long somebody waits for others' descriptions to be rendered before this one."""

_AT_ONCE = BoundedSemaphore(2)
"""Of one worker: each may take a gigabyte, and whoever asks for many pages at once asks for as many."""

ROOT = Path(__file__).resolve().parent.parent.parent


def render(description: str, content_type: str) -> str | None:
    """Return a description as safe HTML; None where it is to be shown as plain text, now and later.

    Raises subprocess.TimeoutExpired where a busy machine did not come to an end with it, and may another time.
    """
    if not description or len(description) > LONGEST:
        return None
    command = [sys.executable, "-m", "registry.descriptions"]
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise subprocess.TimeoutExpired(command, WAIT_SECONDS)
    try:
        done = subprocess.run(
            command,
            input=json.dumps([content_type, description]).encode(),
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
    except subprocess.CalledProcessError:
        return None
    finally:
        _AT_ONCE.release()
    html = json.loads(done.stdout)
    return html if isinstance(html, str) and len(html) <= LONGEST_HTML else None
