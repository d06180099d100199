"""A simulated instance of Sigstore that really signs, and that the stock `sigstore.verify.Verifier` accepts.

Simulated rather than mocked: what a test shows to be refused is refused by signatures and proofs, not by a stub.
Nothing here reads the clock; every moment is an argument, with its time zone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, assert_never

from cryptography.hazmat.primitives.asymmetric import ec
from pypi_attestations import Attestation
from sigstore.models import Bundle

from tests.support import trusted_root
from tests.support.certificate_authority import CertificateAuthority, Credential
from tests.support.certificate_transparency import CertificateTransparencyLog
from tests.support.certificates import der
from tests.support.keys import IN_TOTO, SigningKey, b64, dsse_envelope
from tests.support.timestamp_authority import TimestampAuthority
from tests.support.transparency_log import LogSigner, RekorV1, RekorV2

LogName = Literal["rekor-v1", "rekor-v1-intoto", "rekor-v1-hashedrekord", "rekor-v2"]

BUNDLE_V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"

BundleVersion = Literal["0.1", "0.2", "0.3"]


class SigstoreWorld:
    """One instance: its certificate authority, its logs and its timestamp authority, with keys of its own."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self._certificate_log = CertificateTransparencyLog()
        self._certificate_authority = CertificateAuthority(start, self._certificate_log)
        self._rekor_v1 = RekorV1()
        self._rekor_v2 = RekorV2()
        self._timestamp_authority = TimestampAuthority(start)

    def trusted_root(self) -> dict[str, Any]:
        """Return what a client must know to verify this instance's signatures; a new dict at each call."""
        return trusted_root.trusted_root(
            self.start,
            transparency_logs=[self._rekor_v1, self._rekor_v2],
            certificate_authority=self._certificate_authority,
            certificate_log=self._certificate_log,
            timestamp_authority=self._timestamp_authority,
        )

    def unlogged_root(self) -> dict[str, Any]:
        """Return the same as an instance without logs has it: GitHub's own, whose JSON leaves the lists of logs out."""
        return {name: part for name, part in self.trusted_root().items() if name not in ("tlogs", "ctlogs")}

    def issue(
        self,
        san: str,
        claims: Mapping[str, str],
        *,
        at: datetime,
        legacy: Mapping[str, str] | None = None,
        sct: bool = True,
        minutes: float = 10,
        key: SigningKey | None = None,
    ) -> Credential:
        """Certify an identity from the given moment, for as long as Fulcio does: ten minutes.

        Claims go by the names in `certificate_authority.CLAIMS`, legacy ones by those in `LEGACY_CLAIMS`. Without
        `sct`, with another `key` or other `minutes` the certificate becomes one that Fulcio would not issue.
        """
        return self._certificate_authority.issue(
            san,
            claims,
            at=at,
            legacy=legacy or {},
            sct=sct,
            minutes=minutes,
            key=key or ec.generate_private_key(ec.SECP256R1()),
        )

    def sign(
        self,
        statement: bytes,
        credential: Credential,
        *,
        at: datetime,
        log: LogName = "rekor-v1",
        payload_type: str = IN_TOTO,
        version: BundleVersion = "0.3",
    ) -> dict[str, Any]:
        """Sign and log the statement; return the bundle. The moment need not be within the certificate's."""
        envelope = dsse_envelope(statement, credential.private_key, payload_type=payload_type)
        certificate = {"rawBytes": b64(der(credential.certificate))}
        material: dict[str, Any] = {"tlogEntries": [self.record(envelope, credential.certificate, at=at, log=log)]}
        if version == "0.3":
            material["certificate"] = certificate
            media_type = BUNDLE_V03
        else:
            material["x509CertificateChain"] = {"certificates": [certificate]}
            media_type = f"application/vnd.dev.sigstore.bundle+json;version={version}"
        if log == "rekor-v2":
            material["timestampVerificationData"] = {"rfc3161Timestamps": [self.stamp(envelope, at)]}
        return {"mediaType": media_type, "verificationMaterial": material, "dsseEnvelope": envelope}

    def sign_unlogged(self, statement: bytes, credential: Credential, *, at: datetime) -> dict[str, Any]:
        """Sign and timestamp the statement; return the bundle as an instance without logs makes it."""
        envelope = dsse_envelope(statement, credential.private_key)
        return {
            "mediaType": BUNDLE_V03,
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(der(credential.certificate))},
                "tlogEntries": [],
                "timestampVerificationData": {"rfc3161Timestamps": [self.stamp(envelope, at)]},
            },
            "dsseEnvelope": envelope,
        }

    def record(
        self, envelope: dict[str, Any], signer: LogSigner, *, at: datetime, log: LogName = "rekor-v1"
    ) -> dict[str, Any]:
        """Log an envelope as signed under a certificate or by a key, which need not be true; return the bundle's log entry."""
        match log:
            case "rekor-v1":
                return self._rekor_v1.record(envelope, signer, at)
            case "rekor-v1-intoto":
                return self._rekor_v1.record(envelope, signer, at, kind="intoto")
            case "rekor-v1-hashedrekord":
                return self._rekor_v1.record(envelope, signer, at, kind="hashedrekord")
            case "rekor-v2":
                return self._rekor_v2.record(envelope, signer)
            case _:
                assert_never(log)

    def prove_again(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return the inclusion proof of an entry of Rekor v2 in the log as it has grown since."""
        return self._rekor_v2.prove(int(entry["logIndex"]))

    def stamp(self, envelope: dict[str, Any], at: datetime) -> dict[str, str]:
        """Have the envelope's signature timestamped; return a bundle's RFC 3161 timestamp."""
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        return {"signedTimestamp": b64(self._timestamp_authority.stamp(signature, at))}

    def attest(self, statement: bytes, credential: Credential, *, at: datetime) -> dict[str, Any]:
        """Sign and log the statement; return it as a PEP 740 attestation object.

        Always by way of Rekor v1, since PEP 740 has no place for the timestamp that v2 needs.
        """
        bundle = Bundle.from_json(json.dumps(self.sign(statement, credential, at=at)))
        attestation: dict[str, Any] = json.loads(Attestation.from_bundle(bundle).model_dump_json())
        return attestation
