"""A person's decision by a security key: what the key signs, and what is kept so that anybody can check it again.

The challenge is SHA-256 of ``sluicegate-decision-v1\\n`` and the canonical JSON of voice and digest, and nothing else:
no nonce of the server's, which nobody could check later. An assertion can be sent again, but only as the same
person's same voice on the same proposal, which counts once (trust rules, "Two people" 3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from verification.canonical import JsonRefused, JsonValue, canonical, parse_strict
from verification.strict_base64 import decode_url, encode_url
from verification.webauthn import Assertion, AssertionInvalid, RelyingParty, check_assertion

PREFIX = b"sluicegate-decision-v1\n"
"""Sets a decision apart from every other thing that is hashed."""

CLOSING_PREFIX = b"sluicegate-closing-v1\n"
"""Sets what a closing is of apart likewise."""

CLOSE = "close"
"""The voice by which one person alone closes a package: no proposal knows it."""

_MEMBERS = {"authenticator_data", "client_data", "credential", "origin", "public_key", "rp_id", "schema", "signature"}


def decision_challenge(voice: str, digest: str) -> bytes:
    """Return the 32 bytes that a key signs for a voice on a digest.

    ``approve``, ``reject`` and ``withdraw`` are on a proposal's digest, ``close`` is on a closing's.
    """
    return hashlib.sha256(PREFIX + canonical({"voice": voice, "digest": digest})).digest()


def closing_digest(*, registry: str, package: str, number: int, content: Mapping[str, JsonValue]) -> str:
    """Return the digest (hex) of closing a package of a registry, both by their ids, with exactly this status document.

    ``number`` is that of the version that comes of it, so that a closing is good once: after it, or after any other change
    of the state, the next number is another.
    """
    said: JsonValue = {"registry": registry, "package": package, "number": number, "content": dict(content)}
    return hashlib.sha256(CLOSING_PREFIX + canonical(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptAssertion:
    """An assertion with what it takes to check it: the credential's COSE public key and the site it was registered for."""

    assertion: Assertion
    public_key: bytes
    party: RelyingParty

    @property
    def canonical(self) -> bytes:
        """The canonical JSON that is kept beside the decision. Bytes are base64url without padding."""
        return canonical(
            {
                "schema": 1,
                "authenticator_data": encode_url(self.assertion.authenticator_data),
                "client_data": encode_url(self.assertion.client_data),
                "credential": encode_url(self.assertion.credential),
                "origin": self.party.origin,
                "public_key": encode_url(self.public_key),
                "rp_id": self.party.id,
                "signature": encode_url(self.assertion.signature),
            }
        )


def parse_kept(text: str) -> KeptAssertion:
    """Return a kept assertion. Raises AssertionInvalid for anything but the canonical form of one."""
    try:
        members = parse_strict(text)
        if not isinstance(members, dict) or members.keys() != _MEMBERS or members.pop("schema") != 1:
            raise AssertionInvalid("The kept assertion is not of schema 1.")
        texts = {name: value for name, value in members.items() if isinstance(value, str)}
        kept = KeptAssertion(
            Assertion(
                credential=decode_url(texts["credential"]),
                authenticator_data=decode_url(texts["authenticator_data"]),
                client_data=decode_url(texts["client_data"]),
                signature=decode_url(texts["signature"]),
            ),
            decode_url(texts["public_key"]),
            RelyingParty(texts["rp_id"], texts["origin"]),
        )
    except (JsonRefused, ValueError, KeyError) as error:
        raise AssertionInvalid("The kept assertion cannot be read.") from error
    if kept.canonical.decode() != text:
        raise AssertionInvalid("The kept assertion is not canonical.")
    return kept


def check_decision(kept: KeptAssertion, *, voice: str, digest: str) -> int:
    """Return the signature counter of an assertion over exactly this voice and digest. Raises AssertionInvalid."""
    return check_assertion(
        kept.assertion,
        public_key=kept.public_key,
        challenge=decision_challenge(voice, digest),
        party=kept.party,
    )
