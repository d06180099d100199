"""Evidence that the gate accepts, of every build type and in every form: what the laws change.

Each case carries all that its verdict depends on, so that whoever changes its evidence can ask again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import slsa_statements, statements
from tests.support.bundles import FORMS, Bundles, public_key_bundle
from tests.support.honest import CONTENT, NOW, Honest
from tests.support.keys import IN_TOTO, b64, pae
from tests.support.plain_keys import PlainKey, ecdsa, ed25519_key, pss, rsa_key
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from tests.support.specimens import KEY, SPECIMENS
from tests.support.unlogged import Unlogged
from tests.support.witnessed import FORMS as WITNESSED
from tests.support.witnessed import seen
from verification import first_use
from verification.expectation import Expectation
from verification.judgement import Terms
from verification.pipeline import examine_all, verify
from verification.root_of_trust import RootsOfTrust, parse_roots
from verification.subject import Artifact
from verification.verdict import Accepted, Verdict

NO_POLICY = hashlib.sha256(b"").hexdigest()

GOOGLE_KEY_ID = "projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1"


@dataclass(frozen=True)
class AcceptedCase:
    """An upload's evidence that is accepted under the expectation, received ``now``."""

    name: str
    field: bytes
    artifact: Artifact
    expectation: Expectation
    roots: RootsOfTrust
    now: datetime

    def verdict(self, field: bytes | None) -> Verdict:
        """Return the gate's verdict on other evidence in this one's place."""
        terms = Terms(self.expectation, 1, NO_POLICY)
        return verify(field, artifact=self.artifact, terms=terms, roots=self.roots, now=self.now)

    def accepted(self, field: bytes) -> Accepted:
        """Return the verdict on evidence that has to be accepted."""
        verdict = self.verdict(field)
        assert isinstance(verdict, Accepted), (self.name, verdict)
        return verdict

    @cached_property
    def told(self) -> tuple[object, ...]:
        """What the gate learns from the unchanged evidence."""
        return facts_of(self.accepted(self.field), self.field)


def facts_of(verdict: Accepted, field: bytes) -> tuple[object, ...]:
    """Return all that an acceptance tells of a build: recipe, level, each attestation's part and facts, and the payloads."""
    reports = tuple((report.role, report.provenance) for report in verdict.attestations)
    return verdict.recipe, verdict.level, reports, tuple(payloads_of(json.loads(field)))


def payloads_of(value: Any) -> Iterator[bytes]:
    """Yield the signed payloads of evidence in any form, found by where the forms have them and not by the gate."""
    match value:
        case {"envelope": {"statement": str(encoded)}} | {"payload": str(encoded), "payloadType": str()}:
            yield base64.b64decode(encoded.replace("-", "+").replace("_", "/"))
        case dict():
            for member in value.values():
                yield from payloads_of(member)
        case list():
            for item in value:
                yield from payloads_of(item)


@cache
def keys() -> dict[str, PlainKey]:
    """Return a key of every kind that the roots know; ``bare`` signs the payload without PAE, as Google's regional keys do."""
    return {
        "P-256": ecdsa(ec.SECP256R1(), SHA256()),
        "P-384": ecdsa(ec.SECP384R1(), SHA384()),
        "Ed25519": ed25519_key(),
        "RSA": rsa_key(pss(SHA256()), SHA256()),
        "bare": ecdsa(ec.SECP256R1(), SHA256()),
    }


@cache
def simulated() -> Honest:
    """Return the honest release in one simulated world, whose roots know the specimens' key and one of every kind."""
    bench = Honest(SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))
    pems = {name: key.pem for name, key in keys().items()}
    document = with_simulated_instance(bench.world, keys={"operator": _pem(KEY), **pems})
    document["keys"]["bare"] |= {"pae": False, "keyid": GOOGLE_KEY_ID}
    bench.roots = parse_roots(document)
    return bench


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def case(name: str, field: bytes, artifact: Artifact, roots: RootsOfTrust, now: datetime = NOW) -> AcceptedCase:
    """Return the case of evidence under the expectation that first use derives from it."""
    examination = examine_all(field, artifact=artifact, roots=roots, now=now)
    derived = first_use.derive(examination)
    assert isinstance(derived, Expectation), (name, derived, examination)
    return AcceptedCase(name, field, artifact, derived, roots, now)


@cache
def by_build_type() -> tuple[AcceptedCase, ...]:
    """Return an honest build of every build type."""
    bench = simulated()
    return tuple(
        case(each.name, json.dumps([each.sign(bench, each.make())]).encode(), bench.artifact(), bench.roots)
        for each in SPECIMENS
    )


@cache
def by_form() -> tuple[AcceptedCase, ...]:
    """Return an honest build in every form of evidence: PEP 740, bundles, envelopes, and what wraps several."""
    bench = simulated()
    return (*_certified(bench), *_by_keys(bench))


def _certified(bench: Honest) -> Iterator[AcceptedCase]:
    bundles = Bundles(bench)
    provenance = bench.sign(bench.provenance())
    wrapped = {"version": 1, "attestation_bundles": [{"publisher": {"kind": "GitHub"}, "attestations": [provenance]}]}
    forms: dict[str, list[Any]] = {
        "PEP 740": [provenance],
        "PEP 740 provenance": [wrapped],
        "provenance and publish attestation": [provenance, bench.sign(bench.publish())],
        **{form: [bundles.bundle(form)] for form in FORMS},
        "v0.1, promised": [bundles.promised()],
        "v0.1, promised, intoto entry": [bundles.promised("rekor-v1-intoto")],
    }
    for name, parts in forms.items():
        yield case(name, json.dumps(parts).encode(), bench.artifact(), bench.roots)
    unlogged = Unlogged(bench, SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))
    yield case("no log", json.dumps([unlogged.bundle()]).encode(), bench.artifact(), unlogged.gate.roots)


def _by_keys(bench: Honest) -> Iterator[AcceptedCase]:
    payload = statements.encode(slsa_statements.google_cloud_build(statements.subject("widget-1.0.tar.gz", CONTENT)))
    parts: dict[str, Any] = {
        f"key {name}": {"payload": b64(payload), "payloadType": IN_TOTO, "signatures": [key.entry(payload)]}
        for name, key in keys().items()
        if name != "bare"
    }
    parts["Google's JSON, PAE"] = _gcloud(payload, keys()["P-256"].sign(pae(payload)))
    parts["Google's JSON, bare"] = _gcloud(payload, keys()["bare"].sign(payload))
    parts["bundle with a key's hint"] = public_key_bundle(payload, KEY, "operator")
    for form in WITNESSED:
        parts[f"key, {form}"] = seen(parts["key P-256"], keys()["P-256"], form, bench.world)
    for name, part in parts.items():
        yield case(name, json.dumps([part]).encode(), bench.artifact(), bench.roots)


def _gcloud(payload: bytes, signature: bytes) -> Any:
    envelope = {
        "payload": base64.urlsafe_b64encode(payload).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"keyid": GOOGLE_KEY_ID, "sig": base64.urlsafe_b64encode(signature).decode()}],
    }
    occurrence = {"kind": "BUILD", "name": "projects/example/occurrences/1", "envelope": envelope}
    return {"image_summary": {}, "provenance_summary": {"provenance": [occurrence]}}
