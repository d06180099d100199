"""``manage.py`` as an operator meets it: what has to be set right is told in a line, and what was not done is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from registry.postgres import Administration, Database
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld

ROOT = Path(__file__).resolve().parent.parent.parent


def told(var: Path, *arguments: str, settings: Mapping[str, str]) -> tuple[int, str]:
    """Run ``manage.py`` with these settings and no others; return its exit code and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "SLUICEGATE_"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**kept, "SLUICEGATE_VAR": str(var), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, "Set DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/none"}, "The database cannot be used"),
        ({"DATABASE_URL": "mysql://a:b@127.0.0.1/none"}, "DATABASE_URL cannot be read"),
        ({"SLUICEGATE_BASE_URL": "http://registry.example"}, "SLUICEGATE_BASE_URL must be an https:// address"),
    ],
)
def test_what_has_to_be_set(tmp_path: Path, settings: dict[str, str], wanted: str) -> None:
    """A missing or wrong setting is named, without a traceback."""
    code, said = told(tmp_path, "sweep", settings=settings)
    assert (code, said.startswith(wanted), "Traceback" in said) == (1, True, False), said


def test_nothing_is_installed_yet(administration: Administration, slot: int, tmp_path: Path) -> None:
    """Whoever forgets the first step is told which it is."""
    name = f"sluicegate_empty_{slot}"
    database = administration.create_database(name, fresh=True)
    try:
        code, said = told(tmp_path, "verify_audit", settings={"DATABASE_URL": database.app_url})
    finally:
        administration.drop_database(name)
    assert (code, "manage.py install" in said, "Traceback" in said) == (1, True, False), said


def test_a_registry_that_stands_takes_no_roots_from_its_operator(
    template: Database, world: SigstoreWorld, tmp_path: Path
) -> None:
    """Two people 3: roots change by two stewards, and an operator who gives others is told that they were not taken."""
    roots = tmp_path / "roots.json"
    roots.write_text(json.dumps(with_simulated_instance(world)))
    logins = {"DATABASE_URL": template.app_url, "DATABASE_OWNER_URL": template.owner_url}
    code, said = told(tmp_path, "install", "--roots", str(roots), settings=logins)
    assert (code, "NOT taken" in said) == (0, True), said
    assert "The registry is up to date." in told(tmp_path, "install", settings=logins)[1]


@pytest.mark.parametrize("named", [False, True])
def test_the_web_application_has_a_login_of_its_own(template: Database, tmp_path: Path, named: bool) -> None:
    """Design: the web process owns nothing. With one login for both, its own rights would be taken from the owner."""
    logins = {"DATABASE_OWNER_URL": template.owner_url}
    if named:
        logins["DATABASE_URL"] = template.owner_url
    code, said = told(tmp_path, "install", settings=logins)
    assert (code, "another one than the owner's" in said, "Traceback" in said) == (1, True, False), said
