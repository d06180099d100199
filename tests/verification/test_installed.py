"""The verifier by itself, as ``pip install .`` installs it: whoever checks a file again needs no registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from registry.distribution import read_distribution

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built of a copy: a build leaves its folders beside the source."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("made")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    for room in ("verification", "registry", "expectations"):
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = made.iterdir()
    return path


def test_it_is_the_verifier_alone_and_whole(wheel: Path) -> None:
    """Nothing of the registry's, and all that the verifier reads; in a form that this registry would take."""
    described = read_distribution(wheel, wheel.name)
    assert described.name == "sluicegate-verifier"
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", "verification"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert names == {
        line for line in tracked.stdout.splitlines() if line.endswith((".py", ".json")) and "/examples/" not in line
    }


def test_it_needs_what_the_registry_is_locked_to(wheel: Path) -> None:
    """So that what the registry and a consumer judge by are the same libraries."""
    described = message_from_bytes(read_distribution(wheel, wheel.name).metadata)
    wanted = {str(Requirement(line)) for line in described.get_all("Requires-Dist", [])}
    known = (ROOT / "requirements" / "base.in").read_text().splitlines()
    assert wanted
    assert wanted <= {str(Requirement(line.partition("  #")[0])) for line in known if line}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed it."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, capture_output=True)
    return folder


def run(installed: Path, folder: Path, *command: str) -> None:
    """Run a command of the installed verifier in another folder; it has to succeed, and to say something."""
    done = subprocess.run(
        [str(installed / "bin" / "sluicegate-verifier"), *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout


def test_it_runs_where_nothing_else_of_ours_is(installed: Path, tmp_path: Path) -> None:
    """In another folder, isolated from this one: its own roots of trust are read, and judged by their schema."""
    for command in (["roots", "check"], ["schema", "expectation"]):
        run(installed, tmp_path, *command)


def test_it_runs_nothing_that_was_downloaded_beside_the_files(installed: Path, tmp_path: Path) -> None:
    """Threat: whoever serves the files serves a module too, by a name that the verifier or Python itself imports."""
    (tmp_path / "verification").mkdir()
    for name in ("verification/__init__", "verification/__main__", "json", "contextlib", "sigstore", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('accepted: whatever the registry likes')\n")
    run(installed, tmp_path, "roots", "check")
