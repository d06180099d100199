"""Changing any single byte of accepted evidence never yields acceptance of other facts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.accepted import AcceptedCase, by_build_type, by_form, facts_of
from tests.laws.net import net_is_a_failure
from tests.laws.one_byte import places, raw_byte, with_byte
from tests.laws.targets import check_told
from verification.verdict import Accepted

CASES = [*by_build_type(), *by_form()]
MASKS = st.sampled_from([1, 2, 0x20, 0x80]) | st.integers(1, 255)


def same_or_refused(case: AcceptedCase, changed: bytes) -> None:
    """Hold a changed field against the law."""
    with net_is_a_failure():
        verdict = case.verdict(changed)
    check_told(verdict)
    if isinstance(verdict, Accepted):
        assert facts_of(verdict, changed) == case.told, case.name


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_changed_is_accepted_first(case: AcceptedCase) -> None:
    """A law about accepted evidence says nothing where the evidence is refused."""
    assert case.told == facts_of(case.accepted(case.field), case.field)


@given(st.sampled_from(CASES), st.data())
@settings(deadline=None)
def test_one_byte_of_what_evidence_carries(case: AcceptedCase, data: st.DataObject) -> None:
    """Payload, signature, certificate, log entry, timestamp: refused, or the same facts (a log's index, say, of a promise)."""
    place = data.draw(st.sampled_from(places(case.field)))
    at = data.draw(st.integers(0, len(place.content) - 1))
    same_or_refused(case, with_byte(case.field, place, at, data.draw(MASKS)))


@given(st.sampled_from(CASES), st.data())
@settings(deadline=None)
def test_one_byte_of_the_json(case: AcceptedCase, data: st.DataObject) -> None:
    """White space may become other white space; nothing else may pass for what was signed."""
    same_or_refused(case, raw_byte(case.field, data.draw(st.integers(0, len(case.field) - 1)), data.draw(MASKS)))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_no_byte_of_payload_or_signature_passes(case: AcceptedCase) -> None:
    """What is signed, and the signature, cannot change at all: a few bytes of each, at both ends and between."""
    signed = [place for place in places(case.field) if place.path[-1] in ("payload", "statement", "sig", "signature")]
    assert signed
    for place in signed:
        for at in {0, len(place.content) // 2, len(place.content) - 1}:
            assert not isinstance(case.verdict(with_byte(case.field, place, at, 1)), Accepted), (place.name, at)


@pytest.mark.long
@pytest.mark.parametrize("case", by_form(), ids=[case.name for case in by_form()])
def test_every_byte_of_what_evidence_carries(case: AcceptedCase) -> None:
    """Every byte of every text, each with its lowest bit and its case changed."""
    for place in places(case.field):
        for at in range(len(place.content)):
            for mask in (0x01, 0x20):
                same_or_refused(case, with_byte(case.field, place, at, mask))


@pytest.mark.long
@pytest.mark.parametrize("case", by_form(), ids=[case.name for case in by_form()])
def test_every_byte_of_the_json(case: AcceptedCase) -> None:
    """Every byte as it travels."""
    for at in range(len(case.field)):
        for mask in (0x01, 0x2A):
            same_or_refused(case, raw_byte(case.field, at, mask))
