"""What the test server serves: the registry, with a process that dies, or a disk that is full, where a file says.

The file is named by ``SLUICEGATE_TEST_FAULT`` in the environment of this server alone. It holds an action (``die`` or
``full-disk``) and a point; it is taken away as it is obeyed, so that what comes up afterwards lives.
"""

from __future__ import annotations

import errno
import functools
import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registry.wsgi import application
from tests.kills.points import ALL, Point

__all__ = ["application"]

_FAULT = Path(os.environ["SLUICEGATE_TEST_FAULT"])


def _obey(point: Point) -> None:
    try:
        action, _, name = _FAULT.read_text().partition(" ")
        if name != point.name:
            return
        _FAULT.unlink()
    except FileNotFoundError:
        return
    if action == "full-disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.kill(os.getpid(), signal.SIGKILL)


def _with_fault(point: Point, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        if not point.after:
            _obey(point)
        result = call(*arguments, **options)
        if point.after:
            _obey(point)
        return result

    return wrapped


def _install(point: Point) -> None:
    *owners, last = point.attribute.split(".")
    owner: Any = functools.reduce(getattr, owners, importlib.import_module(point.module))
    setattr(owner, last, _with_fault(point, getattr(owner, last)))


for _point in ALL.values():
    _install(_point)
