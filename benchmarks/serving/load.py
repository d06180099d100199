"""Requests, many at once: uploads from a process of their own, whose bodies are ready; reads by wrk."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from statistics import quantiles
from urllib.parse import urlsplit

from benchmarks.serving.wheels import CONTENT_TYPE

AT_ONCE = 8
TRIES = 5
"""As often does twine post a file to a server that fails."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and the time (milliseconds) within which 95 of a hundred were answered."""

    per_second: float
    p95: float


class Failed(RuntimeError):
    """A server refused what it has to take, or could not be reached: there is nothing to compare."""


def upload(url: str, bodies: Sequence[bytes], headers: Mapping[str, str], *, at_once: int = AT_ONCE) -> Rate:
    """Send every body once, ``at_once`` at a time, each sender over a connection of its own.

    Whichever sender is free takes the next body, so that there are ``at_once`` under way until the end also where a
    server answers some connections sooner than others. Raises Failed unless each is answered with 200.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_upload, url, list(bodies), dict(headers), at_once).result()


def _upload(url: str, bodies: list[bytes], headers: dict[str, str], at_once: int) -> Rate:
    waiting = SimpleQueue[bytes]()
    for body in bodies:
        waiting.put(body)
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as senders:
        all_sending = [senders.submit(_send_all, url, waiting, headers) for _ in range(at_once)]
        seconds = [each for sending in all_sending for each in sending.result()]
    took = time.perf_counter() - began
    return Rate(len(bodies) / took, 1000 * quantiles(seconds, n=20)[-1])


def _send_all(url: str, waiting: SimpleQueue[bytes], headers: dict[str, str]) -> list[float]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = HTTPConnection(parts.hostname, parts.port, timeout=120)
    seconds = []
    with suppress(Empty):
        while True:
            body = waiting.get_nowait()
            began = time.perf_counter()
            _send_one(connection, parts.path, body, headers)
            seconds.append(time.perf_counter() - began)
    connection.close()
    return seconds


def _send_one(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> None:
    """Send a body until it is taken: a server that fails under load is asked again, as twine does, and pays in time."""
    for _ in range(TRIES):
        connection.request("POST", path, body, {**headers, "Content-Type": CONTENT_TYPE})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status == HTTPStatus.OK:
            return
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            break
    raise Failed(f"{path} answered {answer.status} {answer.reason}: {told[:500]!r}")


def read(url: str, headers: Mapping[str, str], *, seconds: float, at_once: int = AT_ONCE) -> Rate:
    """Ask for an address over and over by wrk, for some seconds. Raises Failed unless each answer is a 2xx."""
    command = ["wrk", "--latency", "--timeout", "30s", "-t1", f"-c{at_once}", f"-d{max(1, round(seconds))}s"]
    told = subprocess.run(
        [*command, *(f"-H{name}: {value}" for name, value in headers.items()), url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise Failed(f"{url} did not answer every request well:\n{told}")
    return Rate(float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0]), 0.0)
