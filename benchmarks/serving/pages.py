"""Index pages: those of ten and of two thousand files, in a small registry and in a full one, and behind nginx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests

from benchmarks.serving import load, wheels
from benchmarks.serving.figures import Figure, compared, in_turn
from benchmarks.serving.ours import Ours, make_packages
from benchmarks.serving.peers import Peer
from demo import nginx
from demo.certificate import make_certificate
from demo.serving import Registry, free_port

JSON = "application/vnd.pypi.simple.v1+json"
AS_PIP = {
    "Accept": f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
    "Accept-Encoding": "gzip, deflate",
}
"""pip's own headers: each server answers in the form, and with the compression, that it has."""

TEN, MANY = "index-of-ten", "index-of-many"


def publish(ours: Ours, registry: Registry, peers: list[Peer], *, many: int) -> None:
    """Offer the same two packages everywhere: ten files, and many, of which a peer gets the names alone."""
    token = {"Authorization": f"Bearer {make_packages(registry, [TEN, MANY])}"}
    ten = [wheels.release(TEN, f"1.{number}", ours.world, at=ours.signed_at) for number in range(10)]
    load.upload(f"{registry.url}/legacy/", [wheel.attested for wheel in ten], token, at_once=1)
    for peer in peers:
        way = next(iter(peer.authentications.values()))
        load.upload(peer.upload_url, [wheel.plain for wheel in ten], way, at_once=1)
    lots = [wheels.release(MANY, f"1.{number}", ours.world, at=ours.signed_at) for number in range(many)]
    load.upload(f"{registry.url}/legacy/", [wheel.attested for wheel in lots], token, at_once=2)
    for wheel in lots:
        (peers[0].folder / wheel.filename).write_bytes(wheel.content)


def compare(
    registry: Registry, pypiserver: Peer, devpi: Peer, *, many: int, seconds: float, rounds: int
) -> Iterator[Figure]:
    """Measure one worker here beside devpi's one process, and beside pypiserver."""
    found = in_turn(
        {
            "ten": lambda _: read(f"{registry.url}/simple/{TEN}/", seconds),
            "devpi": lambda _: read(f"{devpi.simple_url}{TEN}/", seconds),
            "many": lambda _: read(f"{registry.url}/simple/{MANY}/", seconds),
            "pypiserver": lambda _: read(f"{pypiserver.simple_url}{MANY}/", seconds),
        },
        rounds,
    )
    yield compared("page of 10 files, to devpi", found["ten"], found["devpi"], goal=3.5, unit="a second")
    yield compared(f"page of {many} files, to pypiserver", found["many"], found["pypiserver"], goal=30, unit="a second")


def read(url: str, seconds: float) -> float:
    """Return requests a second, by pip's headers."""
    return load.read(url, AS_PIP, seconds=seconds).per_second


def behind_nginx(registry: Registry, folder: Path, *, seconds: float, rounds: int) -> Iterator[Figure]:
    """Measure the page through nginx beside nginx sending the very same bytes from a file."""
    port, beside = free_port(), free_port()
    answer = requests.get(f"{registry.url}/simple/{TEN}/", headers=AS_PIP, stream=True, timeout=30)
    static = folder / "static-page"
    static.mkdir(parents=True)
    (static / "page").write_bytes(answer.raw.read())
    served = f"\nserver {{ listen 127.0.0.1:{beside}; root {static}; }}\n"
    upstream = urlsplit(registry.url).port
    assert upstream is not None
    values = nginx.loopback_values(
        upstream=upstream, listen=f"127.0.0.1:{port}", var=folder, certificate=make_certificate(folder)
    )
    with nginx.in_front(values, folder / "nginx", port=port, further=served):
        found = in_turn(
            {
                "here": lambda _: read(f"http://127.0.0.1:{port}/simple/{TEN}/", seconds),
                "file": lambda _: read(f"http://127.0.0.1:{beside}/page", seconds),
            },
            rounds,
        )
    yield compared("page behind nginx, to a static file", found["here"], found["file"], goal=0.6, unit="a second")
