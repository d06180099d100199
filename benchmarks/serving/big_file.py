"""One large file through the real server: how fast, and how much memory it takes there."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from benchmarks.serving import wheels
from benchmarks.serving.figures import Figure
from benchmarks.serving.ours import Ours, make_packages
from demo.serving import Registry

PACKAGE = "large"
PIECE = 1024 * 1024


def measure(ours: Ours, registry: Registry, *, mebibytes: int) -> Iterator[Figure]:
    """Upload a wheel of that size with its attestation, once, and watch the server's memory from outside."""
    path = ours.var / f"{PACKAGE}-1.0-py3-none-any.whl"
    write_wheel(path, mebibytes)
    token = make_packages(registry, [PACKAGE])
    head, tail = wheels.large_form(PACKAGE, "1.0", path, ours.world, at=ours.signed_at)
    _warm_up(registry, token)
    before = peak_memory(registry)
    seconds = _send(registry, token, head, path, tail)
    grown = peak_memory(registry) - before
    rate = mebibytes * 1.048576 / seconds
    size = f"a file of {mebibytes} MiB"
    yield Figure(f"{size}: MB/s", f"{rate:.0f} MB/s", "100 MB/s", rate / 100)
    yield Figure(f"{size}: added memory", f"{grown:.1f} MB", "16 MB", 16 / max(grown, 0.1))


def write_wheel(path: Path, mebibytes: int) -> None:
    """Write a wheel that holds one incompressible file, as large libraries are."""
    noise = Random(0).randbytes(PIECE)  # noqa: S311  (no secret: incompressible)
    digest = hashlib.sha256()
    name, info = f"{PACKAGE}/noise.bin", f"{PACKAGE}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(name, "w", force_zip64=False) as member:
            for _ in range(mebibytes):
                member.write(noise)
                digest.update(noise)
        rows = [(name, digest.digest(), mebibytes * PIECE)]
        texts = {
            f"{info}/METADATA": f"Metadata-Version: 2.4\nName: {PACKAGE}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: benchmark\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        for where, text in texts.items():
            archive.writestr(where, text)
            rows.append((where, hashlib.sha256(text.encode()).digest(), len(text)))
        record = io.StringIO()
        for where, sha256, size in rows:
            record.write(f"{where},sha256={base64.urlsafe_b64encode(sha256).rstrip(b'=').decode()},{size}\n")
        archive.writestr(f"{info}/RECORD", f"{record.getvalue()}{info}/RECORD,,\n")


def peak_memory(registry: Registry) -> float:
    """Return the largest peak (MB) of memory that one of the server's processes has had for itself."""
    marker = str(registry.environment["SLUICEGATE_VAR"]).encode()
    found = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            if marker in (status.parent / "environ").read_bytes():
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                found.append(int(lines["VmHWM"].split()[0]) * 1024 / 1e6 if "VmHWM" in lines else 0.0)
    return max(found)


def _warm_up(registry: Registry, token: str) -> None:
    """Each worker has answered an upload before, so that what it loads once is not counted."""
    for _ in range(8):
        _exchange(
            registry,
            [
                f"POST /legacy/ HTTP/1.1\r\nHost: {_place(registry)}\r\nAuthorization: Bearer {token}\r\n"
                "Connection: close\r\nContent-Length: 0\r\n\r\n".encode()
            ],
        )


def _send(registry: Registry, token: str, head: bytes, path: Path, tail: bytes) -> float:
    length = len(head) + path.stat().st_size + len(tail)
    request = (
        f"POST /legacy/ HTTP/1.1\r\nHost: {_place(registry)}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        f"Content-Type: {wheels.CONTENT_TYPE}\r\nContent-Length: {length}\r\n\r\n"
    )
    began = time.perf_counter()
    answer = _exchange(registry, [request.encode(), head, path, tail])
    took = time.perf_counter() - began
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the large file was refused: {answer[:500]!r}")
    return took


def _place(registry: Registry) -> str:
    return urlsplit(registry.url).netloc


def _exchange(registry: Registry, parts: list[bytes | Path]) -> bytes:
    """Send the parts, files by sendfile so that the sender costs nothing, and return the whole answer."""
    place = urlsplit(registry.url)
    assert place.hostname is not None
    with socket.create_connection((place.hostname, place.port or 80), timeout=600) as connection:
        for part in parts:
            if isinstance(part, Path):
                with part.open("rb") as file:
                    connection.sendfile(file)
            else:
                connection.sendall(part)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer
