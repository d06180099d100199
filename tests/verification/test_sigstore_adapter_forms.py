"""Every form of evidence that the field's builders write is verified completely and accepted."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import statements
from tests.support.bundles import FORMS, LOGGED_AT, Bundles, entry_of, public_key_bundle
from tests.support.honest import NOW, SIGNED_AT, Honest
from tests.support.roots import with_simulated_instance
from verification.bundle import (
    MAX_ATTESTATIONS,
    EvidenceRefused,
    KeySignedEnvelope,
    parse,
    split,
)
from verification.examination import examine
from verification.publisher import has_pep740
from verification.reasons import Reason
from verification.root_of_trust import parse_roots
from verification.sigstore_adapter import NotAuthentic


@pytest.mark.parametrize("form", FORMS)
def test_a_sound_bundle_of_every_form_is_accepted(bundles: Bundles, form: str) -> None:
    """v0.1 to v0.3, with either generation of log and either kind of entry: one signer, one statement, one time."""
    authentic = bundles.authenticate(bundles.bundle(form))
    assert authentic.payload == bundles.payload
    assert authentic.signed_at == LOGGED_AT
    assert authentic.signer.identity == bundles.honest.identity.san


@pytest.mark.parametrize("log", ["rekor-v1", "rekor-v1-intoto"])
def test_a_promise_alone_is_enough_in_v01(bundles: Bundles, log: str) -> None:
    """Bundle v0.1: the promise is required, the proof optional."""
    assert bundles.authenticate(bundles.promised(log)).signed_at == LOGGED_AT  # type: ignore[arg-type]  # parametrize knows no literals


def test_a_proof_that_nobody_signed_is_ignored_in_v01(bundles: Bundles) -> None:
    """Bundle v0.1: a proof without a checkpoint proves nothing; the promise is what counts."""
    bundle = bundles.bundle("v0.1, Rekor v1")
    del entry_of(bundle)["inclusionProof"]["checkpoint"]
    assert bundles.authenticate(bundle).payload == bundles.payload
    entry_of(bundle)["inclusionPromise"]["signedEntryTimestamp"] = base64.b64encode(b"0" * 70).decode()
    with pytest.raises(NotAuthentic, match="inclusion promise"):
        bundles.authenticate(bundle)


def test_both_spellings_of_the_media_type(bundles: Bundles) -> None:
    """Bundle v0.3 has two media types."""
    bundle = bundles.bundle() | {"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.3"}
    assert bundles.authenticate(bundle).payload == bundles.payload


def test_a_timestamp_beside_the_logs_time(bundles: Bundles) -> None:
    """A bundle may have both; the earliest time that somebody trusted has signed is when it was signed."""
    bundle = bundles.bundle()
    earlier = SIGNED_AT + timedelta(seconds=5)
    stamp = bundles.honest.world.stamp(bundle["dsseEnvelope"], earlier)
    bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}
    assert bundles.authenticate(bundle).signed_at == earlier


def test_what_pep_740_cannot_carry_is_not_served_in_its_form(bundles: Bundles) -> None:
    """PEP 740's readers refuse entries without a proof and of kind intoto; serving them would make forgeries of them."""
    unfit = [bundles.promised(), bundles.bundle("v0.3, Rekor v1, intoto entry"), bundles.bundle("v0.3, Rekor v2")]
    assert not any(has_pep740(parse(json.dumps(bundle).encode())) for bundle in unfit)
    assert has_pep740(parse(json.dumps(bundles.bundle("v0.1, Rekor v1")).encode()))


def test_a_provenance_object_contributes_its_attestations_as_sent(honest: Honest) -> None:
    """PEP 740: inner attestations are kept byte for byte, whatever blanks or escapes they were sent with."""
    inner = [json.dumps(honest.sign(statement), indent=1) for statement in (honest.provenance(), honest.publish())]
    bare = '{"payload": "\\u0041", "big": 1e9999, "n": ' + "9" * 5000 + "}"
    provenance = (
        '{ "version" : 1 , "attestation_bundles" : [ {"publisher": {"attestations": [1]}, "attestations" : [ '
        + inner[0]
        + ' ]},\n{"attestations":['
        + inner[1]
        + ', {} ],"publisher":null} ] }'
    )
    parts = split(f" [{bare} ,\n{provenance},{{}}]".encode())
    assert parts == (bare.encode(), inner[0].encode(), inner[1].encode(), b"{}", b"{}")
    examined = examine(parts[1], artifact=honest.artifact(), roots=honest.roots, now=NOW)
    assert examined.sound


_TEXT = st.text('[]{}":, \\ax\n', max_size=6)
_VALUE = st.recursive(
    _TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_OBJECT = st.dictionaries(_TEXT, _VALUE, max_size=3)


@settings(deadline=None)
@given(
    bare=st.lists(_OBJECT, max_size=2),
    inner=st.lists(st.lists(_OBJECT, min_size=1, max_size=2), max_size=3),
    publisher=_VALUE,
    indent=st.none() | st.integers(0, 3),
    publisher_first=st.booleans(),
)
def test_parts_are_cut_where_they_stand(
    bare: list[Any], inner: list[list[Any]], publisher: Any, indent: int | None, publisher_first: bool
) -> None:
    """Whatever brackets, quotes and blanks stand within the texts: each attestation comes out whole and in its place."""
    bundles = [{"publisher": publisher, "attestations": held} for held in inner]
    if not publisher_first:
        bundles = [dict(reversed(bundle.items())) for bundle in bundles]
    field = [*bare, {"attestation_bundles": bundles, "version": 1}, *bare]
    parts = split(json.dumps(field, indent=indent).encode())
    assert [json.loads(part) for part in parts] == [*bare, *(each for held in inner for each in held), *bare]


def test_a_provenance_object_does_not_smuggle_attestations_past_the_bound(honest: Honest) -> None:
    """Evidence 1: at most 16 attestations, counted after provenance objects are opened."""
    provenance = {"version": 1, "attestation_bundles": [{"publisher": {}, "attestations": [{}] * MAX_ATTESTATIONS}]}
    assert len(split(json.dumps([provenance]).encode())) == MAX_ATTESTATIONS
    with pytest.raises(EvidenceRefused) as refused:
        split(json.dumps([provenance, {}]).encode())
    assert refused.value.reason is Reason.EVIDENCE_TOO_MUCH


@pytest.mark.parametrize(
    "provenance",
    [
        {"version": 2, "attestation_bundles": []},
        {"version": True, "attestation_bundles": []},
        {"version": 1, "attestation_bundles": {}},
        {"version": 1, "attestation_bundles": [], "more": 1},
        {"version": 1, "attestation_bundles": [{"publisher": {}, "attestations": []}]},
        {"version": 1, "attestation_bundles": [{"publisher": {}, "attestations": [1]}]},
        {"version": 1, "attestation_bundles": [{"attestations": [{}]}]},
        {"version": 1, "attestation_bundles": [[]]},
    ],
)
def test_a_malformed_provenance_object_is_refused(provenance: object) -> None:
    """PEP 740: a provenance object has its version and bundles of at least one attestation, and nothing else."""
    with pytest.raises(EvidenceRefused):
        split(json.dumps([provenance]).encode())


def test_a_bundle_with_a_key_hint_is_a_key_signed_envelope(honest: Honest) -> None:
    """The hint chooses nothing: the configured key that signed is the signer, whatever the bundle calls it."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    roots = parse_roots(with_simulated_instance(honest.world, keys={"builder": pem}))
    provenance = honest.changed(
        lambda statement: statement["predicate"]["runDetails"]["builder"].update(id="https://builder.example/1")
    )
    bundle = public_key_bundle(statements.encode(provenance), key, hint="somebody-else")
    raw = json.dumps(bundle).encode()
    assert isinstance(parse(raw), KeySignedEnvelope)
    examined = examine(raw, artifact=honest.artifact(), roots=roots, now=NOW)
    assert examined.checks[0].reason is None
    stranger = public_key_bundle(statements.encode(provenance), ec.generate_private_key(ec.SECP256R1()), hint="builder")
    refused = examine(json.dumps(stranger).encode(), artifact=honest.artifact(), roots=roots, now=NOW)
    assert Reason.SIGNER_UNKNOWN in {check.reason for check in refused.checks}


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: bundle.update(extra=1),
        lambda bundle: bundle.update(messageSignature={"signature": "QQ=="}),
        lambda bundle: bundle["verificationMaterial"].update(certificate={"rawBytes": "QQ=="}),
        lambda bundle: bundle["verificationMaterial"]["publicKey"].update(rawBytes="QQ=="),
        lambda bundle: bundle["verificationMaterial"].update(publicKey=None),
        lambda bundle: bundle["dsseEnvelope"].update(payload="Q!Q=="),
    ],
)
def test_a_bundle_with_a_key_hint_has_one_shape(change: Any) -> None:
    """What is kept and served beside the signature is of the known shape too."""
    bundle = public_key_bundle(b"{}", ec.generate_private_key(ec.SECP256R1()), hint="x")
    parse(json.dumps(bundle).encode())
    change(bundle)
    with pytest.raises(EvidenceRefused):
        parse(json.dumps(bundle).encode())
