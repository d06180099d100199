"""As which user the server runs, and what that user can see.

PostgreSQL refuses to run as root. Root therefore starts it as an unprivileged user, who may be unable to enter the
folders above the checkout; no permission outside the cluster's folder is changed to help it. It gets a private mount
namespace instead, in which the cluster's folder lies at a place that everybody can enter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.postgres.binaries import Binaries, copy_below, locate
from registry.postgres.errors import EmbeddedError

UNPRIVILEGED = 65534  # "nobody": the uid and gid of a server that root starts
PRIVATE_VIEW = Path("/mnt")

# The caller's environment may hold secrets, or PG* variables that would move the server elsewhere.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


@dataclass(frozen=True)
class Standing:
    """How the programs of one cluster are started.

    `folder` and `binaries` are paths as the server sees them, `prefix` is the command that its own commands are
    handed to, `owner` is the user that its folders must belong to (None: they do already).
    """

    folder: Path
    binaries: Binaries
    prefix: tuple[str, ...]
    owner: int | None
    description: str


def standing_of(cluster: Path) -> Standing:
    """Return how the server of a cluster's folder can run here; raise EmbeddedError when it cannot."""
    installed = locate()
    if os.geteuid() != 0:
        return Standing(cluster, installed, _ended_with_parent(), None, f"as uid {os.geteuid()}")
    cluster.chmod(0o711)
    demoted = _demoted()
    if not _enters(demoted, cluster):
        return _private_standing(cluster, installed, demoted)
    readable = installed if _runs(demoted, installed) else copy_below(cluster, installed)
    return Standing(cluster, readable, demoted, UNPRIVILEGED, f"as uid {UNPRIVILEGED}")


def _ended_with_parent() -> tuple[str, ...]:
    # Second line of defence: without setpriv, a server that outlived its keeper is ended by the next start.
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig=INT", "--") if setpriv else ()


def _demoted() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedError("root needs the command setpriv to start it as another user.", "Install util-linux.")
    identity = (f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups")
    prefix = (setpriv, *identity, "--inh-caps=-all", "--no-new-privs", "--pdeathsig=INT", "--")
    if not _succeeds([*prefix, "true"]):
        raise EmbeddedError(
            f"it refuses to run as root, and root may not become uid {UNPRIVILEGED} here.",
            "Run as an ordinary user, or with CAP_SETUID and CAP_SETGID.",
        )
    return prefix


def _private_standing(cluster: Path, installed: Binaries, demoted: tuple[str, ...]) -> Standing:
    copied = copy_below(cluster, installed)
    seen = Binaries(PRIVATE_VIEW / copied.site.relative_to(cluster))
    script = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
    view = ("sh", "-euc", script, "sh", str(cluster), str(PRIVATE_VIEW))
    prefix = ("unshare", "--mount", "--propagation", "private", "--", *view, *demoted)
    if not _runs(prefix, seen):
        closed = next(folder for folder in [*reversed(cluster.parents), cluster] if not _enters(demoted, folder))
        raise EmbeddedError(
            f"it refuses to run as root, its user (uid {UNPRIVILEGED}) cannot enter {closed}, "
            "and a private mount namespace is refused (CAP_SYS_ADMIN).",
            "Run as an ordinary user, or move the checkout below folders that everybody can enter.",
        )
    return Standing(PRIVATE_VIEW, seen, prefix, UNPRIVILEGED, f"as uid {UNPRIVILEGED} in a private mount namespace")


def _enters(prefix: Sequence[str], folder: Path) -> bool:
    return _succeeds([*prefix, "sh", "-c", 'cd "$1"', "sh", str(folder)])


def _runs(prefix: Sequence[str], binaries: Binaries) -> bool:
    # Through env: setpriv keeps root's capabilities until its own exec, which thus succeeds where no later one does.
    programs = (binaries.initdb, binaries.postgres)
    return all(_succeeds([*prefix, "env", str(program), "--version"]) for program in programs)


def _succeeds(command: Sequence[str]) -> bool:
    # Tried rather than computed from mode bits: access lists, mount options and security modules count too.
    try:
        return subprocess.run(command, cwd="/", env=ENVIRONMENT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
