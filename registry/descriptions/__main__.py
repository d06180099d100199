"""The process that renders one description: content type and text come in as JSON, the HTML goes out. Knows no Django."""

from __future__ import annotations

import json
import resource
import sys

from registry.descriptions.rendering import render

CPU_SECONDS = 3
MEMORY = 1 << 30
"""Bytes of address space."""


def main() -> None:
    """Render what standard input holds. Ends with an error where it cannot, or runs out of what it may use."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    content_type, description = json.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(render(description, content_type)).encode())


if __name__ == "__main__":
    main()
