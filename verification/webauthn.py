"""WebAuthn: whether a registered key signed exactly this challenge, at exactly this site, by a verified person.

Follows Web Authentication Level 3, sections 7.1 (registration) and 7.2 (assertion). What the specification leaves to
the site is strict here: user verification is required, there is one origin, and no other site may have framed the
page. The signature counter is handed back: only who keeps the last one can judge it (7.2, step 22).
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey, UnsupportedKey
from fido2.webauthn import AttestationObject, AuthenticatorData

from verification.canonical import JsonRefused, JsonValue, parse_evidence
from verification.strict_base64 import decode_url

MAX_BYTES = 16 * 1024
"""Longest answer of a browser that is read: a real one takes less than 2 KiB."""

MAX_CREDENTIAL = 1023
"""Longest credential id, in bytes (7.1 step 25)."""

_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, struct.error)
"""What fido2's readers raise over hostile bytes."""


class AssertionInvalid(ValueError):
    """The assertion does not show what it should; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that keys are registered for: its id (a host name) and its one origin."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a key answered: which credential it is, and the bytes that are signed with the signature."""

    credential: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class NewKey:
    """What registering made: the credential, its COSE public key and counter, and the bytes that said so."""

    credential: bytes
    public_key: bytes
    counter: int
    client_data: bytes
    attestation_object: bytes


def read_response(text: str) -> Assertion:
    """Return the assertion of a browser's AuthenticationResponseJSON. Raises AssertionInvalid."""
    response = _response(text)
    return Assertion(
        credential=_bytes(_object(_json(text)), "rawId"),
        authenticator_data=_bytes(response, "authenticatorData"),
        client_data=_bytes(response, "clientDataJSON"),
        signature=_bytes(response, "signature"),
    )


def check_assertion(assertion: Assertion, *, public_key: bytes, challenge: bytes, party: RelyingParty) -> int:
    """Return the signature counter of an assertion that holds (0 where the key keeps none).

    ``public_key`` is the registered COSE key. Raises AssertionInvalid with the first step that fails.
    """
    _check_client_data(assertion.client_data, kind="webauthn.get", challenge=challenge, origin=party.origin)
    counter = _check_authenticator_data(assertion.authenticator_data, party.id)
    signed = assertion.authenticator_data + hashlib.sha256(assertion.client_data).digest()
    try:
        _key(public_key).verify(signed, assertion.signature)
    except (InvalidSignature, UnsupportedAlgorithm, NotImplementedError, *_MALFORMED) as error:
        raise AssertionInvalid("The signature is not this key's.") from error
    return counter


def check_registration(text: str, *, challenge: bytes, party: RelyingParty) -> NewKey:
    """Return the key of a browser's RegistrationResponseJSON (7.1). No attestation is asked for, and none is believed.

    Raises AssertionInvalid with the first step that fails.
    """
    response = _response(text)
    client_data, attestation = _bytes(response, "clientDataJSON"), _bytes(response, "attestationObject")
    _check_client_data(client_data, kind="webauthn.create", challenge=challenge, origin=party.origin)
    try:
        data = AttestationObject(attestation).auth_data
    except _MALFORMED as error:
        raise AssertionInvalid("The new key cannot be read.") from error
    counter = _check_authenticator_data(data, party.id)
    if data.credential_data is None or not 1 <= len(data.credential_data.credential_id) <= MAX_CREDENTIAL:
        raise AssertionInvalid("The answer names no new key.")
    public_key = cbor.encode(data.credential_data.public_key)
    try:
        _key(public_key)
    except _MALFORMED as error:
        raise AssertionInvalid("The new key's signatures could not be checked.") from error
    return NewKey(data.credential_data.credential_id, public_key, counter, client_data, attestation)


def _response(text: str) -> dict[str, JsonValue]:
    if len(text) > MAX_BYTES:
        raise AssertionInvalid("The answer is too long.")
    return _object(_object(_json(text)).get("response"))


def _check_client_data(client_data: bytes, *, kind: str, challenge: bytes, origin: str) -> None:
    """7.1 steps 7 to 11, 7.2 steps 11 to 14."""
    said = _object(_json(client_data))
    if said.get("type") != kind:
        raise AssertionInvalid("The key was asked for something else.")
    if not hmac.compare_digest(_bytes(said, "challenge"), challenge):
        raise AssertionInvalid("The key answered another challenge.")
    if said.get("origin") != origin:
        raise AssertionInvalid("The key was used on a page of another site.")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise AssertionInvalid("The key was used within a page of another site.")


def _check_authenticator_data(data: bytes, party_id: str) -> int:
    """7.1 steps 14 to 17, 7.2 steps 15 to 18."""
    try:
        read = AuthenticatorData(data)
    except _MALFORMED as error:
        raise AssertionInvalid("The authenticator data cannot be read.") from error
    if not hmac.compare_digest(read.rp_id_hash, hashlib.sha256(party_id.encode()).digest()):
        raise AssertionInvalid("The key answered for another site.")
    flags = AuthenticatorData.FLAG(read.flags)
    if not flags & AuthenticatorData.FLAG.UP:
        raise AssertionInvalid("Nobody touched the key.")
    if not flags & AuthenticatorData.FLAG.UV:
        raise AssertionInvalid("The key did not ask who uses it (PIN or biometrics).")
    if flags & AuthenticatorData.FLAG.BS and not flags & AuthenticatorData.FLAG.BE:
        raise AssertionInvalid("The key contradicts itself.")
    return int(read.counter)


def _key(public_key: bytes) -> CoseKey:
    members = cbor.decode(public_key)
    if not isinstance(members, dict):
        raise ValueError("not a COSE key")  # noqa: TRY004  one error for whatever cannot be read
    key = CoseKey.parse(members)
    if isinstance(key, UnsupportedKey) or key.ALGORITHM not in CoseKey.supported_algorithms():
        raise ValueError("an algorithm that cannot be checked")
    return key


def _json(data: str | bytes) -> JsonValue:
    try:
        return parse_evidence(data)
    except JsonRefused as error:
        raise AssertionInvalid(f"What the browser answered {error}.") from error


def _object(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise AssertionInvalid("What the browser answered lacks a part.")
    return value


def _bytes(members: dict[str, JsonValue], name: str) -> bytes:
    value = members.get(name)
    if not isinstance(value, str):
        raise AssertionInvalid(f"What the browser answered lacks {name}.")
    try:
        return decode_url(value)
    except ValueError as error:
        raise AssertionInvalid(f"What the browser answered has an unreadable {name}.") from error
