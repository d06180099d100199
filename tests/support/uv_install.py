"""uv, installing from a registry as somebody without settings would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def uv_install(requirement: str, *, index: str, target: Path) -> None:
    """Install one distribution, without what it depends on, into a folder. A failure is told in what uv said."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--no-cache", "--no-build-isolation"]
    where = ["--python", sys.executable, "--target", str(target), "--default-index", index]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    done = subprocess.run(
        [*command, *where, requirement], env=kept, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
