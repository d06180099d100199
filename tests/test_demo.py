"""The door that must always work: the ten steps, through ``python -m demo`` as ``make demo ONCE=1`` calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.evidence import DOWNLOADED, real_input

ROOT = Path(__file__).resolve().parent.parent


def test_the_ten_steps(tmp_path: Path) -> None:
    """Every step comes out as it should, each on a plain line, and the demo ends with 0."""
    real_input(tmp_path)
    assert DOWNLOADED.exists()
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={**os.environ, "ONCE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for number in range(1, 11):
        assert f"\n{number:>2}. " in done.stdout
    assert "All ten steps came out as they should" in done.stdout
