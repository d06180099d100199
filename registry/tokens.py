"""API tokens: made, found and revoked. The secret is shown once; the database keeps its SHA-256."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from expectations import audit
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
    """Return the token of a secret, with its account and package, and note its use.

    None where it is unknown, revoked or expired, or its account is not active.
    """
    now = _now()
    token = (
        Token.objects.select_related("account", "account__robot_of", "package")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, account__is_active=True)
        .filter(sha256=sha256_hex(secret.encode()))
        .first()
    )
    if token is not None and (token.last_used_at is None or token.last_used_at <= now - USE_RECORDED_EVERY):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token


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
