"""One target under atheris, until its time is over: ``python -m tests.laws.fuzz.process TARGET FOLDER SECONDS``.

A finding does not end the run: its input and traceback are written down once a kind, and the fuzzer goes on.
"""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["verification", "pypi_attestations", "sigstore", "rfc8785", "packaging"]):
    from tests.laws.mutation import changed_json
    from tests.laws.targets import TARGETS, Target

MAX_INPUT = 65_536

MAX_SECONDS = 3.0
"""Longest that one input may take here: instrumented code runs at a third of its speed, beside other processes."""


def main(name: str, folder: Path, seconds: int) -> None:
    """Fuzz; does not return."""
    target = TARGETS[name]
    corpus = folder / "corpus"
    for seed in target.seeds():
        target.run(seed)  # what is loaded and kept once is nobody's time
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_INPUT}",
        "-len_control=0",
        "-timeout=60",
        "-rss_limit_mb=4096",
        "-verbosity=1",
        f"-artifact_prefix={folder / 'findings'}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], _watched(target, folder / "findings"), custom_mutator=_mutate)
    atheris.Fuzz()


def _watched(target: Target, findings: Path):  # type: ignore[no-untyped-def]  # atheris tells no types
    def run(data: bytes) -> None:
        started = time.process_time()
        try:
            target.run(data)
            seconds = time.process_time() - started
            assert seconds < MAX_SECONDS, f"took {seconds:.1f} s"
        except Exception as error:  # noqa: BLE001  # whatever is raised here nobody has declared: that is the finding
            _write_down(error, data, findings)

    return run


def _write_down(error: Exception, data: bytes, findings: Path) -> None:
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    kind = f"{type(error.__cause__ or error).__name__}-{Path(frames[-1].filename).stem}-{frames[-1].lineno}"
    if not (findings / f"{kind}.txt").exists():
        (findings / f"{kind}.txt").write_text("".join(traceback.format_exception(error)), errors="backslashreplace")
        (findings / f"{kind}.input").write_bytes(data)


def _mutate(data: bytes, max_size: int, seed: int) -> bytes:
    random = Random(seed)
    if random.random() < 0.3:
        return bytes(atheris.Mutate(data, max_size))
    changed = changed_json(data, random, lambda text: bytes(atheris.Mutate(text, min(max_size, 2 * len(text) + 16))))
    return changed if len(changed) <= max_size else data


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
