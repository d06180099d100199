"""flit, hatch, poetry and pdm cannot send attestations: they are refused, and show their user why and what can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conftest import Served, distribution
from tests.clients.running import Ran, run

PROJECT = '[project]\nname = "widget"\nversion = "4.0"\ndescription = "x"\n'


def flit(home: Path, url: str, token: str) -> Ran:
    backend = '[build-system]\nrequires = ["flit_core>=3.2"]\nbuild-backend = "flit_core.buildapi"\n'
    (home / "pyproject.toml").write_text(PROJECT + backend)
    (home / "widget.py").write_text('"""x"""\n')
    login = {"FLIT_INDEX_URL": url, "FLIT_USERNAME": "__token__", "FLIT_PASSWORD": token}
    return run(home, "flit", "publish", "--format", "wheel", environment=login)


def hatch(home: Path, url: str, token: str) -> Ran:
    return run(home, "hatch", "publish", "--no-prompt", "-r", url, "-u", "__token__", "-a", token, str(built(home)))


def poetry(home: Path, url: str, token: str) -> Ran:
    (home / "pyproject.toml").write_text(PROJECT)
    built(home)
    settings = {
        "POETRY_REPOSITORIES_HERE_URL": url,
        "POETRY_HTTP_BASIC_HERE_USERNAME": "__token__",
        "POETRY_HTTP_BASIC_HERE_PASSWORD": token,
    }
    return run(home, "poetry", "publish", "-n", "--repository", "here", environment=settings)


def pdm(home: Path, url: str, token: str) -> Ran:
    (home / "pyproject.toml").write_text(PROJECT)
    built(home)
    command = ["pdm", "publish", "--no-build", "--repository", url, "--username", "__token__", "--password", token]
    return run(home, *command)


def built(home: Path) -> Path:
    """A wheel in ``dist``, as a build leaves it."""
    filename, content = distribution("widget", "4.0")
    (home / "dist").mkdir()
    (home / "dist" / filename).write_bytes(content)
    return home / "dist" / filename


@pytest.mark.parametrize("client", [flit, hatch, poetry, pdm])
def test_who_cannot_send_attestations_is_told_who_can(
    client: Callable[[Path, str, str], Ran], served: Served, tmp_path: Path
) -> None:
    """In the client's own output: the reason, what to do, and which clients send attestations."""
    ran = client(tmp_path, f"{served.registry.url}/legacy/", served.upload_token)
    assert ran.code != 0
    assert "400 evidence-missing" in ran.shown, "it leads, and nothing is wrong with the form: " + ran.shown
    assert "twine upload --attestations" in ran.shown
    assert "uv publish" in ran.shown


@pytest.mark.parametrize("client", [flit, hatch, poetry, pdm])
def test_a_wrong_token_is_told(client: Callable[[Path, str, str], Ran], served: Served, tmp_path: Path) -> None:
    """Nobody is left to guess whether it was the file or the token."""
    ran = client(tmp_path, f"{served.registry.url}/legacy/", "sluice_wrong")
    assert ran.code != 0
    assert "token-invalid" in ran.shown or "403" in ran.shown, ran.shown
