"""No input takes more than a second or 100 MB: the heaviest that the caps let in, each in a process of its own."""

from __future__ import annotations

import pytest

from tests.laws.costs import MAX_BYTES, MAX_SECONDS, Cost, cost_of
from tests.laws.heavy import as_many_keys, by_key, fields, promises
from verification.build_types import required_pins
from verification.expectation_document import parse_expectation
from verification.parameters import DocumentInvalid
from verification.verdict import Refused


def within(cost: Cost) -> bool:
    """Say whether a cost is within the law."""
    return cost.seconds < MAX_SECONDS and cost.bytes < MAX_BYTES


def test_the_heaviest_evidence_costs_little() -> None:
    """From the bytes to the verdict, whatever stands in them."""
    case = by_key()
    case.accepted(case.field)  # what is loaded once is nobody's cost
    costs = {name: cost_of(lambda field=field: case.verdict(field)) for name, field in fields()}  # type: ignore[misc]  # mypy infers no lambda with defaults
    assert {name: cost for name, cost in costs.items() if not within(cost)} == {}


def test_the_most_keys_cost_little() -> None:
    """A plain signature need not say by which key it is: it is tried under each that it may be by."""
    costs = {}
    for name, case, field in as_many_keys():
        assert isinstance(case.verdict(field), Refused)
        costs[name] = cost_of(lambda case=case, field=field: case.verdict(field))  # type: ignore[misc]  # mypy infers no lambda with defaults
    assert {name: cost for name, cost in costs.items() if not within(cost)} == {}


def test_the_heaviest_promises_cost_little() -> None:
    """Two people may have agreed to them, and one may have set them first: they are no reason to stand still."""
    costs = {
        name: cost_of(lambda case=case, field=field: case.verdict(field))  # type: ignore[misc]  # mypy infers no lambda with defaults
        for name, case, field in promises()
    }
    assert {name: cost for name, cost in costs.items() if not within(cost)} == {}


@pytest.mark.parametrize(
    "data",
    [b"[" * 65_536, b'{"a":' * 13_000, b'{"recipes":[' + b"{}," * 21_000 + b"{}]}", b"[" + b"[]," * 21_000 + b"[]]"],
    ids=["lists in lists", "objects in objects", "many recipes", "many lists"],
)
def test_a_promise_is_read_at_little_cost(data: bytes) -> None:
    """A document is refused, or read, within the law too."""

    def read() -> None:
        with pytest.raises(DocumentInvalid):
            parse_expectation(data, required_pins=required_pins)

    assert within(cost_of(read))


def test_what_costs_too_much_is_noticed() -> None:
    """A measure that measures nothing would let everything pass."""
    cost = cost_of(lambda: bytearray(150_000_000).count(b"x"))
    assert cost.bytes > MAX_BYTES
    assert cost_of(lambda: sum(range(3_000_000))).seconds > 0.01
