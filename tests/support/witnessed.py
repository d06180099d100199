"""Bundles by a plain key, beside whose signature stand a log entry and timestamps: as cosign makes them of a key."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support import slsa_statements as slsa
from tests.support import statements
from tests.support.honest import CONTENT, SIGNED_AT, Honest
from tests.support.keys import IN_TOTO, b64
from tests.support.plain_keys import PlainKey, ecdsa
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import BUNDLE_V03, LogName, SigstoreWorld
from verification import first_use
from verification.expectation import Expectation
from verification.root_of_trust import parse_roots

SEEN_AT = SIGNED_AT + timedelta(minutes=2)
"""When the log and the timestamp authority have seen the signature; it is received an hour after it was made."""

FORMS: dict[str, tuple[LogName | None, bool]] = {
    "dsse entry": ("rekor-v1", False),
    "intoto entry": ("rekor-v1-intoto", False),
    "hashedrekord entry": ("rekor-v1-hashedrekord", False),
    "Rekor v2": ("rekor-v2", False),
    "Rekor v2, timestamp": ("rekor-v2", True),
    "dsse entry, timestamp": ("rekor-v1", True),
    "timestamp": (None, True),
}
"""What may stand beside a key's signature: which log's entry, and whether a timestamp."""

Json = dict[str, Any]


def seen(envelope: Json, key: PlainKey, form: str, world: SigstoreWorld, at: datetime = SEEN_AT) -> Json:
    """Return the bundle of an envelope by a key, with what one of the FORMS has beside its signature."""
    log, stamped = FORMS[form]
    material: Json = {"publicKey": {"hint": "whatever"}, "tlogEntries": []}
    if log is not None:
        public = key.private_key.public_key()
        material["tlogEntries"] = [world.record(envelope, public, at=at, log=log)]
    if stamped:
        material["timestampVerificationData"] = {"rfc3161Timestamps": [world.stamp(envelope, at)]}
    return {"mediaType": BUNDLE_V03, "verificationMaterial": material, "dsseEnvelope": envelope}


@dataclass
class Witnessed:
    """The honest release of widget by a builder with a key of its own, whose signature others have seen."""

    honest: Honest

    def __post_init__(self) -> None:
        """Make the key, and load the roots that know it once."""
        self.key = ecdsa(ec.SECP256R1(), hashes.SHA256())
        self.gate = self.gate_of({})
        self._expectation: Expectation | None = None

    @property
    def world(self) -> SigstoreWorld:
        """The instance that the roots know."""
        return self.honest.world

    def document(self) -> Json:
        """Return the roots document that knows the instance and the key, to be changed."""
        return copy.deepcopy(with_simulated_instance(self.world, keys={"operator": self.key.pem}))

    def gate_of(self, entry: Json, *, instance: Json | None = None) -> Honest:
        """Return the gate under roots whose entries of the key and of the instance have further members."""
        document = self.document()
        document["keys"]["operator"] |= entry
        document["sigstore"]["simulated"] |= instance or {}
        gate = replace(self.honest)
        gate.roots = parse_roots(document)
        return gate

    def envelope(self, key: PlainKey | None = None) -> Json:
        """Return the honest build of Tekton Chains, signed by the key."""
        payload = statements.encode(slsa.tekton(statements.subject("widget-1.0.tar.gz", CONTENT)))
        return {"payload": b64(payload), "payloadType": IN_TOTO, "signatures": [(key or self.key).entry(payload)]}

    def bundle(
        self,
        form: str = "dsse entry",
        *,
        key: PlainKey | None = None,
        envelope: Json | None = None,
        by: SigstoreWorld | None = None,
        at: datetime = SEEN_AT,
    ) -> Json:
        """Return the statement with what one of the FORMS has beside its signature, ``by`` the instance that has seen it."""
        return seen(envelope or self.envelope(key), key or self.key, form, by or self.world, at)

    def expectation(self) -> Expectation:
        """Return what first use pins of the release; made once."""
        if self._expectation is None:
            derived = first_use.derive(self.gate.examine(self.envelope()))
            assert isinstance(derived, Expectation), derived
            self._expectation = derived
        return self._expectation
