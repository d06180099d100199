"""Sound bundles of every form in the simulated world, and an instance to hold them against."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support import statements
from tests.support.certificate_authority import Credential
from tests.support.honest import SIGNED_AT, Honest
from tests.support.keys import SigningKey, dsse_envelope
from tests.support.sigstore_world import BundleVersion, LogName
from verification.bundle import Pep740Attestation, SigstoreBundle, parse
from verification.sigstore_adapter import Authentic, SigstoreInstance, authenticate_by_certificate

Json = dict[str, Any]

LOGGED_AT = SIGNED_AT + timedelta(minutes=2)

FORMS: dict[str, tuple[LogName, BundleVersion]] = {
    "v0.3, Rekor v1": ("rekor-v1", "0.3"),
    "v0.3, Rekor v2": ("rekor-v2", "0.3"),
    "v0.3, Rekor v1, intoto entry": ("rekor-v1-intoto", "0.3"),
    "v0.3, Rekor v1, hashedrekord entry": ("rekor-v1-hashedrekord", "0.3"),
    "v0.2, Rekor v1": ("rekor-v1", "0.2"),
    "v0.2, Rekor v2": ("rekor-v2", "0.2"),
    "v0.2, Rekor v1, intoto entry": ("rekor-v1-intoto", "0.2"),
    "v0.1, Rekor v1": ("rekor-v1", "0.1"),
    "v0.1, Rekor v1, intoto entry": ("rekor-v1-intoto", "0.1"),
}
"""Every form of a bundle with a proof of inclusion that the field's builders write."""


@dataclass
class Bundles:
    """Makes bundles of the honest release and asks the simulated instance about them."""

    honest: Honest

    def __post_init__(self) -> None:
        """Load the world's instance once."""
        self.instance = self.instance_of()

    @property
    def payload(self) -> bytes:
        """The honest statement."""
        return statements.encode(self.honest.provenance())

    def credential(self, at: datetime = SIGNED_AT, **options: Any) -> Credential:
        """Return a certificate of the honest workflow."""
        return self.honest.world.issue(self.honest.identity.san, self.honest.identity.claims(), at=at, **options)

    def bundle(
        self, form: str = "v0.3, Rekor v1", credential: Credential | None = None, at: datetime = LOGGED_AT
    ) -> Json:
        """Return the honest statement signed, logged and bundled in one of the FORMS."""
        log, version = FORMS[form]
        return self.honest.world.sign(self.payload, credential or self.credential(), at=at, log=log, version=version)

    def promised(self, log: LogName = "rekor-v1", version: BundleVersion = "0.1") -> Json:
        """Return a bundle whose log entry has a promise and no proof."""
        bundle = self.honest.world.sign(self.payload, self.credential(), at=LOGGED_AT, log=log, version=version)
        del entry_of(bundle)["inclusionProof"]
        return bundle

    def instance_of(self, change: Callable[[Json], object] = copy.copy) -> SigstoreInstance:
        """Return an instance over the world's trusted root with a change."""
        root = copy.deepcopy(self.honest.world.trusted_root())
        change(root)
        return SigstoreInstance("simulated", root)

    def authenticate(self, value: Json | bytes, instance: SigstoreInstance | None = None) -> Authentic:
        """Return what an instance says of evidence that a certificate signed; raises as the instance does."""
        attestation = parse(value if isinstance(value, bytes) else json.dumps(value).encode())
        assert isinstance(attestation, Pep740Attestation | SigstoreBundle)
        return authenticate_by_certificate(attestation, [instance or self.instance])


def entry_of(bundle: Json) -> Json:
    """Return a bundle's only log entry, to be changed."""
    entry: Json = bundle["verificationMaterial"]["tlogEntries"][0]
    return entry


def public_key_bundle(statement: bytes, key: SigningKey, hint: str) -> Json:
    """Return a bundle v0.3 whose verification material is the hint of a key."""
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": []},
        "dsseEnvelope": dsse_envelope(statement, key),
    }
