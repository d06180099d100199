"""Runs a client as somebody would who has nothing but it: an empty home, no settings of anybody's, no cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "var" / "clients" / "bin"
"""Where ``make`` installs what ``requirements/clients.txt`` locks."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a client came to: its exit code, and everything that it showed, its line breaks taken out."""

    code: int
    shown: str


def run(home: Path, *command: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a client that stands in its home, with nothing in its environment but this."""
    home.mkdir(parents=True, exist_ok=True)
    clean = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "1000",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_CACHE": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "POETRY_VIRTUALENVS_IN_PROJECT": "1",
        "POETRY_KEYRING_ENABLED": "0",
        "PDM_CHECK_UPDATE": "0",
    }
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=home,
        env={**clean, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return Ran(done.returncode, " ".join((done.stdout + done.stderr).split()))


def make_venv(folder: Path) -> Path:
    """Make an empty environment at ``folder/.venv``, of the Python that runs the tests; return its interpreter."""
    made = run(folder, "uv", "venv", "--python", sys.executable, str(folder / ".venv"))
    assert made.code == 0, made.shown
    return folder / ".venv" / "bin" / "python"


def installed(folder: Path) -> dict[str, str]:
    """Return what stands in the environment of :func:`make_venv`, name by version."""
    (packages,) = (folder / ".venv").glob("lib/python*/site-packages")
    found = (path.name.removesuffix(".dist-info").split("-") for path in packages.glob("*.dist-info"))
    return {name: version for name, version in found if name in ("widget", "sprocket", "gadget")}
