"""No input raises anything but the declared errors: the fuzzer's targets, tried by hypothesis."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.mutation import changed_bytes, changed_json
from tests.laws.net import NetReached, net_is_a_failure
from tests.laws.targets import TARGETS, Target
from verification import examination

by_target = pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))

CLIENT = "client"
"""The target that reads files, and takes fifty times as long as the others: the fuzzer tries it more often."""

by_quick_target = pytest.mark.parametrize(
    "target",
    [target for target in TARGETS.values() if target.name != CLIENT],
    ids=[name for name in TARGETS if name != CLIENT],
)


@cache
def seeds(target: Target) -> list[bytes]:
    """Return a target's seeds, made once."""
    return list(target.seeds())


@by_target
def test_every_seed_is_taken(target: Target) -> None:
    """Seeds that break a law themselves would hide what their changes break."""
    for seed in seeds(target):
        target.run(seed)


@by_quick_target
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(deadline=None)
def test_any_bytes(target: Target, data: bytes) -> None:
    """Bytes that are nothing at all."""
    target.run(data)


@by_quick_target
@given(random=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_changed_evidence_and_documents(target: Target, random: Random) -> None:
    """Sound input with some of its values replaced, moved, repeated, deepened or taken away, and some of its bytes."""
    run_changed(target, random)


@given(random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=10)
def test_changed_files_of_the_client(random: Random) -> None:
    """The command line ends with an exit code, whatever its files hold."""
    run_changed(TARGETS[CLIENT], random)


def run_changed(target: Target, random: Random) -> None:
    """Run a target on a seed with changes."""
    seed = random.choice(seeds(target))
    if random.random() < 0.8:
        target.run(changed_json(seed, random, lambda text: changed_bytes(text, random)))
    else:
        target.run(changed_bytes(seed, random))


def test_the_last_resort_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examination catches what nobody declared, and logs it; here that is a failure."""

    def broken(raw: bytes) -> None:
        raise KeyError(raw)

    monkeypatch.setattr(examination, "parse", broken)
    with pytest.raises(NetReached) as caught:
        TARGETS["evidence"].run(seeds(TARGETS["evidence"])[0])
    assert isinstance(caught.value.__context__, KeyError)
    with pytest.raises(NetReached), net_is_a_failure():
        examination.log.error("anything")
