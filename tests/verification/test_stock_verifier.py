"""Beside the stock Verifier and the stock models: what is kept or read here in another way weakens nothing.

Over sound evidence of each form that the stock Verifier takes, and over it changed in one byte beneath its base64, in one
number, or in one value of its JSON: what is authentic here the stock Verifier accepts too, with the same payload.

What the stock Verifier cannot be asked about, because it reads none of it: entries of kind ``intoto/0.0.2``, and
``hashedrekord/0.0.1`` over PAE; promises without a proof (v0.1); bundles by a plain key, and the log entries and timestamps
beside them (``test_witnesses.py``); and an instance without logs. Of the last, it is asked about all but the missing entry
(``test_unlogged_instance.py``).
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from cryptography.x509 import PrecertificateSignedCertificateTimestamps, load_der_x509_certificate
from cryptography.x509.oid import ExtensionOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pypi_attestations import Attestation
from sigstore._internal import sct
from sigstore._internal.trust import CTKeyring, Keyring
from sigstore._utils import KeyID
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import UnsafeNoOp
from sigstore_models.bundle.v1 import Bundle as BundleDocument
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from tests.support.bundles import FORMS, LOGGED_AT, Bundles, Json, entry_of
from tests.support.honest import SIGNED_AT
from tests.support.keys import b64
from verification.bundle import EvidenceRefused, Pep740Attestation, SigstoreBundle, parse
from verification.evidence_shape import BUNDLE, read_shape
from verification.sigstore_adapter import AuthorityUnknown, NotAuthentic, read_bundle
from verification.sigstore_adapter.certificate_timestamp import (
    issuers_among,
    signed_bytes,
    verify_certificate_timestamp,
)
from verification.sigstore_adapter.documents import bundle_document

STOCK_FORMS = [form for form in FORMS if "intoto" not in form and "hashedrekord" not in form]
"""What the stock Verifier takes without being completed."""

Place = tuple[Any, ...]


@pytest.fixture(scope="session")
def sound(bundles: Bundles) -> list[Json]:
    """One bundle of each form, made once: what hypothesis repeats has to be the same each time."""
    return [bundles.bundle(form) for form in STOCK_FORMS]


@pytest.fixture(scope="session")
def stock(bundles: Bundles) -> Callable[[bytes], bytes]:
    """What the stock Verifier says of a bundle: its payload; it raises what it likes."""
    document = TrustedRootDocument.from_json(json.dumps(bundles.honest.world.trusted_root()))
    verifier = Verifier(trusted_root=TrustedRoot(document))
    return lambda raw: verifier.verify_dsse(Bundle.from_json(raw), UnsafeNoOp())[1]


def places(value: Any, path: Place = ()) -> list[Place]:
    """Return the path of every value within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, item in items for place in places(item, (*path, key))]


def changed(value: Json, place: Place, change: Callable[[Any], Any]) -> Json:
    """Return the value with another value at the place."""
    copied = copy.deepcopy(value)
    holder: Any = copied
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = change(holder[place[-1]])
    return copied


def changed_byte(bundle: Json, data: st.DataObject, within: tuple[str, ...] = ()) -> Json:
    """Return the bundle with one byte changed beneath the base64 of some value, of these parts alone if any are named."""
    texts = [
        place
        for place in places(bundle)
        if place[-1] not in ("mediaType", "kind", "version", "payloadType")
        if not within or any(part in place for part in within)
    ]
    place = data.draw(st.sampled_from(texts))
    position, mask = data.draw(st.integers(0, 2**20)), data.draw(st.integers(1, 255))

    def change(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        plain = value.isdigit() or "\n" in value
        raw = bytearray(value.encode() if plain else base64.b64decode(value))
        raw[position % len(raw)] ^= mask
        return raw.decode("latin-1") if plain else b64(bytes(raw))

    return changed(bundle, place, change)


def accepted_by_both(bundles: Bundles, stock: Callable[[bytes], bytes], raw: bytes) -> bool:
    """Say whether the evidence is authentic here; hold that then the stock Verifier finds the same in it."""
    try:
        authentic = bundles.authenticate(raw)
    except (EvidenceRefused, NotAuthentic, AuthorityUnknown):
        return False
    assert stock(raw) == authentic.payload
    return True


@pytest.mark.parametrize("form", STOCK_FORMS)
def test_sound_evidence_is_sound_for_both(bundles: Bundles, stock: Callable[[bytes], bytes], form: str) -> None:
    """The forms that every client reads."""
    assert accepted_by_both(bundles, stock, json.dumps(bundles.bundle(form)).encode())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_changed_byte_passes_here_only_where_it_passes_there(
    bundles: Bundles, stock: Callable[[bytes], bytes], sound: list[Json], data: st.DataObject
) -> None:
    """Threat: a step that was taken over from sigstore looks at less than sigstore does."""
    bundle = data.draw(st.sampled_from(sound))
    accepted_by_both(bundles, stock, json.dumps(changed_byte(bundle, data)).encode())


def _of_another(part: str) -> Callable[[Json, Json], object]:
    def change(bundle: Json, other: Json) -> None:
        entry_of(bundle)[part] = entry_of(other)[part]

    return change


def _checkpoint_of(bundle: Json, other: Json) -> None:
    entry_of(bundle)["inclusionProof"]["checkpoint"] = entry_of(other)["inclusionProof"]["checkpoint"]


def _certificate_of(bundle: Json, other: Json) -> None:
    bundle["verificationMaterial"]["certificate"] = other["verificationMaterial"]["certificate"]


def _envelope_of(bundle: Json, other: Json) -> None:
    bundle["dsseEnvelope"] = other["dsseEnvelope"]


@pytest.mark.parametrize(
    "change",
    [
        *map(_of_another, ("canonicalizedBody", "inclusionProof")),
        *(_checkpoint_of, _certificate_of, _envelope_of),
    ],
)
@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.3, Rekor v2"])
def test_a_part_of_other_sound_evidence_passes_neither(
    bundles: Bundles, stock: Callable[[bytes], bytes], form: str, change: Callable[[Json, Json], object]
) -> None:
    """Threat: every signature is real, and one of them is about something else."""
    bundle = bundles.bundle(form)
    change(bundle, bundles.bundle(form, at=LOGGED_AT + timedelta(seconds=1)))
    raw = json.dumps(bundle).encode()
    assert not accepted_by_both(bundles, stock, raw)
    with pytest.raises(Exception):  # noqa: B017, PT011  (the stock Verifier raises what it likes)
        stock(raw)


@pytest.mark.parametrize("milliseconds", [0, 1, 123, 999])
def test_a_certificate_log_signs_what_sigstore_packs(bundles: Bundles, milliseconds: int) -> None:
    """RFC 6962, section 3.2: to the byte, at any millisecond."""
    certificate = bundles.credential(SIGNED_AT + timedelta(milliseconds=milliseconds)).certificate
    oid = ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
    stamps = cast(PrecertificateSignedCertificateTimestamps, certificate.extensions.get_extension_for_oid(oid).value)
    issuer = KeyID(bytes(range(32)))
    assert signed_bytes(stamps[0], certificate, issuer) == sct._pack_digitally_signed(stamps[0], certificate, issuer)


def test_only_authorities_issue(bundles: Bundles) -> None:
    """RFC 6962, section 3.2: an SCT names the issuer's key; a signer's certificate is nobody's issuer."""
    leaf, root = bundles.credential().certificate, bundles.honest.world.trusted_root()
    chain = root["certificateAuthorities"][0]["certChain"]["certificates"]
    authorities = [load_der_x509_certificate(base64.b64decode(each["rawBytes"])) for each in chain]
    issuers = issuers_among([leaf, *authorities])
    assert list(issuers) == authorities
    with pytest.raises(NotAuthentic, match="its issuer"):
        verify_certificate_timestamp(leaf, issuers.get(leaf), CTKeyring(Keyring()))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["QQ==", "QR==", "1", "01", "18446744073709551615", "18446744073709551616"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), value=_JSON, drop=st.booleans())
def test_a_document_is_what_pydantic_reads(sound: list[Json], data: st.DataObject, value: Any, drop: bool) -> None:
    """Threat: without pydantic's validation a document is let in that its own models refuse, or read in another way."""
    bundle = data.draw(st.sampled_from(sound))
    place = data.draw(st.sampled_from(places(bundle)))
    altered = changed(bundle, place, lambda _: value)
    if drop:
        holder: Any = altered
        for key in place[:-1]:
            holder = holder[key]
        del holder[place[-1]]
    raw = json.dumps(altered).encode()
    try:
        attestation = parse(raw)
        assert isinstance(attestation, SigstoreBundle)
        document = bundle_document(attestation.content)
    except (EvidenceRefused, AssertionError):
        return
    if (
        document.verification_material.tlog_entries
        and not document.verification_material.tlog_entries[0].inclusion_proof
    ):
        return  # sigstore's models refuse it, and TransparencyLogEntry refuses it here
    read = BundleDocument.from_json(raw)
    assert document == read
    assert document.to_json() == read.to_json()


@pytest.mark.parametrize("form", STOCK_FORMS)
def test_a_sound_bundle_is_what_pydantic_reads(bundles: Bundles, form: str) -> None:
    """The documents are equal, and are written down alike."""
    bundle = bundles.bundle(form)
    document, read = bundle_document(read_shape(bundle, BUNDLE)), BundleDocument.from_json(json.dumps(bundle))
    assert document == read
    assert document.to_dict() == read.to_dict() == bundle


def test_a_pep_740_attestation_is_the_bundle_that_pypi_attestations_makes_of_it(bundles: Bundles) -> None:
    """PEP 740: an attestation object is a bundle written down in another way."""
    raw = json.dumps(bundles.honest.sign(bundles.honest.provenance())).encode()
    attestation = parse(raw)
    assert isinstance(attestation, Pep740Attestation)
    made, theirs = read_bundle(attestation), Attestation.model_validate_json(raw).to_bundle()
    assert made._inner == theirs._inner
    assert made.signing_certificate == theirs.signing_certificate
