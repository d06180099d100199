"""Entries of kind ``dsse/0.0.1``: as Rekor writes them they are compared as they stand, and in any other spelling read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.support.bundles import Bundles, Json, entry_of
from verification.bundle import SigstoreBundle, parse
from verification.sigstore_adapter import NotAuthentic, read_bundle
from verification.sigstore_adapter.dsse_entry import check_dsse_entry

Check = Callable[[bytes], None]


@pytest.fixture(scope="module")
def value(bundles: Bundles) -> Json:
    """A bundle with an entry of this kind."""
    return bundles.bundle("v0.3, Rekor v1")


@pytest.fixture(scope="module")
def body(value: Json) -> bytes:
    """The entry's body as the log took it."""
    return base64.b64decode(entry_of(value)["canonicalizedBody"])


@pytest.fixture(scope="module")
def check(value: Json) -> Check:
    """Hold a body against the bundle's own materials."""
    attestation = parse(json.dumps(value).encode())
    assert isinstance(attestation, SigstoreBundle)
    envelope = read_bundle(attestation)._dsse_envelope
    assert envelope is not None
    certificate = base64.b64decode(value["verificationMaterial"]["certificate"]["rawBytes"])
    return lambda body: check_dsse_entry(body, envelope, certificate)


@pytest.mark.parametrize("spelling", [{}, {"indent": 1}, {"sort_keys": True, "separators": (",", ":")}])
def test_an_entry_counts_for_what_it_says(check: Check, body: bytes, spelling: Json) -> None:
    """However its JSON is spelled."""
    check(body)
    check(json.dumps(json.loads(body), **spelling).encode())


def test_no_byte_beside_the_envelopes_hash_may_differ(check: Check, body: bytes) -> None:
    """Nobody can verify that hash, of which JSON is not said; all else is of these very materials."""
    hash_ = json.loads(body)["spec"]["envelopeHash"]["value"].encode()
    start = body.index(hash_)
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        if start <= place < start + len(hash_):
            check(changed)
        else:
            with pytest.raises(NotAuthentic):
                check(changed)


@pytest.mark.parametrize(
    "put",
    [
        b'"},"payloadHash":{"algorithm":"sha256","value":"'.ljust(64, b"0"),
        b'","algorithm":"sha256","value":"'.ljust(64, b"0"),
        b"\\".rjust(64, b"0"),
    ],
    ids=["closes its object", "names itself again", "takes the quote along"],
)
def test_the_envelopes_hash_is_no_room_for_members(check: Check, body: bytes, put: bytes) -> None:
    """Threat: as long as a hash, it closes its own object, and says of another payload what one reader finds first."""
    hash_ = json.loads(body)["spec"]["envelopeHash"]["value"].encode()
    assert len(put) == len(hash_)
    with pytest.raises(NotAuthentic):
        check(body.replace(hash_, put))
