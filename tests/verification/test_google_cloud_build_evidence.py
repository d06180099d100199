"""Google Cloud Build's JSON: which envelopes are in it, whose signatures count, and over which bytes."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import statements
from tests.support.honest import CONTENT, NOW, Honest
from tests.support.keys import IN_TOTO, b64, pae
from tests.support.plain_keys import PlainKey, ecdsa
from tests.support.roots import with_simulated_instance
from tests.support.slsa_statements import google_cloud_build, google_cloud_build_older
from verification.bundle import (
    MAX_ATTESTATIONS,
    EvidenceRefused,
    GoogleCloudBuildProvenance,
    KeySignedEnvelope,
    parse,
    split,
)
from verification.examination import Examination, Examined, examine
from verification.parameters import DocumentInvalid
from verification.pipeline import examine_all
from verification.publisher import has_pep740
from verification.reasons import Reason, Step
from verification.root_of_trust import RootsOfTrust, parse_roots
from verification.verdict import Outcome

REGIONAL = ecdsa(ec.SECP256R1(), SHA256())
GLOBAL = ecdsa(ec.SECP256R1(), SHA256())
STRANGER = ecdsa(ec.SECP256R1(), SHA256())

STATEMENT = google_cloud_build(statements.subject("widget-1.0.tar.gz", CONTENT))
BUILDER = STATEMENT["predicate"]["runDetails"]["builder"]["id"]
PAYLOAD = statements.encode(STATEMENT)

KEY_ID = "projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1"

Json = dict[str, Any]


def url_safe(data: bytes) -> str:
    """Return base64 as Google's service writes it."""
    return base64.urlsafe_b64encode(data).decode()


def by(key: PlainKey, *, with_pae: bool, payload: bytes = PAYLOAD, keyid: str = KEY_ID) -> Json:
    """Return a key's signature, over PAE or over the payload alone."""
    return {"keyid": keyid, "sig": url_safe(key.sign(pae(payload) if with_pae else payload))}


def occurrence(*signatures: Json, payload: bytes = PAYLOAD) -> Json:
    """Return one entry of gcloud's JSON."""
    return {
        "build": {"inTotoSlsaProvenanceV1": json.loads(payload)},
        "createTime": "2026-03-01T12:00:00Z",
        "envelope": {"payload": url_safe(payload), "payloadType": IN_TOTO, "signatures": list(signatures)},
        "kind": "BUILD",
        "name": "projects/example/occurrences/1",
        "noteName": "projects/verified-builder/notes/1",
        "resourceUri": "https://example.test/widget",
        "updateTime": "2026-03-01T12:00:00Z",
    }


def gcloud(*occurrences: Json) -> Json:
    """Return what gcloud prints."""
    return {"image_summary": {"slsa_build_level": 3}, "provenance_summary": {"provenance": list(occurrences)}}


def document(honest: Honest, **pae_of_key: object) -> Json:
    """Return roots that know the two keys, with what is said of their PAE."""
    keys = {"regional": REGIONAL.pem, "global": GLOBAL.pem}
    made = with_simulated_instance(honest.world, keys=keys)
    for name, said in pae_of_key.items():
        made["keys"][name]["pae"] = said
    for builder in made["builders"]:
        if builder["signer"].get("key"):
            builder["speaks_for"] = [BUILDER]
    return made


@pytest.fixture(scope="module")
def roots(honest: Honest) -> RootsOfTrust:
    """Roots as for Google: the regional key signs without PAE, the global one with it."""
    return parse_roots(document(honest, regional=False))


def examined(honest: Honest, roots: RootsOfTrust, *parts: Any) -> Examination:
    """Return an upload's evidence examined."""
    return examine_all(json.dumps(parts).encode(), artifact=honest.artifact(), roots=roots, now=NOW)


def examined_alone(honest: Honest, roots: RootsOfTrust, part: Any) -> Examined:
    """Return one attestation examined."""
    return examine(json.dumps(part).encode(), artifact=honest.artifact(), roots=roots, now=NOW)


def refusals(examination: Examination) -> set[Reason | None]:
    """Return why anything of the evidence is refused."""
    checks = [check for each in examination.attestations for check in each.checks] + list(examination.checks)
    return {check.reason for check in checks if check.outcome is Outcome.FAILED}


@pytest.mark.parametrize(("key", "name", "with_pae"), [(REGIONAL, "regional", False), (GLOBAL, "global", True)])
def test_each_key_signs_in_its_own_way(
    honest: Honest, roots: RootsOfTrust, key: PlainKey, name: str, with_pae: bool
) -> None:
    """Google's regional keys sign the payload alone, its global ones PAE; the signer is the roots' name of the key."""
    examination = examined(honest, roots, gcloud(occurrence(by(key, with_pae=with_pae))))
    assert not refusals(examination)
    assert examination.sound
    provenance = examination.strongest
    assert provenance is not None
    assert (provenance.signer.key, provenance.builder_id) == (name, BUILDER)


@pytest.mark.parametrize(("key", "with_pae"), [(REGIONAL, True), (GLOBAL, False)])
def test_no_key_signs_in_the_others_way(honest: Honest, roots: RootsOfTrust, key: PlainKey, with_pae: bool) -> None:
    """The roots say what a key's signature is over, never the evidence."""
    examination = examined(honest, roots, gcloud(occurrence(by(key, with_pae=with_pae))))
    assert refusals(examination) == {Reason.SIGNER_UNKNOWN}


def test_without_a_word_in_the_roots_a_key_signs_pae(honest: Honest) -> None:
    """The default is DSSE's."""
    silent = parse_roots(document(honest))
    assert examined(honest, silent, gcloud(occurrence(by(REGIONAL, with_pae=True)))).sound
    assert not examined(honest, silent, gcloud(occurrence(by(REGIONAL, with_pae=False)))).sound


def test_a_bare_envelope_without_pae_is_nobodys(honest: Honest, roots: RootsOfTrust) -> None:
    """DSSE knows no such signature: in its own forms nothing of this changes."""
    plain = occurrence(by(REGIONAL, with_pae=False))["envelope"]
    assert isinstance(parse(json.dumps(plain).encode()), KeySignedEnvelope)
    assert refusals(examined(honest, roots, plain)) == {Reason.SIGNER_UNKNOWN}
    assert examined(honest, roots, occurrence(by(GLOBAL, with_pae=True))["envelope"]).sound


@pytest.mark.parametrize("said", [0, 1, "false", None, [], {}])
def test_what_roots_say_of_pae_is_true_or_false(honest: Honest, said: object) -> None:
    """Anything else is a document that two readers could understand differently."""
    with pytest.raises(DocumentInvalid, match="pae"):
        parse_roots(document(honest, regional=said))


def test_roots_say_nothing_else_of_a_key(honest: Honest) -> None:
    """A misspelt pae would silently be the default."""
    made = document(honest)
    made["keys"]["regional"]["PAE"] = False
    with pytest.raises(DocumentInvalid, match="/keys/regional"):
        parse_roots(made)


def test_a_key_whose_id_the_roots_name(honest: Honest) -> None:
    """Google's verifier finds keys by their ids: what names another region's key is not this one's, however it verifies."""
    made = document(honest, regional=False)
    made["keys"]["regional"]["keyid"] = KEY_ID
    named = parse_roots(made)
    other = by(REGIONAL, with_pae=False, keyid=KEY_ID.replace("us-west2", "us-east1"))
    own = by(REGIONAL, with_pae=False)
    assert examined(honest, named, gcloud(occurrence(own))).sound
    assert examined(honest, named, gcloud(occurrence(other, own))).sound
    assert refusals(examined(honest, named, gcloud(occurrence(other)))) == {Reason.SIGNER_UNKNOWN}
    # The id alone makes no signature the key's.
    assert refusals(examined(honest, named, gcloud(occurrence(by(STRANGER, with_pae=False))))) == {
        Reason.SIGNER_UNKNOWN
    }


@pytest.mark.parametrize("said", ["", None, 1, []])
def test_what_roots_say_of_a_keys_id_is_a_text(honest: Honest, said: object) -> None:
    """An empty or absent value must not silently mean any id."""
    made = document(honest)
    made["keys"]["regional"]["keyid"] = said
    with pytest.raises(DocumentInvalid, match="/keys/regional"):
        parse_roots(made)


def test_one_valid_signature_of_several_is_enough(honest: Honest, roots: RootsOfTrust) -> None:
    """A stranger's signature beside counts for nothing, in any order."""
    strangers, own = by(STRANGER, with_pae=False), by(REGIONAL, with_pae=False)
    for signatures in ((strangers, own), (own, strangers), (strangers, own, strangers)):
        examination = examined(honest, roots, gcloud(occurrence(*signatures)))
        assert examination.sound
        assert examination.strongest is not None
        assert examination.strongest.signer.key == "regional"
    assert refusals(examined(honest, roots, gcloud(occurrence(strangers, strangers)))) == {Reason.SIGNER_UNKNOWN}


def test_only_signatures_of_the_builder_count(honest: Honest) -> None:
    """Evidence 3: a known key that is no builder's, or not this builder's, cannot sign for it."""
    made = document(honest, regional=False)
    made["builders"] = [builder for builder in made["builders"] if builder["signer"].get("key") != "regional"]
    evidence = gcloud(occurrence(by(REGIONAL, with_pae=False)))
    assert refusals(examined(honest, parse_roots(made), evidence)) == {Reason.SIGNER_UNKNOWN}
    made = document(honest, regional=False)
    for builder in made["builders"]:
        if builder["signer"].get("key") == "regional":
            builder["speaks_for"] = ["https://builder.example/other"]
    assert refusals(examined(honest, parse_roots(made), evidence)) == {Reason.BUILDER_NOT_SIGNERS}


@pytest.mark.parametrize(("key", "with_pae"), [(REGIONAL, False), (GLOBAL, True)])
def test_a_changed_payload(honest: Honest, roots: RootsOfTrust, key: PlainKey, with_pae: bool) -> None:
    """The statement is the payload that was signed."""
    good = occurrence(by(key, with_pae=with_pae))
    changed = copy.deepcopy(good)
    changed["envelope"]["payload"] = url_safe(PAYLOAD + b" ")  # the same statement, in other bytes
    assert refusals(examined(honest, roots, gcloud(changed))) == {Reason.SIGNER_UNKNOWN}
    assert examined(honest, roots, gcloud(good | {"build": {}})).sound


SHA256_OF_IT = STATEMENT["subject"][0]["digest"]["sha256"]
IMAGE = f"https://example.test/widget@sha256:{SHA256_OF_IT}"
OTHER_IMAGE = f"https://example.test/widget@sha256:{'f' * 64}"
OLDER = google_cloud_build_older(statements.subject("widget-1.0.tar.gz", CONTENT), kind="CloudBuildYaml@v0.1")


@pytest.mark.parametrize(
    "beside",
    [
        {"build": {"inTotoSlsaProvenanceV1": STATEMENT | {"subject": []}}},
        {"build": {"intotoStatement": STATEMENT}},
        {"build": {"intotoProvenance": STATEMENT}},
        {"build": {"provenance": {"id": "another build"}}},
        {"build": "another build"},
        {"noteName": {"intotoStatement": STATEMENT}},
        {"resourceUri": OTHER_IMAGE},
    ],
    ids=["copy", "copy under the older name", "another copy", "older build", "no copy", "copy elsewhere", "image"],
)
def test_what_people_read_is_what_was_signed(honest: Honest, roots: RootsOfTrust, beside: Json) -> None:
    """The legible copy proves nothing; but kept and served with another story than the signed one, it would deceive."""
    good = occurrence(by(GLOBAL, with_pae=True)) | {"resourceUri": IMAGE}
    assert examined(honest, roots, gcloud(good)).sound
    assert refusals(examined(honest, roots, gcloud(good | beside))) == {Reason.EVIDENCE_MALFORMED}


def test_the_older_copy_has_the_predicate_under_a_name_of_its_own(honest: Honest, roots: RootsOfTrust) -> None:
    """Google's service signs ``slsaProvenance`` beside ``predicate``, and copies only the former."""
    signed = OLDER | {"slsaProvenance": OLDER["predicate"]}
    payload = statements.encode(signed)
    legible = {key: part for key, part in signed.items() if key != "predicate"}
    good = occurrence(by(GLOBAL, with_pae=True, payload=payload), payload=payload)
    assert examined(honest, roots, gcloud(good | {"build": {"intotoStatement": legible}})).attestations[0].sound
    for other in (signed, legible | {"slsaProvenance": {}}):
        refused = examined(honest, roots, gcloud(good | {"build": {"intotoStatement": other}}))
        assert refusals(refused) == {Reason.EVIDENCE_MALFORMED}


@pytest.mark.parametrize(
    "summary",
    [
        {"digest": f"sha256:{'f' * 64}"},
        {"digest": f"sha256:{SHA256_OF_IT}", "fully_qualified_digest": OTHER_IMAGE},
    ],
)
def test_the_summary_is_of_the_same_image(honest: Honest, roots: RootsOfTrust, summary: Json) -> None:
    """What gcloud says above the occurrences is read first."""
    evidence = gcloud(occurrence(by(GLOBAL, with_pae=True)) | {"resourceUri": IMAGE})
    honest_summary = {"digest": f"sha256:{SHA256_OF_IT}", "fully_qualified_digest": IMAGE}
    assert examined(honest, roots, evidence | {"image_summary": honest_summary}).sound
    refused = examined(honest, roots, evidence | {"image_summary": summary})
    assert refusals(refused) == {Reason.EVIDENCE_MALFORMED}


@pytest.mark.parametrize("with_pae", [True, False])
def test_the_type_of_the_payload(honest: Honest, roots: RootsOfTrust, with_pae: bool) -> None:
    """Without PAE nobody signs the type: only in-toto's is taken, whatever the signature is over."""
    evidence = occurrence(by(GLOBAL if with_pae else REGIONAL, with_pae=with_pae))
    evidence["envelope"]["payloadType"] = "text/plain"
    assert not examined(honest, roots, gcloud(evidence)).sound


def test_what_is_signed_with_pae_is_no_payload_without(honest: Honest, roots: RootsOfTrust) -> None:
    """PAE's bytes shown as the payload itself, to a key without PAE: they are no statement."""
    evidence = occurrence(by(REGIONAL, with_pae=True))
    evidence["envelope"]["payload"] = url_safe(pae(PAYLOAD))
    assert not examined(honest, roots, gcloud(evidence)).sound


def test_either_alphabet_of_base64(honest: Honest, roots: RootsOfTrust) -> None:
    """Google has written both."""
    evidence = occurrence(by(REGIONAL, with_pae=False))
    evidence["envelope"]["payload"] = b64(PAYLOAD)
    signature = evidence["envelope"]["signatures"][0]
    signature["sig"] = b64(base64.urlsafe_b64decode(signature["sig"]))
    assert examined(honest, roots, gcloud(evidence)).sound


@pytest.mark.parametrize("junk", ["!", "\n", " ", "=", "+_", "é"])
def test_junk_in_base64(honest: Honest, roots: RootsOfTrust, junk: str) -> None:
    """A decoder that skips what it does not know would read the same bytes."""
    good = occurrence(by(REGIONAL, with_pae=False))
    for place in (good["envelope"], good["envelope"]["signatures"][0]):
        name = "payload" if "payload" in place else "sig"
        kept = place[name]
        place[name] = junk + kept
        assert refusals(examined(honest, roots, gcloud(good))) == {Reason.EVIDENCE_MALFORMED}
        place[name] = kept
    assert examined(honest, roots, gcloud(good)).sound


def test_each_occurrence_is_an_attestation_of_its_own(honest: Honest, roots: RootsOfTrust) -> None:
    """As of a provenance object: kept as sent, each judged alone, and one that is not sound refuses the upload."""
    first, second = occurrence(by(REGIONAL, with_pae=False)), occurrence(by(GLOBAL, with_pae=True))
    field = json.dumps([gcloud(first, second)], indent=1)
    parts = split(field.encode())
    assert [json.loads(part) for part in parts] == [first, second]
    assert all(part.decode() in field for part in parts)
    assert all(isinstance(parse(part), GoogleCloudBuildProvenance) for part in parts)
    assert examined(honest, roots, gcloud(first, second)).sound
    about_another = statements.encode(google_cloud_build(statements.subject("widget-1.0.tar.gz", b"another")))
    beside = occurrence(by(GLOBAL, with_pae=True, payload=about_another), payload=about_another)
    assert not examined(honest, roots, gcloud(first, beside)).sound


def test_occurrences_that_nobody_known_signed_are_left_out(honest: Honest, roots: RootsOfTrust) -> None:
    """Google lists all that it has, under old and new keys: one sound occurrence is enough, and the others are nobody's word."""
    good = occurrence(by(REGIONAL, with_pae=False))
    strange = occurrence(by(STRANGER, with_pae=True))
    for both in ([good, strange], [strange, good]):
        found = examined(honest, roots, gcloud(*both))
        assert found.sound
        assert [json.loads(part) for part in found.evidence] == [good]
        assert len(found.attestations) == 1


def test_only_in_googles_json_is_anything_left_out(honest: Honest, roots: RootsOfTrust) -> None:
    """A stranger's occurrence alone, and a stranger's envelope beside a sound occurrence, refuse."""
    good, strange = occurrence(by(REGIONAL, with_pae=False)), occurrence(by(STRANGER, with_pae=True))
    assert not examined(honest, roots, gcloud(strange)).sound
    envelope = {**strange["envelope"], "payload": base64.b64encode(PAYLOAD).decode()}
    assert not examined(honest, roots, gcloud(good), envelope).sound


def test_a_key_that_is_no_builders_is_not_left_out(honest: Honest) -> None:
    """Who signed is known and may not: that is a refusal, and no occurrence that merely nobody signed."""
    made = document(honest, regional=False)
    made["builders"] = [each for each in made["builders"] if each["signer"].get("key") != "global"]
    both = gcloud(occurrence(by(REGIONAL, with_pae=False)), occurrence(by(GLOBAL, with_pae=True)))
    assert not examined(honest, parse_roots(made), both).sound


def test_occurrences_count_against_the_bound() -> None:
    """Evidence 1: at most 16 attestations, counted after gcloud's JSON is opened."""
    assert len(split(json.dumps([gcloud(*[{}] * MAX_ATTESTATIONS)]).encode())) == MAX_ATTESTATIONS
    with pytest.raises(EvidenceRefused) as refused:
        split(json.dumps([gcloud(*[{}] * MAX_ATTESTATIONS), {}]).encode())
    assert refused.value.reason is Reason.EVIDENCE_TOO_MUCH


@pytest.mark.parametrize(
    "part",
    [
        gcloud(),
        gcloud() | {"provenance_summary": None},
        gcloud() | {"provenance_summary": {"provenance": {}}},
        gcloud() | {"provenance_summary": {"provenance": [{}, 1]}},
        gcloud() | {"provenance_summary": {"provenance": [{}], "more": []}},
        gcloud({}) | {"more": 1},
        gcloud({}) | {"attestation_bundles": []},
        gcloud({}) | {"payload": "", "payloadType": "", "signatures": []},
    ],
)
def test_what_is_not_gclouds(part: Json) -> None:
    """Whatever says that it is gcloud's JSON is that and nothing else."""
    with pytest.raises(EvidenceRefused) as refused:
        split(json.dumps([part]).encode())
    assert refused.value.reason is Reason.EVIDENCE_MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(kind="DEPLOYMENT"),
        lambda it: it.update(kind=None),
        lambda it: it.update(more=1),
        lambda it: it.update(envelope=None),
        lambda it: it["envelope"].update(more=1),
        lambda it: it["envelope"].pop("payloadType"),
        lambda it: it["envelope"].update(payload=None),
        lambda it: it["envelope"].update(signatures=[]),
        lambda it: it["envelope"].update(signatures={}),
        lambda it: it["envelope"]["signatures"].append(None),
        lambda it: it["envelope"]["signatures"][0].update(sig=""),
        lambda it: it["envelope"]["signatures"][0].update(cert="x"),
        lambda it: it["envelope"]["signatures"][0].pop("keyid"),
        lambda it: it["envelope"]["signatures"][0].update(keyid=""),
        lambda it: it["envelope"]["signatures"][0].update(keyid=KEY_ID + "\n"),
        lambda it: it["envelope"]["signatures"][0].update(keyid=KEY_ID.replace("us-west2", "us-west2/other")),
    ],
)
def test_an_occurrence_has_one_shape(honest: Honest, roots: RootsOfTrust, change: Callable[[Json], object]) -> None:
    """An otherwise sound occurrence with one thing more, less or other."""
    evidence = occurrence(by(REGIONAL, with_pae=False))
    change(evidence)
    found = examined_alone(honest, roots, evidence)
    assert not found.sound
    reason = next(check.reason for check in found.checks if check.step is Step.EVIDENCE)
    assert reason in {Reason.EVIDENCE_MALFORMED, Reason.EVIDENCE_UNSUPPORTED}


def test_it_is_no_pep_740_object() -> None:
    """PEP 740 has no place for a plain key."""
    assert not has_pep740(GoogleCloudBuildProvenance(b"{}"))


SENT = json.dumps([gcloud(occurrence(by(REGIONAL, with_pae=False)))]).encode()
"""Signed once: what hypothesis repeats has to be the same each time."""


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_changed_byte_never_yields_other_facts(honest: Honest, roots: RootsOfTrust, data: st.DataObject) -> None:
    """Whatever byte of the field is changed: what is let in is what was signed."""
    raw = bytearray(SENT)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    signed = examine_all(SENT, artifact=honest.artifact(), roots=roots, now=NOW)
    changed = examine_all(bytes(raw), artifact=honest.artifact(), roots=roots, now=NOW)
    if changed.sound:
        assert changed.strongest == signed.strongest
