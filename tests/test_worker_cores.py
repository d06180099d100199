"""Each worker keeps to a core of its own: its threads hand Python on to one another, from core to core at a price."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.serving import Registry

WITHIN = 20.0

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no say in cores")


def workers(registry: Registry) -> Iterator[tuple[int, str]]:
    """Yield each worker's process and the cores that it may use, as the kernel has them."""
    bound = f"--bind\0{registry.url.removeprefix('http://')}\0"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if bound not in (process / "cmdline").read_text():
                continue
            status = (process / "status").read_text()
            parent = re.findall(r"^PPid:\s+(\d+)$", status, re.MULTILINE)[0]
            if bound in Path(f"/proc/{parent}/cmdline").read_text():
                yield int(process.name), re.findall(r"^Cpus_allowed_list:\s+(\S+)$", status, re.MULTILINE)[0]
        except OSError:
            continue


def settled(registry: Registry, without: int = 0) -> dict[int, str]:
    """Return the two workers once both have chosen, and the one that is to be gone is."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        found = dict(workers(registry))
        if len(found) == 2 and without not in found and all(cores.isdigit() for cores in found.values()):
            return found
        time.sleep(0.1)
    raise AssertionError(f"these are the workers: {dict(workers(registry))}")


def test_a_worker_has_a_core_of_its_own_and_so_has_its_successor(registry: Registry) -> None:
    """Where there are as many cores; and a worker that comes for one that died takes the core that became free."""
    before = settled(registry)
    assert len(set(before.values())) == min(2, len(os.sched_getaffinity(0)))
    gone = next(iter(before))
    os.kill(gone, signal.SIGKILL)
    assert sorted(settled(registry, without=gone).values()) == sorted(before.values())
