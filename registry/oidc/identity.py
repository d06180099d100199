"""An identity token, checked: signed by an issuer that the registry believes, for this registry, now (RFC 7519, OIDC Core)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings
from jwt.utils import base64url_decode

from expectations.documents import Issuers
from expectations.publishers.kinds import PublisherKind
from registry.oidc.keys import KEYS, KeyUnknown
from registry.oidc.refusal import Code, MintingRefused
from verification.canonical import sha256_hex
from verification.parameters import shown

MAX_LENGTH = 16 * 1024
"""Longest token, in characters. Providers' have some two thousand."""

LEEWAY = 30
"""Seconds by which clocks may differ."""

LONGEST = 24 * 3600
"""Most seconds until a token expires: so long it is remembered as spent."""

_REQUIRED = ("iss", "aud", "exp", "iat")
_WITH_ID = frozenset({PublisherKind.GITHUB, PublisherKind.GITLAB})
"""Whose tokens have ``jti`` and ``nbf``. Google's and CircleCI's have neither, and are known by their claims as a whole."""

_BROKEN = (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Identity:
    """A run, as its issuer tells of it. ``once`` is by what the token is known as spent, until ``expires_at``."""

    issuer: str
    kind: PublisherKind
    claims: Mapping[str, Any]
    once: str
    expires_at: datetime


def read_identity(token: str, issuers: Issuers) -> Identity:
    """Return the identity of a token. Raises MintingRefused; may ask the issuer for its keys.

    The unsigned parts are read for issuer and key alone, and only an issuer of the list is asked for anything.
    """
    issuer, key_id, payload = _unsigned(token)
    if not issuers.kinds:
        raise MintingRefused(Code.NOT_ENABLED, "This registry takes no identity tokens.")
    kind = issuers.kinds.get(issuer)
    if kind is None:
        known = ", ".join(sorted(issuers.kinds))
        raise MintingRefused(
            Code.INVALID_PAYLOAD, f"Unknown trusted publishing issuer {shown(issuer)}; this registry knows {known}."
        )
    claims = _verified(token, issuer, kind, key_id)
    expires = int(claims["exp"])
    if expires > time.time() + LONGEST:
        raise _invalid("it lasts for longer than a day")
    return Identity(issuer, kind, claims, _once(claims, payload, kind), datetime.fromtimestamp(expires, UTC))


def _unsigned(token: str) -> tuple[str, str, bytes]:
    """Return issuer and key id, as the token alone says, and the bytes of its claims."""
    try:
        if len(token) > MAX_LENGTH:
            raise ValueError("too long")
        header = jwt.get_unverified_header(token)
        issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
        key_id, payload = header["kid"], base64url_decode(token.split(".")[1])
    except _BROKEN as error:
        raise MintingRefused(
            Code.INVALID_PAYLOAD, "The token is no signed JWT that names its issuer and key."
        ) from error
    if not isinstance(issuer, str) or not isinstance(key_id, str):
        raise MintingRefused(Code.INVALID_PAYLOAD, "The token is no signed JWT that names its issuer and key.")
    return issuer, key_id, payload


def _verified(token: str, issuer: str, kind: PublisherKind, key_id: str) -> Mapping[str, Any]:
    try:
        key = KEYS.find(issuer, key_id)
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            audience=settings.OIDC_AUDIENCE,
            issuer=issuer,
            leeway=LEEWAY,
            options={
                "require": [*_REQUIRED, *(("nbf", "jti") if kind in _WITH_ID else ())],
                "enforce_minimum_key_length": True,
            },
        )
        exact = claims["aud"] in (settings.OIDC_AUDIENCE, [settings.OIDC_AUDIENCE])
    except KeyUnknown as error:
        raise _invalid(str(error)) from error
    except jwt.InvalidAudienceError as error:
        raise _invalid(f"its audience is not {settings.OIDC_AUDIENCE}, for which it has to be asked for") from error
    except jwt.ExpiredSignatureError as error:
        raise _invalid("it has expired; ask for a new one") from error
    except _BROKEN as error:
        raise _invalid(f"its signature or its claims do not hold ({type(error).__name__})") from error
    if not exact:
        raise _invalid(f"it is for other audiences beside {settings.OIDC_AUDIENCE}, who could use it too")
    return claims


def _once(claims: Mapping[str, Any], payload: bytes, kind: PublisherKind) -> str:
    """By what a token is known when it comes a second time; not by its signature, which can often be written in two ways."""
    identifier = claims.get("jti")
    if isinstance(identifier, str) and identifier:
        return sha256_hex(b"jti\n" + identifier.encode("utf-8", "surrogatepass"))
    if kind in _WITH_ID:
        raise _invalid("its jti is empty")
    return sha256_hex(b"claims\n" + payload)


def _invalid(why: str) -> MintingRefused:
    return MintingRefused(Code.INVALID_TOKEN, f"The identity token is not valid here: {why}.")
