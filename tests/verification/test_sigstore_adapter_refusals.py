"""Evidence that a certificate signed: each forgery is refused with a sentence, and nothing else is ever raised."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtensionOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bundles import FORMS, LOGGED_AT, Bundles, Json, entry_of
from tests.support.certificates import der
from tests.support.honest import SIGNED_AT, Honest
from tests.support.keys import b64
from tests.support.sigstore_world import SigstoreWorld
from verification.bundle import EvidenceRefused
from verification.sigstore_adapter import AuthorityUnknown, NotAuthentic

Change = Callable[[Json], object]

REFUSED = (EvidenceRefused, NotAuthentic, AuthorityUnknown)


def refuse(bundles: Bundles, bundle: Json, *, match: str) -> None:
    """Hold that the bundle is not authentic, for the reason meant."""
    with pytest.raises(NotAuthentic, match=match):
        bundles.authenticate(bundle)


def made(bundles: Bundles, form: str) -> Json:
    """Return a sound piece of evidence of a form: one of FORMS, ``promised`` or ``pep740``."""
    match form:
        case "promised":
            return bundles.promised()
        case "pep740":
            attestation: Json = bundles.honest.sign(bundles.honest.provenance())
            return attestation
        case _:
            return bundles.bundle(form)


def moment(when: datetime) -> str:
    """Return a moment as trusted roots write it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


# The trusted root


def _ended(part: str, *, key: bool) -> Change:
    def change(root: Json) -> None:
        for entry in root[part]:
            validity = (entry["publicKey"] if key else entry)["validFor"]
            validity["end"] = moment(LOGGED_AT - timedelta(seconds=1))

    return change


def _begins(part: str, *, key: bool) -> Change:
    def change(root: Json) -> None:
        for entry in root[part]:
            validity = (entry["publicKey"] if key else entry)["validFor"]
            validity["start"] = moment(LOGGED_AT + timedelta(seconds=1))

    return change


V1, V2, PROMISED = "v0.3, Rekor v1", "v0.3, Rekor v2", "promised"

WINDOWS = [
    ("tlogs", True, V1),
    ("tlogs", True, V2),
    ("tlogs", True, PROMISED),
    ("ctlogs", True, V1),
    ("ctlogs", True, V2),
    ("ctlogs", True, PROMISED),
    ("certificateAuthorities", False, V1),
    ("certificateAuthorities", False, V2),
    ("certificateAuthorities", False, PROMISED),
    ("timestampAuthorities", False, V2),
]


@pytest.mark.parametrize("window", [_ended, _begins])
@pytest.mark.parametrize(("part", "key", "form"), WINDOWS)
def test_a_retired_key_signs_nothing_new(bundles: Bundles, window: Any, part: str, key: bool, form: str) -> None:
    """A leaked key of a log or authority that was retired, or is not yet in service, would go on signing the present."""
    instance = bundles.instance_of(window(part, key=key))
    sentence = "a timestamp of the bundle" if part == "timestampAuthorities" else "at the time of signing"
    with pytest.raises(NotAuthentic, match=sentence):
        bundles.authenticate(made(bundles, form), instance)


def test_the_ends_of_a_validity_belong_to_it(bundles: Bundles) -> None:
    """protobuf-specs: a time range is closed; what was logged in its last second is sound."""

    def change(root: Json) -> None:
        for log in root["tlogs"]:
            log["publicKey"]["validFor"] = {"start": moment(LOGGED_AT), "end": moment(LOGGED_AT)}

    assert bundles.authenticate(bundles.bundle(), bundles.instance_of(change)).signed_at == LOGGED_AT


def test_an_entry_is_verified_by_the_log_that_it_names(bundles: Bundles) -> None:
    """sigstore tries every log's key where the entry names an unknown log; here the name has to be that log's."""
    bundle = bundles.bundle("v0.3, Rekor v2")
    entry_of(bundle)["logId"]["keyId"] = b64(b"0" * 32)
    refuse(bundles, bundle, match="log that the entry names")


def _only_intermediate(root: Json) -> None:
    del root["certificateAuthorities"][0]["certChain"]["certificates"][1:]


def _strangers_root(root: Json) -> None:
    stranger = SigstoreWorld(SIGNED_AT).trusted_root()["certificateAuthorities"][0]["certChain"]["certificates"][1]
    root["certificateAuthorities"][0]["certChain"]["certificates"][1] = stranger


def _only_stamper(root: Json) -> None:
    del root["timestampAuthorities"][0]["certChain"]["certificates"][1:]


@pytest.mark.parametrize(
    "change",
    [
        _only_intermediate,
        _strangers_root,
        _only_stamper,
        lambda root: root["certificateAuthorities"][0]["certChain"].update(certificates=[]),
        lambda root: root.update(certificateAuthorities=[]),
        lambda root: root.update(tlogs=[]),
        lambda root: root["certificateAuthorities"][0]["certChain"].update(certificates=[{"rawBytes": "QQ=="}]),
        lambda root: root.update(ctlogs=[]),
        lambda root: root["tlogs"][0]["publicKey"]["validFor"].update(start="2026-01-01T00:00:00"),
        lambda root: root.update(mediaType="application/json"),
        lambda root: root.update(more=1),
    ],
)
def test_a_trusted_root_that_anchors_nothing(bundles: Bundles, change: Change) -> None:
    """An intermediate as the only anchor outlives its root's revocation: such a root is refused when it is loaded."""
    with pytest.raises(ValueError, match="the trusted root of simulated cannot be used"):
        bundles.instance_of(change)


# The certificate


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_key_that_sha_256_does_not_fit(bundles: Bundles, key: Any) -> None:
    """sigstore verifies with SHA-256 whatever the curve, and stumbles over Ed25519: neither is a signature here."""
    refuse(bundles, bundles.bundle(credential=bundles.credential(key=key)), match="not of ECDSA P-256")


def test_a_certificate_without_a_certificate_timestamp(bundles: Bundles) -> None:
    """A certificate that was never shown to the certificate log may have been issued in secret."""
    refuse(bundles, bundles.bundle(credential=bundles.credential(sct=False)), match="SCT")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("late", [timedelta(minutes=-1), timedelta(minutes=11)])
def test_signed_outside_the_certificates_validity(bundles: Bundles, form: str, late: timedelta) -> None:
    """A key that leaks after its ten minutes must not sign anything; nor before the certificate was issued."""
    refuse(bundles, bundles.bundle(form, at=SIGNED_AT + late), match="not valid at validation time")


def test_promised_outside_the_certificates_validity(bundles: Bundles) -> None:
    """The same for an entry that is only promised."""
    world = bundles.honest.world
    bundle = world.sign(bundles.payload, bundles.credential(), at=SIGNED_AT + timedelta(hours=1), version="0.1")
    del entry_of(bundle)["inclusionProof"]
    refuse(bundles, bundle, match="not valid at validation time")


def test_an_authoritys_own_certificate_as_the_signers(bundles: Bundles) -> None:
    """The first certificate of a bundle is the signer's: one that certifies others signs no statements."""
    chain = bundles.honest.world.trusted_root()["certificateAuthorities"][0]["certChain"]
    sound = bundles.bundle()
    sound["verificationMaterial"]["certificate"] = chain["certificates"][0]
    for bundle in (bundles.promised(), bundles.bundle("v0.1, Rekor v1"), sound):
        if bundle is not sound:
            bundle["verificationMaterial"]["x509CertificateChain"] = chain
        with pytest.raises(REFUSED, match=r"end entity|leaf"):
            bundles.authenticate(bundle)


def test_another_instances_certificate(bundles: Bundles) -> None:
    """What staging certifies means nothing under production's root."""
    other = Bundles(Honest(SigstoreWorld(SIGNED_AT - timedelta(days=1))))
    with pytest.raises(AuthorityUnknown):
        bundles.authenticate(other.bundle())


def _unlike_any(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes:
    """Return a certificate's bytes with one extension under a number that nobody knows."""
    number = asn1.encode_der(oid)
    return der(certificate).replace(number, number[:-1] + b"\x7f", 1)


@pytest.mark.parametrize(
    "oid", [ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME]
)
@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.1, Rekor v1"])
def test_a_certificate_that_lacks_what_makes_it_a_leaf(
    bundles: Bundles, oid: x509.ObjectIdentifier, form: str, promised: bool
) -> None:
    """A certificate without key usage, purpose or identity is refused, and not by an error of the library's."""
    credential = bundles.credential()
    bundle = bundles.promised() if promised else bundles.bundle(form, credential)
    raw = {"rawBytes": b64(_unlike_any(credential.certificate, oid))}
    material = bundle["verificationMaterial"]
    material.update(
        {"certificate": raw} if "certificate" in material else {"x509CertificateChain": {"certificates": [raw]}}
    )
    with pytest.raises(REFUSED):
        bundles.authenticate(bundle)


# The log entry


@pytest.mark.parametrize("form", FORMS)
def test_the_log_entry_of_another_statement(bundles: Bundles, form: str) -> None:
    """CVE-2022-36056: a log entry that is sound by itself, but of another envelope of the same signer."""
    credential = bundles.credential()
    log, version = FORMS[form]
    bundle = bundles.bundle(form, credential)
    other = bundles.honest.world.sign(b"{}", credential, at=LOGGED_AT, log=log, version=version)
    bundle["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    refuse(bundles, bundle, match=r"log entry")


@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_what_the_log_has_seen_is_not_yet_signed(bundles: Bundles, form: str, promised: bool) -> None:
    """The log's word is that it has seen the envelope; whether the certificate's key signed it is verified here."""
    credential = bundles.credential()
    log, version = FORMS[form]
    bundle = bundles.bundle(form, credential)
    bundle["dsseEnvelope"]["payload"] = b64(b"{}")
    entry = bundles.honest.world.record(bundle["dsseEnvelope"], credential.certificate, at=LOGGED_AT, log=log)
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    if promised and version == "0.1":
        del entry["inclusionProof"]
    refuse(bundles, bundle, match="DSSE: invalid signature")


def _other_payload(envelope: Json) -> Json:
    return envelope | {"payload": b64(b"{}")}


def _other_type(envelope: Json) -> Json:
    return envelope | {"payloadType": "text/plain"}


def _other_signature(envelope: Json) -> Json:
    return envelope | {"signatures": [{"sig": b64(b"another")}]}


def _second_signature(envelope: Json) -> Json:
    return envelope | {"signatures": envelope["signatures"] + [{"sig": b64(b"another")}]}


@pytest.mark.parametrize("lie", [_other_payload, _other_type, _other_signature, _second_signature])
@pytest.mark.parametrize("promised", [False, True])
def test_an_intoto_entry_with_one_part_of_another_envelope(
    bundles: Bundles, lie: Callable[[Json], Json], promised: bool
) -> None:
    """intoto/0.0.2: payload, type, signature and their number each have to be the envelope's own."""
    credential = bundles.credential()
    bundle = bundles.bundle("v0.1, Rekor v1, intoto entry", credential)
    entry = bundles.honest.world.record(
        lie(bundle["dsseEnvelope"]), credential.certificate, at=LOGGED_AT, log="rekor-v1-intoto"
    )
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    if promised:
        del entry["inclusionProof"]
    refuse(bundles, bundle, match="log entry")


@pytest.mark.parametrize("lie", [_other_payload, _other_type, _other_signature])
def test_a_hashedrekord_entry_with_one_part_of_another_envelope(bundles: Bundles, lie: Callable[[Json], Json]) -> None:
    """hashedrekord/0.0.1 over PAE: payload, type and signature each have to be the envelope's own."""
    credential = bundles.credential()
    bundle = bundles.bundle("v0.3, Rekor v1, hashedrekord entry", credential)
    entry = bundles.honest.world.record(
        lie(bundle["dsseEnvelope"]), credential.certificate, at=LOGGED_AT, log="rekor-v1-hashedrekord"
    )
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    refuse(bundles, bundle, match="log entry")


@pytest.mark.parametrize("log", ["rekor-v1", "rekor-v1-intoto", "rekor-v1-hashedrekord", "rekor-v2"])
def test_a_log_entry_of_another_certificate(bundles: Bundles, log: Any) -> None:
    """Another certificate over the same key is another identity: the log has to have seen this one."""
    credential = bundles.credential()
    other = bundles.honest.world.issue(
        "mallory@example.org", {"issuer": "https://example.org"}, at=SIGNED_AT, key=credential.private_key
    )
    form = next(form for form, made in FORMS.items() if made == (log, "0.3"))
    bundle = bundles.bundle(form, credential)
    entry = bundles.honest.world.record(bundle["dsseEnvelope"], other.certificate, at=LOGGED_AT, log=log)
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    refuse(bundles, bundle, match="log entry")


def _entry(**members: Any) -> Change:
    return lambda bundle: entry_of(bundle).update(members)


def _proof(**members: Any) -> Change:
    return lambda bundle: entry_of(bundle)["inclusionProof"].update(members)


def _checkpoint(old: str, new: str) -> Change:
    def change(bundle: Json) -> None:
        checkpoint = entry_of(bundle)["inclusionProof"]["checkpoint"]
        assert old in checkpoint["envelope"]
        checkpoint["envelope"] = checkpoint["envelope"].replace(old, new, 1)

    return change


def _without(name: str) -> Change:
    return lambda bundle: entry_of(bundle).pop(name)


UNSIGNED = {
    "an index that is not the proven one": ("v0.3, Rekor v2", _entry(logIndex="7"), "not the one that is proven"),
    "an index that is not the promised one": ("v0.3, Rekor v1", _entry(logIndex="7"), "promise"),
    "a time that nobody signed": ("v0.3, Rekor v2", _entry(integratedTime="1767225600"), "without a promise"),
    "another time than promised": ("v0.3, Rekor v1", _entry(integratedTime="1772366521"), "promise"),
    "a time beyond the calendar": ("v0.3, Rekor v1", _entry(integratedTime="9" * 18), "calendar"),
    "a promise without its time": ("v0.3, Rekor v1", _without("integratedTime"), "promise without its time"),
    "a promise at the dawn of time": ("v0.3, Rekor v1", _entry(integratedTime="0"), "promise without its time"),
    "a promise of Rekor v2": (
        "v0.3, Rekor v2",
        _entry(integratedTime="1772366520", inclusionPromise={"signedEntryTimestamp": "QQ=="}),
        "which that log does not make",
    ),
    "an entry of another kind": (
        "v0.3, Rekor v1",
        _entry(kindVersion={"kind": "rekord", "version": "0.0.1"}),
        "none of a DSSE envelope",
    ),
    "an intoto entry that is of kind dsse": (
        "v0.3, Rekor v1",
        _entry(kindVersion={"kind": "intoto", "version": "0.0.2"}),
        "not of the kind",
    ),
    "a hashedrekord entry that is of kind dsse": (
        "v0.3, Rekor v1",
        _entry(kindVersion={"kind": "hashedrekord", "version": "0.0.1"}),
        "not of the kind",
    ),
    "another root": ("v0.3, Rekor v1", _proof(rootHash=b64(b"0" * 32)), "root hash"),
    "a line among the checkpoint's signatures": (
        "v0.3, Rekor v1",
        _checkpoint("\n\N{EM DASH}", "\njunk\n\N{EM DASH}"),
        "signed note",
    ),
    "a checkpoint of a million lines": (
        "v0.3, Rekor v2",
        _checkpoint("\n\n", "\nx" * 1_000_000 + "\n\n"),
        "not a signed note",
    ),
    "a checkpoint without a size": (
        "v0.3, Rekor v2",
        _checkpoint("log2026-1.rekor.sigstore.example\n", ""),
        "signed note",
    ),
    "a checkpoint of another origin": ("v0.3, Rekor v2", _checkpoint("log2026-1", "log2026-2"), "signature"),
}


@pytest.mark.parametrize(("form", "change", "sentence"), UNSIGNED.values(), ids=UNSIGNED)
def test_what_no_log_has_signed(bundles: Bundles, form: str, change: Change, sentence: str) -> None:
    """Everything that a log entry says, its log has signed; sigstore looks away from some of it."""
    bundle = bundles.bundle(form)
    change(bundle)
    refuse(bundles, bundle, match=sentence)


def test_a_proof_for_a_tree_of_another_size(bundles: Bundles) -> None:
    """Some sizes lead along the same path: sigstore believes them although the checkpoint says another one."""
    bundle = bundles.bundle("v0.3, Rekor v2")
    for _ in range(3):
        bundles.bundle("v0.3, Rekor v2")
    entry_of(bundle)["inclusionProof"] = bundles.honest.world.prove_again(entry_of(bundle))
    assert bundles.authenticate(bundle).payload == bundles.payload
    size = int(entry_of(bundle)["inclusionProof"]["treeSize"])
    for other in {*range(size - 2, size + 4)} - {size}:
        entry_of(bundle)["inclusionProof"]["treeSize"] = str(other)
        refuse(bundles, bundle, match="another size")


def test_junk_in_a_checkpoints_base64(bundles: Bundles) -> None:
    """The signature's text is not signed: one that only a lenient decoder reads is refused."""
    bundle = bundles.bundle("v0.3, Rekor v2")
    checkpoint = entry_of(bundle)["inclusionProof"]["checkpoint"]
    checkpoint["envelope"] = checkpoint["envelope"].rstrip("\n") + "!\n"
    refuse(bundles, bundle, match="strict base64")


@pytest.mark.parametrize("version", ["0.2", "0.3"])
@pytest.mark.parametrize("log", ["rekor-v1", "rekor-v1-intoto"])
def test_a_promise_alone_is_not_enough_after_v01(bundles: Bundles, log: Any, version: Any) -> None:
    """From v0.2 on the proof is required: a log that promises and never includes would be found out by nobody."""
    with pytest.raises(EvidenceRefused, match="inclusion proof"):
        bundles.authenticate(bundles.promised(log, version))


@pytest.mark.parametrize(
    "change",
    [
        _entry(integratedTime="1772366521"),
        _entry(logIndex="7"),
        _entry(inclusionPromise={"signedEntryTimestamp": b64(b"0" * 70)}),
    ],
)
def test_a_promise_of_something_else(bundles: Bundles, change: Change) -> None:
    """A promise is over body, time, log and index; each of them changed makes it nobody's."""
    bundle = bundles.promised()
    change(bundle)
    refuse(bundles, bundle, match="inclusion promise")


@pytest.mark.parametrize("member", ["inclusionPromise", "integratedTime"])
def test_neither_a_proof_nor_a_whole_promise(bundles: Bundles, member: str) -> None:
    """An entry without a proof, and without a promise that signs its time, is no entry."""
    bundle = bundles.promised()
    del entry_of(bundle)[member]
    with pytest.raises(EvidenceRefused, match="needs an inclusion promise"):
        bundles.authenticate(bundle)


@pytest.mark.parametrize("count", [0, 2])
def test_one_log_entry_and_no_other(bundles: Bundles, count: int) -> None:
    """Others would be kept and served without having been checked."""
    for bundle in (bundles.bundle(), bundles.promised()):
        bundle["verificationMaterial"]["tlogEntries"] *= count
        with pytest.raises(EvidenceRefused):
            bundles.authenticate(bundle)


# Timestamps


def stamped(bundles: Bundles, *moments: datetime, form: str = "v0.3, Rekor v1") -> Json:
    """Return a bundle with RFC 3161 timestamps of these moments."""
    bundle = bundles.bundle(form)
    stamps = [bundles.honest.world.stamp(bundle["dsseEnvelope"], when) for when in moments]
    bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    return bundle


@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.3, Rekor v2", "v0.2, Rekor v1, intoto entry"])
def test_one_of_several_timestamps_does_not_verify(bundles: Bundles, form: str) -> None:
    """sigstore is content with one that does; the other would be kept and served as if it had been believed."""
    stranger = SigstoreWorld(SIGNED_AT - timedelta(days=1))
    bundle = stamped(bundles, LOGGED_AT, form=form)
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamps.append(stranger.stamp(bundle["dsseEnvelope"], LOGGED_AT))
    refuse(bundles, bundle, match="timestamp of the bundle")


def test_a_timestamp_of_another_signature(bundles: Bundles) -> None:
    """A timestamp is over the signature's bytes: an older one of the same signer backdates nothing."""
    bundle = stamped(bundles, LOGGED_AT, form="v0.3, Rekor v2")
    other = stamped(bundles, LOGGED_AT, form="v0.3, Rekor v2")
    data = other["verificationMaterial"]["timestampVerificationData"]
    bundle["verificationMaterial"]["timestampVerificationData"] = data
    refuse(bundles, bundle, match="timestamp of the bundle")


@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.3, Rekor v2", "v0.2, Rekor v1, intoto entry"])
def test_a_timestamp_outside_the_certificates_validity(bundles: Bundles, form: str) -> None:
    """Every time that is told has to be within the certificate's ten minutes, and not only the first."""
    bundle = stamped(bundles, LOGGED_AT, SIGNED_AT + timedelta(minutes=30), form=form)
    refuse(bundles, bundle, match="not valid at validation time")


def test_the_same_timestamp_twice(bundles: Bundles) -> None:
    """Two copies are not two witnesses."""
    bundle = stamped(bundles, LOGGED_AT)
    bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] *= 2
    refuse(bundles, bundle, match="duplicate timestamp")


def test_rekor_v2_without_a_timestamp(bundles: Bundles) -> None:
    """Rekor v2 tells no time: without a timestamp nothing shows when this was signed."""
    bundle = bundles.bundle("v0.3, Rekor v2")
    del bundle["verificationMaterial"]["timestampVerificationData"]
    with pytest.raises(EvidenceRefused):
        bundles.authenticate(bundle)


# The envelope and its JSON


@pytest.mark.parametrize("count", [0, 2])
def test_one_signature_and_no_other(bundles: Bundles, count: int) -> None:
    """Evidence 3: a certificate speaks for one signature; a second one beside it is nobody's."""
    for bundle in (bundles.bundle(), bundles.promised()):
        bundle["dsseEnvelope"]["signatures"] *= count
        with pytest.raises(EvidenceRefused, match=f"{count} signatures"):
            bundles.authenticate(bundle)


def test_a_key_id_beside_a_certificate(bundles: Bundles) -> None:
    """Nobody signs the key id: with a certificate it can only mislead whoever reads it."""
    bundle = bundles.bundle()
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = ""
    assert bundles.authenticate(bundle).payload == bundles.payload
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = "SHA256:somebody"
    with pytest.raises(EvidenceRefused, match="key id"):
        bundles.authenticate(bundle)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every text within a value."""
    if isinstance(value, str):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in _places(item, (*path, key))]


def _set(value: Any, path: tuple[Any, ...], change: Callable[[str], str]) -> Any:
    changed = copy.deepcopy(value)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = change(holder[path[-1]])
    return changed


@pytest.mark.parametrize("junk", ["!", "\n", " ", "=", "\x00", "\u0660"])
@pytest.mark.parametrize(
    "form", ["v0.3, Rekor v1", "v0.3, Rekor v2", "v0.1, Rekor v1, intoto entry", "pep740", "promised"]
)
def test_junk_in_any_text_of_the_evidence(bundles: Bundles, form: str, junk: str) -> None:
    """Lenient decoders skip junk: the same evidence would have many spellings, with room to hide something in."""
    sound = made(bundles, form)
    bundles.authenticate(sound)
    places = _places(sound)
    assert len(places) > 9
    for place in places:
        with pytest.raises(REFUSED):
            bundles.authenticate(_set(sound, place, lambda text: text + junk))
        with pytest.raises(REFUSED):
            bundles.authenticate(_set(sound, place, lambda text: text[:8] + junk + text[8:]))


def _objects(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every object within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * isinstance(value, dict) + [place for key, item in items for place in _objects(item, (*path, key))]


@pytest.mark.parametrize("form", ["v0.3, Rekor v1", "v0.3, Rekor v2", "pep740", "promised"])
def test_unknown_and_repeated_keys_anywhere(bundles: Bundles, form: str) -> None:
    """Two readers of such JSON would see two documents: the first of equal keys, or the last; this spelling or that."""
    sound = made(bundles, form)
    for place in _objects(sound):
        changed = copy.deepcopy(sound)
        holder = changed
        for key in place:
            holder = holder[key]
        first, member = next(iter(holder.items()))
        holder["extra"] = "x"
        with pytest.raises(REFUSED):
            bundles.authenticate(changed)
        del holder["extra"]
        holder["\x00again"] = member
        repeated = json.dumps(changed).replace("\\u0000again", first)
        with pytest.raises(EvidenceRefused, match="twice"):
            bundles.authenticate(repeated.encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: bundle.update(media_type=bundle["mediaType"]),
        lambda bundle: entry_of(bundle).update(log_index="1"),
        lambda bundle: entry_of(bundle).update(logIndex="1_000"),
        lambda bundle: entry_of(bundle).update(logIndex=" 1000"),
        lambda bundle: entry_of(bundle).update(logIndex="01000"),
        lambda bundle: entry_of(bundle).update(logIndex=1000),
        lambda bundle: entry_of(bundle).update(logIndex=str(2**64)),
        lambda bundle: bundle["verificationMaterial"].update(publicKey={"hint": "x"}),
        lambda bundle: bundle["verificationMaterial"].update(
            x509CertificateChain={"certificates": [bundle["verificationMaterial"]["certificate"]]}
        ),
        lambda bundle: bundle.update(messageSignature={"signature": "QQ=="}),
        lambda bundle: bundle.update(dsseEnvelope=None),
        lambda bundle: bundle["verificationMaterial"].update(certificate={"rawBytes": "QQ=="}),
        lambda bundle: bundle["verificationMaterial"].update(tlogEntries=None),
    ],
)
def test_a_second_spelling_or_a_second_choice(bundles: Bundles, change: Change) -> None:
    """One key in its one spelling, a number in digits, one kind of verification material and one of content."""
    bundle = bundles.bundle()
    change(bundle)
    with pytest.raises(EvidenceRefused):
        bundles.authenticate(bundle)


# Anything at all


@pytest.fixture(scope="module")
def sound(bundles: Bundles) -> list[Json]:
    """One accepted bundle of each form, made once: what hypothesis repeats has to be the same each time."""
    return [*(bundles.bundle(form) for form in FORMS), bundles.promised(), bundles.promised("rekor-v1-intoto")]


def accepts_nothing_else(bundles: Bundles, raw: bytes) -> None:
    """Hold that the evidence is refused, or says what the honest one says."""
    try:
        authentic = bundles.authenticate(raw)
    except REFUSED:
        return
    facts = (authentic.payload, authentic.signer.identity, authentic.signed_at)
    assert facts == (bundles.payload, bundles.honest.identity.san, LOGGED_AT)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_changed_byte_of_any_part_never_yields_other_facts(
    bundles: Bundles, sound: list[Json], data: st.DataObject
) -> None:
    """One byte of payload, signature, certificate, log entry or timestamp changed, beneath its base64."""
    bundle = sound[data.draw(st.integers(0, len(sound) - 1))]
    encoded = [place for place in _places(bundle) if place[-1] not in ("mediaType", "kind", "version", "payloadType")]
    place = encoded[data.draw(st.integers(0, len(encoded) - 1))]
    position, mask = data.draw(st.integers(0, 2**20)), data.draw(st.integers(1, 255))

    def change(text: str) -> str:
        raw = bytearray(text.encode() if text.isdigit() or "\n" in text else base64.b64decode(text))
        raw[position % len(raw)] ^= mask
        return raw.decode("latin-1") if text.isdigit() or "\n" in text else b64(bytes(raw))

    accepts_nothing_else(bundles, json.dumps(_set(bundle, place, change)).encode())


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_changed_byte_of_the_json_never_yields_other_facts(
    bundles: Bundles, sound: list[Json], data: st.DataObject
) -> None:
    """One byte of the evidence as it was sent."""
    raw = bytearray(json.dumps(sound[data.draw(st.integers(0, len(sound) - 1))]).encode())
    raw[data.draw(st.integers(0, 2**20)) % len(raw)] ^= data.draw(st.integers(1, 255))
    try:
        accepts_nothing_else(bundles, bytes(raw))
    except AssertionError as error:
        # The change may have made it another form, which nobody authenticates by a certificate.
        assert "KeySignedEnvelope" in str(error)  # noqa: PT017  (it may as well be refused, or change nothing)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("QQ=="),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), member=_JSON)
def test_no_value_raises_anything_but_a_refusal(
    bundles: Bundles, sound: list[Json], data: st.DataObject, member: Any
) -> None:
    """Any part of the evidence replaced by any JSON at all."""
    bundle = copy.deepcopy(sound[data.draw(st.integers(0, len(sound) - 1))])
    places = [place for place in [*_objects(bundle), *_places(bundle)] if place and place[0] == "verificationMaterial"]
    holder: Any = bundle
    place = places[data.draw(st.integers(0, len(places) - 1))]
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = member
    if isinstance(bundle["verificationMaterial"], dict):
        accepts_nothing_else(bundles, json.dumps(bundle).encode())
