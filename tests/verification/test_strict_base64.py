"""One spelling for the same bytes: what lenient decoders skip or round off is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bundles import Bundles
from verification import strict_base64

DECODERS = [strict_base64.decode, strict_base64.decode_either, strict_base64.decode_either_layout]


@pytest.mark.parametrize("decode", DECODERS)
@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_what_an_encoder_writes_is_read(decode: Callable[[str], bytes], data: bytes) -> None:
    """Standard base64, as every encoder writes it."""
    assert decode(base64.b64encode(data).decode()) == data


@given(data=st.binary(max_size=300))
def test_the_other_alphabet_and_the_other_layout(data: bytes) -> None:
    """DSSE's second alphabet, and the lines in which pypi-attestations writes PEP 740."""
    assert strict_base64.decode_either(base64.urlsafe_b64encode(data).decode()) == data
    assert strict_base64.decode_either_layout(base64.encodebytes(data).decode()) == data


@pytest.mark.parametrize("decode", DECODERS)
@settings(deadline=None)
@given(text=st.text("AQg+/-_=\n !\u0660", max_size=12))
def test_no_two_texts_of_one_alphabet_and_layout(decode: Callable[[str], bytes], text: str) -> None:
    """Whatever is read is what an encoder writes for those bytes, letter for letter."""
    try:
        data = decode(text)
    except ValueError:
        return
    assert text.encode() in (base64.b64encode(data), base64.urlsafe_b64encode(data), base64.encodebytes(data))


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("text", ["AAAA=", "AAAA==", "AAAA====", "AA=", "AA", "AB==", "AAB=", "=", "AA==\n\n", "\n"])
def test_padding_and_lines_that_no_encoder_writes(decode: Callable[[str], bytes], text: str) -> None:
    """Python's own strict mode takes some of these."""
    with pytest.raises(ValueError, match=r"base64|padding|data"):
        decode(text)


def test_pep_740_in_either_layout(bundles: Bundles) -> None:
    """PyPI serves its attestations' base64 on one line; pypi-attestations writes it in several."""
    attestation = bundles.honest.sign(bundles.honest.provenance())
    for layout in (base64.b64encode, base64.encodebytes):
        for part, name in (
            ("verification_material", "certificate"),
            ("envelope", "statement"),
            ("envelope", "signature"),
        ):
            data = base64.b64decode(attestation[part][name])
            attestation[part][name] = layout(data).decode()
        assert bundles.authenticate(json.dumps(attestation).encode()).payload == bundles.payload
