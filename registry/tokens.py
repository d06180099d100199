"""API tokens: made, found and revoked. The secret is shown once; the database keeps its SHA-256."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from django.db import transaction
from django.utils import timezone

from expectations import audit
from expectations.columns import Columns
from expectations.statements import Statement, together
from registry.models import Account, Package, Token
from verification.canonical import JsonValue, sha256_hex

PREFIX = "sluice_"
"""By it, people and secret scanners know a leaked token for what it is."""

USE_RECORDED_EVERY = timedelta(minutes=1)
"""A token's last use is written no oftener, so that a busy token costs one read an upload and not a write."""


@transaction.atomic
def create_token(
    account: Account,
    *,
    name: str,
    package: Package | None = None,
    days: int | None = None,
    scope: str = Token.Scope.UPLOAD,
) -> tuple[Token, str]:
    """Make a token that uploads, proposes or reads as the account: for one package or all, for some days or until revoked.

    Returns the token's row and its secret, which nobody can read again. Whether the account may upload to the package
    is asked at each upload. Raises ValueError for fewer days than one, for a robot that would propose, and for reading
    one package: who reads a private registry reads all of it.
    """
    if days is not None and days < 1:
        raise ValueError("a token has to last for at least a day")
    if account.is_robot and scope == Token.Scope.PROPOSE:
        raise ValueError("a robot uploads and reads; only a person proposes")
    if scope == Token.Scope.READ and package is not None:
        raise ValueError("a token that reads is for the whole registry")
    expires_at = None if days is None else _now() + timedelta(days=days)
    token, secret = _new_token(account, name=name, scope=scope, package=package, expires_at=expires_at)
    audit.record(
        "token-created",
        token=str(token.pk),
        scope=token.scope,
        package=None if package is None else str(package.pk),
        **_whose(account),
    )
    return token, secret


def mint_token(account: Account, *, name: str, lasts: timedelta) -> tuple[Token, str]:
    """Make a token for a run of a trusted publisher, in the caller's transaction, which says what it may upload to.

    Returns the token's row and its secret. Its audit leaves are the caller's.
    """
    return _new_token(account, name=name, scope=Token.Scope.UPLOAD, package=None, expires_at=_now() + lasts)


def _new_token(
    account: Account, *, name: str, scope: str, package: Package | None, expires_at: datetime | None
) -> tuple[Token, str]:
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        account=account,
        name=name,
        scope=scope,
        package=package,
        sha256=sha256_hex(secret.encode()),
        hint=secret[-4:],
        expires_at=expires_at,
    )
    return token, secret


def find_token(secret: str) -> Token | None:
    """Return the token of a secret, with its account, and note its use.

    None where it is unknown, revoked or expired, or its account is not active.
    """
    now = _now()
    token = _read(sha256_hex(secret.encode()))
    if token is None or not token.account.is_active or why_ended(token, now):
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_RECORDED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token


class Ended(Enum):
    """Why a token is good for nothing any more."""

    REVOKED = auto()
    EXPIRED = auto()


def why_ended(token: Token, now: datetime) -> Ended | None:
    """Return why a token is good for nothing any more, or None while it is good."""
    if token.revoked_at is not None:
        return Ended.REVOKED
    return Ended.EXPIRED if token.expires_at is not None and token.expires_at <= now else None


def how_ended(secret: str) -> str:
    """Return a sentence on how a token came to its end, for whoever holds the secret; "" where it did not, or never was."""
    token = _read(sha256_hex(secret.encode()))
    if token is None:
        return ""
    match why_ended(token, _now()):
        case Ended.REVOKED:
            return f"It was revoked on {token.revoked_at:%d %B %Y}."
        case Ended.EXPIRED:
            return f"It expired on {token.expires_at:%d %B %Y}."
        case None:
            return ""


_TOKEN, _ACCOUNT = Columns(Token, "t"), Columns(Account, "a")
SELECTED = f"{_TOKEN.selected}, {_ACCOUNT.selected}"
JOINED = "registry_token t JOIN registry_account a ON a.id = t.account_id"
"""A token with its account, as a statement names them and :func:`token_of` reads them."""

_BY_SECRET = Statement(f"SELECT {SELECTED} FROM {JOINED} WHERE t.sha256 = %s")  # noqa: S608  (the models' own columns)


def token_of(row: tuple[Any, ...], start: int = 0) -> Token | None:
    """Return the token of ``SELECTED`` columns from ``start`` on, with its account; None where an outer join found none."""
    token, account = _TOKEN.read(row, start), _ACCOUNT.read(row, start + _TOKEN.width)
    if token is not None and account is not None:
        token.account = account
    return token


def _read(sha256: str) -> Token | None:
    (rows,) = together(_BY_SECRET(sha256))
    return token_of(rows[0]) if rows else None


@transaction.atomic
def revoke_token(token: Token, *, by: Account) -> None:
    """End a token for good; ending it twice is once. Who may do so is the caller's to ask."""
    now = _now()
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        audit.record("token-revoked", token=str(token.pk), **_whose(by))


def _whose(account: Account) -> dict[str, JsonValue]:
    if account.person_id is None:
        return {"robot": str(account.pk)}
    return {"person": str(account.person_id)}


def _now() -> datetime:
    return timezone.now()
