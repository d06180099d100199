"""Uploads of small wheels, eight at once: through the whole gate here, and as the peers take them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from statistics import median

from benchmarks.serving import load, wheels
from benchmarks.serving.figures import Figure, compared, in_turn
from benchmarks.serving.ours import Ours, make_packages
from benchmarks.serving.peers import Peer
from demo.serving import Registry

RELEASES = 10
"""Releases of one package in a round; the first one binds what its package promises."""

_names = (f"upload-{number}" for number in count())


def prepared(ours: Ours, uploads: int) -> list[wheels.Wheel]:
    """Return wheels of new packages, so ordered that as many packages as senders take turns."""
    lanes: list[list[wheels.Wheel]] = [[] for _ in range(load.AT_ONCE)]
    for lane in lanes:
        while len(lane) < uploads // load.AT_ONCE:
            name = next(_names)
            lane += [wheels.release(name, f"1.{version}", ours.world, at=ours.signed_at) for version in range(RELEASES)]
    return [wheel for each in zip(*lanes, strict=True) for wheel in each]


def send(ours: Ours, registry: Registry, uploads: int) -> load.Rate:
    """Upload new wheels here; their packages are made before."""
    sending = prepared(ours, uploads)
    token = make_packages(registry, sorted({wheel.package for wheel in sending}))
    bodies = [wheel.attested for wheel in sending]
    return load.upload(f"{registry.url}/legacy/", bodies, {"Authorization": f"Bearer {token}"})


def compare(
    ours: Ours, registry: Registry, pypiserver: Peer, devpi: Peer, *, uploads: int, rounds: int
) -> Iterator[Figure]:
    """Measure everybody in turn; a round of devpi's Basic is shorter, for each of its uploads hashes a password."""
    tails: list[float] = []

    def here(_: int) -> float:
        rate = send(ours, registry, uploads)
        tails.append(rate.p95)
        return rate.per_second

    def to(peer: Peer, way: str, number: int) -> float:
        bodies = [wheel.plain for wheel in prepared(ours, number)]
        return load.upload(peer.upload_url, bodies, peer.authentications[way]).per_second

    found = in_turn(
        {
            "here": here,
            "pypiserver": lambda _: to(pypiserver, "nobody", uploads),
            "login token": lambda _: to(devpi, "login token", uploads),
            "Basic": lambda _: to(devpi, "Basic", max(load.AT_ONCE, uploads // 4)),
        },
        rounds,
    )
    yield compared("uploads, to pypiserver", found["here"], found["pypiserver"], goal=2, unit="a second")
    yield compared(
        "uploads, to devpi with its login token", found["here"], found["login token"], goal=1.5, unit="a second"
    )
    yield compared("uploads, to devpi with Basic", found["here"], found["Basic"], goal=15, unit="a second")
    yield Figure("95 of 100 uploads answered within", f"{median(tails):.0f} ms", "80 ms", 80 / median(tails))
