"""docs/threats.md and the tests say the same: no threat without its test, and no attack that the page does not name."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from verification.reasons import Reason

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = "tests/attacks/"
PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| threat |")
]
THIS = HERE + Path(__file__).name


@cache
def functions(path: str) -> dict[str, str]:
    """Return the tests of a file by name, with the first sentence that each says of itself."""
    tree = ast.parse((ROOT / path).read_text())
    return {
        node.name: " ".join((ast.get_docstring(node) or "").split()).removesuffix(".")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named(cell: str) -> list[tuple[str, str]]:
    """Return file and function of each test that a cell names; nothing else may stand in it."""
    found = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", cell)
    assert ", ".join(f"`{path}::{name}`" for path, name in found) == cell
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_every_row_has_its_tests(row: list[str]) -> None:
    """A threat is told with what stops it, with reasons of the closed list, and with tests that there are."""
    threat, stopped_by, reasons, tests = row
    assert threat
    assert stopped_by
    words = [] if reasons == "\N{EN DASH}" else [word.strip("`") for word in reasons.split(", ")]
    assert set(words) <= set(Reason)
    assert named(tests)
    for path, name in named(tests):
        assert name in functions(path), f"{path}::{name}"
        if path.startswith(HERE):
            assert functions(path)[name] == threat


def test_every_attack_has_its_row() -> None:
    """Each test of this folder, but these two, is named once."""
    told = [test for row in ROWS for test in named(row[3]) if test[0].startswith(HERE)]
    there = [
        (HERE + path.name, name)
        for path in sorted((ROOT / HERE).glob("test_*.py"))
        if HERE + path.name != THIS
        for name in functions(HERE + path.name)
    ]
    assert sorted(told) == sorted(there)


def test_what_is_out_of_reach_is_said() -> None:
    """What nothing here stops is said plainly, and not left to be found out."""
    below = PAGE.partition("## Out of reach")[2]
    for word in ("colluding", "compromised builder", "hijacked", "database", "first use", "dependencies"):
        assert word in below
