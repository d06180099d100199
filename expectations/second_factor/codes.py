"""Codes: of an authenticator app (RFC 6238), which decide and sign in, and recovery codes, which sign in and re-enrol.

A wrong code is committed before it is told, and so is a step that was used.
"""

from __future__ import annotations

import time
from math import ceil
from typing import TYPE_CHECKING

from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import connection

from expectations.refusal import ChangeRefused
from expectations.second_factor.factor import Factor, committed, standing
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Account

PERIOD = 30
"""Seconds that one TOTP step lasts (RFC 6238, section 4.1)."""

DIGITS = 6
"""Length of a TOTP code; recovery codes are longer."""

WRONG_CODES = 5
WRONG_CODES_PERIOD = 15 * 60
"""So many wrong codes in so many seconds, and then even the right one is refused. Three of 10^6 codes fit at any time:
who has the password already and guesses all day long has one chance in 700."""


def check_totp(account: Account, code: str) -> Factor:
    """Use up a TOTP code of the account; return the factor to put beside a decision.

    Raises ChangeRefused: SECOND_FACTOR_MISSING without an authenticator; SECOND_FACTOR_WRONG for a code that is wrong,
    not newer than the last one used, or one too many. Recovery codes are wrong here: they never decide.
    """
    step = committed(lambda: _use_totp(account, code))
    return Factor(kind="totp", detail=f"step {step} attested by the server alone")


def check_sign_in(account: Account, code: str) -> Authenticator:
    """Use up a TOTP or recovery code of the account; return the authenticator that it belongs to.

    It returns no Factor, so that what signs in cannot be handed on to a decision. Raises as :func:`check_totp` does.
    """
    if len(normalize_user_code(code)) == DIGITS:
        committed(lambda: _use_totp(account, code))
        kind = Authenticator.Type.TOTP
    else:
        committed(lambda: _use_recovery_code(account, code))
        kind = Authenticator.Type.RECOVERY_CODES
    return Authenticator.objects.get(user_id=account.pk, type=kind)


def check_new_secret(account: Account, secret: str, code: str) -> None:
    """Use up the code by which a person shows that a new authenticator holds ``secret``.

    The step counts as used, as everywhere. Raises ChangeRefused (SECOND_FACTOR_WRONG).
    """
    steps = _matching_steps(secret, code)
    if not steps or not _raise_counter(account, steps[-1]):
        raise ChangeRefused(Reason.SECOND_FACTOR_WRONG)


def _use_totp(account: Account, code: str) -> int | ChangeRefused:
    authenticator = standing(account, Authenticator.Type.TOTP).select_for_update(of=("self",)).first()
    if refusal := _refusal_before_looking(authenticator):
        return refusal
    steps = _matching_steps(decrypt(authenticator.data["secret"]), code)
    if not steps:
        return _count_wrong(authenticator)
    if not _raise_counter(account, steps[-1]):
        # Right, but used: nobody guessed, so it is not counted, and sending a form twice locks nobody out.
        return ChangeRefused(Reason.SECOND_FACTOR_WRONG)
    return steps[-1]


def _use_recovery_code(account: Account, code: str) -> bool | ChangeRefused:
    counting = _counting_row(account)
    if refusal := _refusal_before_looking(counting):
        return refusal
    codes = standing(account, Authenticator.Type.RECOVERY_CODES).first()
    if codes is None or not codes.wrap().validate_code(code):
        return _count_wrong(counting)
    return True


def _counting_row(account: Account) -> Authenticator | None:
    """Return the row that counts wrong codes: the authenticator app's, or the recovery codes' beside keys alone."""
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        if row := standing(account, kind).select_for_update(of=("self",)).first():
            return row
    return None


def _refusal_before_looking(authenticator: Authenticator | None) -> ChangeRefused | None:
    if authenticator is None:
        return ChangeRefused(Reason.SECOND_FACTOR_MISSING)
    recent = _recent_wrong(authenticator)
    if len(recent) < WRONG_CODES:
        return None
    minutes = ceil((recent[0] + WRONG_CODES_PERIOD - _now()) / 60)
    return ChangeRefused(
        Reason.SECOND_FACTOR_WRONG, f"There were too many wrong codes; none is taken for {minutes} min."
    )


def _recent_wrong(authenticator: Authenticator) -> list[int]:
    since = _now() - WRONG_CODES_PERIOD
    return [at for at in authenticator.data.get("wrong_at", []) if at > since]


def _count_wrong(authenticator: Authenticator) -> ChangeRefused:
    authenticator.data["wrong_at"] = [*_recent_wrong(authenticator), int(_now())]
    authenticator.save(update_fields=["data"])
    return ChangeRefused(Reason.SECOND_FACTOR_WRONG)


def _matching_steps(secret: str, code: str) -> list[int]:
    # One step either side: clocks differ, and codes take time to type (RFC 6238, section 5.2).
    current = int(_now()) // PERIOD
    return [
        step
        for step in range(current - 1, current + 2)
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
    ]


def _raise_counter(account: Account, step: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO expectations_totpcounter AS counter (account_id, last_step) VALUES (%s, %s) "
            "ON CONFLICT (account_id) DO UPDATE SET last_step = excluded.last_step "
            "WHERE counter.last_step < excluded.last_step",
            [account.pk, step],
        )
        return bool(cursor.rowcount == 1)


def _now() -> float:
    return time.time()
