"""The benchmark: it runs, everybody in it really verifies, and its goals are told as they were measured."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from pypi_attestations import AttestationError
from sigstore.errors import VerificationError

from benchmarks import goals, verify
from benchmarks.bare_cryptography import bare_cryptography
from benchmarks.contenders import LIMIT, PIPELINE_BUNDLE, PIPELINE_PEP740, PYPI_ATTESTATIONS, SIGSTORE, contenders
from benchmarks.evidence import REAL_SDIST, Evidence, simulated
from benchmarks.timing import Spread, Timings

ENTRY = ("verificationMaterial", "tlogEntries", 0)

SHORT = ["--rounds=5", "--verifications=20", "--warm-up=20", "--seconds=0.05"]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """Evidence of the simulated Sigstore."""
    return simulated()


@pytest.fixture(autouse=True)
def _own_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark turns sigstore's caches to folders of its own; undone for the tests that come after."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, "")


def test_a_short_run_tells_every_contender_and_every_goal(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole of it, with and without real evidence; too short for its figures to mean anything."""
    assert verify.main(SHORT) == 0
    told = capsys.readouterr().out
    kinds = 3 if REAL_SDIST.exists() else 1
    for name in (PIPELINE_BUNDLE, PIPELINE_PEP740, SIGSTORE, PYPI_ATTESTATIONS, LIMIT):
        assert told.count(f"\n  {name} ") == kinds
    _, _, goals_told = told.partition("Goals\n")
    assert len(goals_told.splitlines()) == 2 * kinds + 2


def altered(evidence: Evidence, change: Callable[[Any], None]) -> Evidence:
    """Return the evidence with its bundle changed, and its PEP 740 form left as it was."""
    bundle = json.loads(evidence.bundle)
    change(bundle)
    return replace(evidence, bundle=json.dumps(bundle).encode())


def flip(*path: Any) -> Callable[[Any], None]:
    """Return what changes one bit of the base64 at a path."""

    def change(bundle: Any) -> None:
        for key in path[:-1]:
            bundle = bundle[key]
        raw = bytearray(base64.b64decode(bundle[path[-1]]))
        raw[-1] ^= 1
        bundle[path[-1]] = base64.b64encode(raw).decode()

    return change


@pytest.mark.parametrize(
    "path",
    [
        ("dsseEnvelope", "signatures", 0, "sig"),
        ("dsseEnvelope", "payload"),
        (*ENTRY, "inclusionPromise", "signedEntryTimestamp"),
        (*ENTRY, "inclusionProof", "rootHash"),
    ],
    ids=lambda path: str(path[-1]),
)
def test_the_limit_really_computes(evidence: Evidence, path: tuple[Any, ...]) -> None:
    """A limit that would accept anything would be no limit."""
    bare_cryptography(evidence)()
    with pytest.raises((InvalidSignature, ValueError)):
        bare_cryptography(altered(evidence, flip(*path)))()


def accepts(run: Callable[[], None]) -> bool:
    """Say whether a contender accepts; each refuses by an exception of its own."""
    try:
        run()
    except (AssertionError, VerificationError, AttestationError, InvalidSignature):
        return False
    return True


def test_nobody_is_timed_for_accepting_anything(evidence: Evidence, tmp_path: Path) -> None:
    """Everybody verifies the same signature; none accepts it changed."""
    everybody = contenders(evidence, tmp_path)
    for name, run in everybody.items():
        assert accepts(run), name
    changed = altered(evidence, flip("dsseEnvelope", "signatures", 0, "sig"))
    attestation = json.loads(evidence.pep740)
    flip("envelope", "signature")(attestation)
    changed = replace(changed, pep740=json.dumps(attestation).encode())
    for name, run in contenders(changed, tmp_path / "changed").items():
        assert not accepts(run), name


DOUBLE = Spread(1.9, 2.0, 2.1)
"""What the bare cryptography comes to in two processes."""


def test_goals_are_held_against_medians() -> None:
    """Nine tenths of bare sigstore's speed, 1.3 times pypi_attestations', twice one process, and no growth."""
    timings = Timings(
        {PIPELINE_BUNDLE: [1.0] * 4, PIPELINE_PEP740: [1.0] * 4, SIGSTORE: [0.9] * 4, PYPI_ATTESTATIONS: [1.29] * 4}
    )
    assert [goal.met for goal in goals.speed_goals("x", timings)] == [True, False]
    slower = Timings({**timings.seconds, SIGSTORE: [0.89] * 4, PYPI_ATTESTATIONS: [1.3] * 4})
    assert [goal.met for goal in goals.speed_goals("x", slower)] == [False, True]
    assert goals.processes_goal(Spread(1.8, 1.9, 2.0), DOUBLE, 0.1).met
    assert not goals.processes_goal(Spread(1.8, 1.89, 2.0), DOUBLE, 0.1).met
    assert "others were busy here, load 3.0" in str(goals.processes_goal(Spread(0.9, 1.0, 1.1), DOUBLE, 3.0))
    assert goals.memory_goal([60.0, 75.0, 61.0], 100_000).met
    assert not goals.memory_goal([60.0, 61.5], 100_000).met


def test_a_missed_goal_is_an_exit_code_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--goals`` is for whoever wants a failure."""
    missed = goals.memory_goal([60.0, 70.0], 1)
    monkeypatch.setattr(verify, "_measure", lambda *_: [missed])
    assert verify.main([]) == 0
    assert verify.main(["--goals"]) == 1
