"""A security key in software: it makes credentials and really signs, as a browser would hand the answers on."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from expectations.models import Voice
from expectations.second_factor import webauthn
from registry.models import Account
from verification.decision import decision_challenge
from verification.strict_base64 import decode_url, encode_url

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
TOUCHED_AND_VERIFIED = UP | UV


@dataclass
class SecurityKey:
    """One credential of the site. What it says and counts can be set, to make answers that no honest key gives."""

    rp_id: str = "localhost"
    origin: str = "http://localhost:8000"
    flags: int = TOUCHED_AND_VERIFIED
    counts: bool = True
    counter: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    client_extra: dict[str, Any] = field(default_factory=dict)
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> bytes:
        """The COSE public key."""
        return bytes(cbor.encode(self._cose))

    def register(self, challenge: bytes) -> str:
        """Return the RegistrationResponseJSON of a new credential."""
        attested = AttestedCredentialData.create(b"\0" * 16, self.credential, self._cose)
        data = AuthenticatorData.create(self._rp_hash, AuthenticatorData.FLAG(self.flags | AT), self.counter, attested)
        response = {
            "clientDataJSON": encode_url(self._client_data("webauthn.create", challenge)),
            "attestationObject": encode_url(AttestationObject.create("none", data, {})),
        }
        return self._answer(response)

    def sign(self, challenge: bytes, *, kind: str = "webauthn.get") -> str:
        """Return the AuthenticationResponseJSON for a challenge."""
        self.counter += self.counts
        data = self._rp_hash + bytes([self.flags]) + self.counter.to_bytes(4, "big")
        client_data = self._client_data(kind, challenge)
        signature = self.private.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encode_url(client_data),
            "authenticatorData": encode_url(data),
            "signature": encode_url(signature),
        }
        return self._answer(response)

    def decide(self, digest: str, voice: Voice = Voice.APPROVE) -> str:
        """Return the answer by which a person gives a voice on a digest."""
        return self.sign(decision_challenge(voice.value, digest))

    @property
    def _cose(self) -> ES256:
        key: ES256 = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]  # fido2 tells no types
        return key

    @property
    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _client_data(self, kind: str, challenge: bytes) -> bytes:
        said = {"type": kind, "challenge": encode_url(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **self.client_extra}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = encode_url(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def enrol(account: Account, key: SecurityKey | None = None, *, name: str = "key") -> SecurityKey:
    """Give the account a key by a whole registration; return it."""
    key = key or SecurityKey()
    session: Any = {}
    options = webauthn.ask_for_new(session, account)
    made = key.register(challenge_of(options))
    webauthn.add_key(account, webauthn.check_new(session, made), name=name)
    return key


def challenge_of(options: dict[str, Any]) -> bytes:
    """Return the challenge of a page's options."""
    return decode_url(options["challenge"])
