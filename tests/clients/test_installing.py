"""pip, uv, poetry and pdm install from the registry: by name, by pin with hashes, by range; what is yanked or in quarantine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.clients.conftest import Served, distribution
from tests.clients.running import Ran, installed, make_venv, run


def pip(home: Path, index: str, *wanted: str) -> Ran:
    python = make_venv(home)
    return run(home, "pip", "--python", str(python), "install", "--index-url", index, *wanted)


def uv(home: Path, index: str, *wanted: str) -> Ran:
    python = make_venv(home)
    return run(home, "uv", "pip", "install", "--python", str(python), "--default-index", index, *wanted)


def poetry(home: Path, index: str, *wanted: str) -> Ran:
    """A project with these dependencies: they are resolved, locked with their hashes, and installed."""
    make_venv(home)
    source = f'[[tool.poetry.source]]\nname = "here"\nurl = "{index}"\npriority = "primary"\n'
    (home / "pyproject.toml").write_text(f"{_project(wanted)}[tool.poetry]\npackage-mode = false\n{source}")
    return run(home, "poetry", "install", "--no-interaction", "--no-root")


def pdm(home: Path, index: str, *wanted: str) -> Ran:
    """Likewise; a source of the name pypi takes the place of the one that is built in."""
    python = make_venv(home)
    source = f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\nverify_ssl = false\n'
    (home / "pyproject.toml").write_text(f"{_project(wanted)}[tool.pdm]\ndistribution = false\n{source}")
    return run(home, "pdm", "install", "--no-self", environment={"PDM_PYTHON": str(python)})


def _project(wanted: tuple[str, ...]) -> str:
    dependencies = ", ".join(f'"{one}"' for one in wanted)
    head = '[project]\nname = "consumer"\nversion = "1.0"\nrequires-python = ">=3.11,<4"\n'
    return f"{head}dependencies = [{dependencies}]\n"


CLIENTS = [pip, uv, poetry, pdm]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("wanted", "version"),
    [("widget", "2.0"), ("widget==1.0", "1.0"), ("widget>=1,<2", "1.1")],
    ids=["by name", "by pin", "by range"],
)
def test_installing(client: object, wanted: str, version: str, served: Served, tmp_path: Path) -> None:
    """The highest version that fits, no pre-release and nothing yanked, and what it needs."""
    assert callable(client)
    ran = client(tmp_path, served.index, wanted)
    assert ran.code == 0, ran.shown
    assert installed(tmp_path) == {"widget": version, "sprocket": "1.0"}


@pytest.mark.parametrize("client", CLIENTS)
def test_who_pinned_what_was_yanked_still_gets_it(client: object, served: Served, tmp_path: Path) -> None:
    """PEP 592: nobody's build breaks; nobody else is given it, though 2.5 is the highest version (test above)."""
    assert callable(client)
    ran = client(tmp_path, served.index, "widget==2.5")
    assert ran.code == 0, ran.shown
    assert installed(tmp_path) == {"widget": "2.5", "sprocket": "1.0"}
    # pdm says nothing of it: the others show the maintainer's reason, or at least that it was yanked.
    assert client is pdm or "yanked" in ran.shown


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_in_quarantine_is_not_installed(client: object, served: Served, tmp_path: Path) -> None:
    """PEP 792: no file of it is offered, and the client says that there is none."""
    assert callable(client)
    ran = client(tmp_path, served.index, "gadget")
    assert ran.code != 0
    assert "gadget" in ran.shown
    assert installed(tmp_path) == {}


def pins(*releases: tuple[str, str], wrong: bool = False) -> str:
    def digest(package: str, version: str) -> str:
        return hashlib.sha256(distribution(package, version)[1] + b"x" * wrong).hexdigest()

    return "".join(f"{package}=={version} --hash=sha256:{digest(package, version)}\n" for package, version in releases)


@pytest.mark.parametrize("client", [pip, uv])
def test_pins_with_hashes(client: object, served: Served, tmp_path: Path) -> None:
    """``--require-hashes``: what was built is what is installed, and nothing else is."""
    assert callable(client)
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(pins(("widget", "1.0"), ("sprocket", "1.0")))
    bad.write_text(pins(("widget", "1.0"), ("sprocket", "1.0"), wrong=True))
    ran = client(tmp_path / "bad", served.index, "--require-hashes", "-r", str(bad))
    assert (ran.code != 0, installed(tmp_path / "bad")) == (True, {})
    assert "hash" in ran.shown.lower()
    ran = client(tmp_path / "good", served.index, "--require-hashes", "-r", str(good))
    assert ran.code == 0, ran.shown
    assert installed(tmp_path / "good") == {"widget": "1.0", "sprocket": "1.0"}


def test_lock_files_name_the_hashes(served: Served, tmp_path: Path) -> None:
    """What poetry and pdm lock is what was built: they read the hash from the index."""
    digest = hashlib.sha256(distribution("widget", "1.0")[1]).hexdigest()
    for client, lock in ((poetry, "poetry.lock"), (pdm, "pdm.lock")):
        home = tmp_path / lock
        assert client(home, served.index, "widget==1.0").code == 0
        assert digest in (home / lock).read_text()


# A private registry


@pytest.mark.parametrize("client", [pip, uv])
def test_a_private_registry_asks_for_a_token(client: object, private: Served, tmp_path: Path) -> None:
    """Without one, or with one that uploads, nothing is installed. uv says what the registry said."""
    assert callable(client)
    refused = client(tmp_path / "none", private.index, "widget")
    assert refused.code != 0
    # pip, which may ask nobody for a password here, says of both only that it has found nothing.
    nothing = "(from versions: none)"
    assert any(words in refused.shown for words in ("401 Unauthorized", "reading-needs-sign-in", nothing)), (
        refused.shown
    )
    refused = client(tmp_path / "upload", with_token(private.index, private.upload_token), "widget")
    assert refused.code != 0
    assert any(words in refused.shown for words in ("403 Forbidden", "token-scope", nothing)), refused.shown
    ran = client(tmp_path / "read", with_token(private.index, private.read_token), "widget")
    assert ran.code == 0, ran.shown
    assert installed(tmp_path / "read") == {"widget": "2.0", "sprocket": "1.0"}


def with_token(index: str, token: str) -> str:
    return index.replace("http://", f"http://__token__:{token}@")


def test_uv_takes_the_token_from_its_environment(private: Served, tmp_path: Path) -> None:
    """As docs/installing.md tells: no token in an address."""
    python = make_venv(tmp_path)
    command = ["uv", "pip", "install", "--python", str(python), "--default-index", f"here={private.index}", "widget"]
    login = {"UV_INDEX_HERE_USERNAME": "__token__", "UV_INDEX_HERE_PASSWORD": private.read_token}
    ran = run(tmp_path, *command, environment=login)
    assert ran.code == 0, ran.shown


def test_pip_takes_the_token_from_netrc(private: Served, tmp_path: Path) -> None:
    """Likewise."""
    python = make_venv(tmp_path)
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login __token__ password {private.read_token}\n")
    netrc.chmod(0o600)
    ran = run(tmp_path, "pip", "--python", str(python), "install", "--index-url", private.index, "widget")
    assert ran.code == 0, ran.shown
