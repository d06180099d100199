"""Roots of trust for tests: those shipped, and beside them a simulated Sigstore whose builders are as GitHub's."""

from __future__ import annotations

import json
from typing import Any

from tests.support.sigstore_world import SigstoreWorld
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots

SIMULATED = "simulated"


def with_simulated_instance(world: SigstoreWorld, *, keys: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the shipped document with the simulated instance, each shipped builder also signing by it, and PEM ``keys``."""
    document: dict[str, Any] = json.loads(shipped_roots().canonical)
    document["sigstore"][SIMULATED] = {"trusted_root": world.trusted_root()}
    shipped = [builder for builder in document["builders"] if "sigstore" in builder["signer"]]
    simulated = [{**builder, "signer": {**builder["signer"], "sigstore": SIMULATED}} for builder in shipped]
    for builder in shipped:
        # Names are given once: tests speak of the simulated ones, and those are called as what they stand for.
        builder["name"] += " (real)"
    by_key = [
        {
            "name": f"key {name}",
            "signer": {"key": name},
            "speaks_for": ["https://builder.example/1"],
            "level": 2,
            "level_document": "https://builder.example/levels",
            "review_by": "2030-01-01",
        }
        for name in keys or {}
    ]
    document["builders"] += simulated + by_key
    document["keys"] |= {name: {"pem": pem} for name, pem in (keys or {}).items()}
    return document


def simulated_roots(world: SigstoreWorld) -> RootsOfTrust:
    """Return roots of trust that know the simulated instance beside the real one."""
    return parse_roots(with_simulated_instance(world))
