"""Locks between processes, which the kernel gives back when their holder dies in whatever way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened(file: Path) -> Iterator[int]:
    """Yield a descriptor of a lock file, made when missing; closing it gives up its lock."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Wait until nobody else holds the lock file, and hold it."""
    with opened(file) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def is_alone(descriptor: int) -> bool:
    """Try to take the descriptor's lock for itself; return whether nobody else had it. A shared lock is given up."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Hold the descriptor's lock together with others, after waiting for whoever has it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)
