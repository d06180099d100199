"""The real input of the tests: the assets that ``make`` downloads, or a loud skip that says how to get them."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.real_input import SDIST, RealInput

DOWNLOADED = Path(__file__).resolve().parent.parent.parent / "var" / "evidence" / SDIST


def real_input(folder: Path) -> RealInput:
    """Unpack the real distributions and attestations into a folder; skip where they are not downloaded."""
    if not DOWNLOADED.exists():
        pytest.skip(f"{SDIST} is not there; bring it with: make test")
    return RealInput(DOWNLOADED, folder)
