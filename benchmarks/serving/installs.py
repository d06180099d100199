"""``pip install`` of a package with ten dependencies, from here and from pypiserver, into an empty folder each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.serving import load, wheels
from benchmarks.serving.figures import Figure, in_turn, times
from benchmarks.serving.ours import Ours, make_packages
from benchmarks.serving.peers import Peer
from demo.serving import Registry

DEPENDENCIES = tuple(f"install-part-{number}" for number in range(10))
WHOLE = "install-whole"


def publish(ours: Ours, registry: Registry, pypiserver: Peer) -> None:
    """Offer the package and what it depends on in both places."""
    packages = dict.fromkeys(DEPENDENCIES, ()) | {WHOLE: DEPENDENCIES}
    made = [
        wheels.release(name, "1.0", ours.world, at=ours.signed_at, requires=requires)
        for name, requires in packages.items()
    ]
    token = make_packages(registry, packages)
    load.upload(
        f"{registry.url}/legacy/", [wheel.attested for wheel in made], {"Authorization": f"Bearer {token}"}, at_once=1
    )
    load.upload(pypiserver.upload_url, [wheel.plain for wheel in made], {}, at_once=1)


def compare(registry: Registry, pypiserver: Peer, *, rounds: int) -> Iterator[Figure]:
    """Measure how long pip takes in all."""
    found = in_turn(
        {
            "here": lambda _: seconds_of(f"{registry.url}/simple/"),
            "pypiserver": lambda _: seconds_of(pypiserver.simple_url),
        },
        rounds,
    )
    ratio = times(found["here"], found["pypiserver"])
    told = f"{ratio:.2f} of pypiserver's time ({median(found['here']):.1f} s to {median(found['pypiserver']):.1f} s)"
    yield Figure("pip install with ten dependencies", told, "no slower", 1 / ratio)


def seconds_of(index: str) -> float:
    """Return how long it took to install. Raises CalledProcessError where pip fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    with tempfile.TemporaryDirectory(prefix="sluicegate-install-") as folder:
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--no-compile", "--index-url", index, "--target", str(Path(folder) / "into"), WHOLE],
            env={**kept, "PIP_CONFIG_FILE": os.devnull},
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began
