"""Does the memory of a long-lived verifier grow? Half of what it is given is evidence that it has never seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contenders import pipeline
from benchmarks.evidence import Evidence, as_field
from verification.pipeline import verify
from verification.verdict import Refused

READINGS = 10


def resident_mebibytes() -> float:
    """Return how much memory the process has (Linux's /proc/self/statm, second field: pages)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def resident_over(evidence: Evidence, verifications: int, *, warm_up: int) -> list[float]:
    """Return the resident memory (MiB) after a warm-up, and ten times while that many verifications are made."""
    honest, strange = pipeline(evidence, evidence.pep740), _strangers(evidence)
    _verify_both(honest, strange, range(warm_up))
    readings = [resident_mebibytes()]
    step = max(1, verifications // READINGS)
    for start in range(warm_up, warm_up + verifications, step):
        _verify_both(honest, strange, range(start, start + step))
        readings.append(resident_mebibytes())
    return readings


def _verify_both(honest: Callable[[], None], strange: Callable[[int], None], numbers: range) -> None:
    for number in numbers:
        if number % 2:
            strange(number)
        else:
            honest()


def _strangers(evidence: Evidence) -> Callable[[int], None]:
    """Return what has the gate refuse evidence no two of which are equal: the log's time is changed, which it has signed."""
    document: dict[str, Any] = json.loads(evidence.bundle)
    (entry,) = document["verificationMaterial"]["tlogEntries"]
    logged = int(entry["integratedTime"])

    def run(number: int) -> None:
        entry["integratedTime"] = str(logged - number * 1000)
        field = as_field(json.dumps(document).encode())
        verdict = verify(
            field, artifact=evidence.artifact, terms=evidence.terms, roots=evidence.roots, now=evidence.now
        )
        assert isinstance(verdict, Refused), "changed evidence is accepted"

    return run
