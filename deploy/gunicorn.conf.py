"""How gunicorn serves a registry: ``gunicorn -c deploy/gunicorn.conf.py registry.wsgi``.

The demonstration, the tests and the benchmarks serve by this file too. The number of workers is ``WEB_CONCURRENCY``
(one a core; default 2). ``docs/running-a-registry.md`` says what stands in front of it.
"""

from __future__ import annotations

import gc
import os
import random
from collections import Counter
from typing import Any

bind = "127.0.0.1:8000"
"""Loopback, for whoever reaches it is believed: nginx alone says what the client's address and scheme were."""

forwarded_allow_ips = "127.0.0.1,::1"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
preload_app = True
"""Loaded once and shared by the workers. So new code comes into force by a restart, not by SIGHUP."""

worker_class = "gthread"
threads = 24
"""More than nginx lets uploads through (deploy/nginx.conf): whoever sends slowly holds a thread, and holds up nobody who
reads. Each has a connection to the database once it was needed."""

keepalive = 75
"""Seconds. Longer than nginx keeps a connection to here, so that it is never closed under a request."""

timeout = 120
"""Seconds without a sign of life after which a worker is taken for dead. Threads that receive slowly are no such thing."""

graceful_timeout = 60
"""Seconds that uploads under way have to finish when the server is told to stop."""

control_socket_disable = True
loglevel = "warning"


def when_ready(server: object) -> None:  # noqa: ARG001  (gunicorn's signature)
    """Leave what the application is made of out of every garbage collection: it stays, and the workers share it."""
    gc.collect()
    gc.freeze()


def cores() -> list[int]:
    """Return the cores that may be used, beginning with any: several registries of one machine do not all take the first."""
    found = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    turn = random.randrange(len(found)) if found else 0  # noqa: S311  (no secret)
    return found[turn:] + found[:turn]


CORES = cores()


def pre_fork(server: Any, worker: Any) -> None:
    """Choose a worker's core: the first that the fewest others have."""
    taken = Counter(other.core for other in server.WORKERS.values())
    worker.core = min(CORES, key=lambda core: taken[core], default=None)


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001  (gunicorn's signature)
    """Keep a worker's threads on its core. Only one of them runs Python at a time, and to hand that on from core to core costs
    half of an index page's time and a tenth of an upload's (docs/benchmarks.md)."""
    if worker.core is not None:
        os.sched_setaffinity(0, {worker.core})
