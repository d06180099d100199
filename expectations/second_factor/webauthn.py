"""Security keys and passkeys (WebAuthn): they decide, sign in, and show who it is that changes the factors.

allauth keeps a row for each key and asks browsers; what comes back is judged here, by
:mod:`verification.webauthn`: exactly one origin, user verification required, and a counter that only rises. allauth
accepts subdomains, does not read the counter, and cannot be given a challenge.

Browsers offer WebAuthn at ``https://`` addresses and ``http://localhost`` only, never at an IP address: a key is registered
for a host name. A demo at 127.0.0.1 therefore uses its keys at ``localhost``.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.db import transaction
from fido2.cose import CoseKey

from expectations.models import SecurityKey, Voice
from expectations.refusal import ChangeRefused
from expectations.second_factor.factor import Factor, committed, standing
from verification.decision import CLOSE, KeptAssertion, decision_challenge
from verification.reasons import Reason
from verification.strict_base64 import decode_url, encode_url
from verification.webauthn import (
    Assertion,
    AssertionInvalid,
    NewKey,
    RelyingParty,
    check_assertion,
    check_registration,
    read_response,
)

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from registry.models import Account

ASKED = "sluicegate.webauthn.asked"
ASKED_FOR_NEW = "sluicegate.webauthn.asked_for_new"
"""The session's keys for the random challenge that a page asks a key with, or asks for a new one with. Each is taken once."""

Options = dict[str, Any]
"""What a page hands to ``navigator.credentials``: JSON, bytes as base64url."""


def relying_party() -> RelyingParty:
    """Return the site that keys are registered for."""
    return RelyingParty(settings.WEBAUTHN_RP_ID, settings.WEBAUTHN_ORIGIN)


def works_here(request: HttpRequest) -> bool:
    """Return whether keys work at the address that this request was sent to."""
    return f"{request.scheme}://{request.get_host()}" == settings.WEBAUTHN_ORIGIN


def address_where_it_works(request: HttpRequest, path: str = "") -> str:
    """Return the address at which keys work, of a path or of the same page."""
    return f"{settings.WEBAUTHN_ORIGIN}{path or request.get_full_path()}"


def keys_of(account: Account) -> list[SecurityKey]:
    """Return the keys that the account has now, if it is an active person's."""
    ids = [row.data["credential"]["id"] for row in standing(account, Authenticator.Type.WEBAUTHN)]
    return list(SecurityKey.objects.filter(account=account, credential__in=ids).order_by("added_at"))


def decision_options(account: Account, *, voice: Voice, digest: str) -> Options:
    """Return the options by which a browser asks a key of the account to sign a decision."""
    return _request_options(decision_challenge(voice.value, digest), keys_of(account))


def check_decision_key(account: Account, answer: str, *, voice: Voice, digest: str) -> Factor:
    """Return the factor to put beside a decision, for a browser's answer to :func:`decision_options`.

    Raises ChangeRefused: SECOND_FACTOR_MISSING for an account without keys, ASSERTION_INVALID (with the failed step) for
    anything but an assertion of one of its keys over exactly this voice and digest, SECURITY_KEY_CLONED.
    """
    return _check_kept(account, answer, decision_challenge(voice.value, digest))


def closing_options(account: Account, *, digest: str) -> Options:
    """Return the options by which a browser asks a key of the account to sign the closing of a package."""
    return _request_options(decision_challenge(CLOSE, digest), keys_of(account))


def check_closing_key(account: Account, answer: str, *, digest: str) -> Factor:
    """Return the factor to put beside a closing, for a browser's answer to :func:`closing_options`.

    Raises ChangeRefused as :func:`check_decision_key` does.
    """
    return _check_kept(account, answer, decision_challenge(CLOSE, digest))


def _check_kept(account: Account, answer: str, challenge: bytes) -> Factor:
    assertion = _read(answer)
    key = _use(account, assertion, challenge)
    kept = KeptAssertion(assertion, decode_url(key.public_key), relying_party())
    return Factor(kind="webauthn", detail=f"security key {key.credential[:16]}", assertion=kept.canonical.decode())


def ask(session: SessionBase, account: Account | None) -> Options:
    """Begin to ask for a key of the account, or (None) for any passkey; the challenge is kept in the session."""
    return _request_options(_new_challenge(session, ASKED), keys_of(account) if account else [])


def check_answer(session: SessionBase, account: Account | None, answer: str) -> Authenticator:
    """Return allauth's row of the key that answered what :func:`ask` asked in this session.

    It is no Factor, so that what signs in cannot be handed on to a decision. Raises as :func:`check_decision_key` does.
    """
    challenge = _take_challenge(session, ASKED)
    assertion = _read(answer)
    holder = account or _holder(assertion)
    key = _use(holder, assertion, challenge)
    return standing(holder, Authenticator.Type.WEBAUTHN).get(data__credential__id=key.credential)


def ask_for_new(session: SessionBase, account: Account) -> Options:
    """Begin to register a key for the account. Any kind of key is taken, and none is asked where it was made."""
    return {
        "rp": {"id": relying_party().id, "name": "Sluicegate"},
        "user": {"id": encode_url(str(account.pk).encode()), "name": account.username, "displayName": account.username},
        "challenge": encode_url(_new_challenge(session, ASKED_FOR_NEW)),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in CoseKey.supported_algorithms()],
        "excludeCredentials": _descriptors(keys_of(account)),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "none",
    }


def check_new(session: SessionBase, answer: str) -> NewKey:
    """Return the key that a browser made for :func:`ask_for_new`. Raises ChangeRefused (ASSERTION_INVALID)."""
    challenge = _take_challenge(session, ASKED_FOR_NEW)
    try:
        new = check_registration(answer, challenge=challenge, party=relying_party())
    except AssertionInvalid as error:
        raise ChangeRefused(Reason.ASSERTION_INVALID, str(error)) from error
    if SecurityKey.objects.filter(pk=encode_url(new.credential)).exists():
        raise ChangeRefused(Reason.ASSERTION_INVALID, "This key is registered already.")
    return new


@transaction.atomic
def add_key(account: Account, new: NewKey, *, name: str) -> Authenticator:
    """Give the account a key; return allauth's row of it."""
    credential = encode_url(new.credential)
    response = {
        "clientDataJSON": encode_url(new.client_data),
        "attestationObject": encode_url(new.attestation_object),
    }
    made = {"id": credential, "rawId": credential, "type": "public-key", "response": response}
    row = WebAuthn.add(account, name, made).instance
    SecurityKey.objects.create(
        credential=credential, account=account, public_key=encode_url(new.public_key), sign_count=new.counter
    )
    return row


def _use(account: Account, assertion: Assertion, challenge: bytes) -> SecurityKey:
    """Return the account's key that made the assertion, its counter raised and committed."""
    keys = {key.credential: key for key in keys_of(account)}
    if not keys:
        raise ChangeRefused(Reason.SECOND_FACTOR_MISSING)
    key = keys.get(encode_url(assertion.credential))
    if key is None:
        raise ChangeRefused(Reason.ASSERTION_INVALID, "The key is not one of this account's.")
    try:
        counter = check_assertion(
            assertion, public_key=decode_url(key.public_key), challenge=challenge, party=relying_party()
        )
    except AssertionInvalid as error:
        raise ChangeRefused(Reason.ASSERTION_INVALID, str(error)) from error
    return committed(lambda: _count(key, counter))


def _count(key: SecurityKey, counter: int) -> SecurityKey | ChangeRefused:
    """WebAuthn Level 3, section 7.2, step 22. A key that has never counted answers 0 for ever."""
    if counter == 0 and not SecurityKey.objects.filter(pk=key.pk, sign_count__gt=0).exists():
        return key
    raised = SecurityKey.objects.filter(pk=key.pk, sign_count__lt=counter).update(sign_count=counter)
    return key if raised else ChangeRefused(Reason.SECURITY_KEY_CLONED)


def _holder(assertion: Assertion) -> Account:
    """Whoever the credential was registered for: its id says it, whatever user handle comes along."""
    key = SecurityKey.objects.select_related("account").filter(pk=encode_url(assertion.credential)).first()
    if key is None:
        raise ChangeRefused(Reason.ASSERTION_INVALID, "No account has this key.")
    return key.account


def _read(answer: str) -> Assertion:
    try:
        return read_response(answer)
    except AssertionInvalid as error:
        raise ChangeRefused(Reason.ASSERTION_INVALID, str(error)) from error


def _new_challenge(session: SessionBase, purpose: str) -> bytes:
    challenge = secrets.token_bytes(32)
    session[purpose] = encode_url(challenge)
    return challenge


def _take_challenge(session: SessionBase, purpose: str) -> bytes:
    challenge = session.pop(purpose, None)
    if not isinstance(challenge, str):
        raise ChangeRefused(Reason.ASSERTION_INVALID, "The page was used before, or is too old.")
    return decode_url(challenge)


def _request_options(challenge: bytes, keys: list[SecurityKey]) -> Options:
    return {
        "challenge": encode_url(challenge),
        "rpId": relying_party().id,
        "allowCredentials": _descriptors(keys),
        "userVerification": "required",
    }


def _descriptors(keys: list[SecurityKey]) -> list[Options]:
    return [{"type": "public-key", "id": key.credential} for key in keys]
