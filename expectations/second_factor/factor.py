"""What a second factor proves, and who has one. Codes and keys have a module each beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from allauth.mfa.models import Authenticator
from django.db import transaction

from expectations.refusal import ChangeRefused

if TYPE_CHECKING:
    from registry.models import Account

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor that was just used: its kind, and what a reader of the decision should know about it.

    ``assertion`` is what anybody can check again, where the kind has such a thing (WebAuthn); empty otherwise.
    """

    kind: str
    detail: str
    assertion: str = ""


def has_second_factor(account: Account) -> bool:
    """Return whether this is an active account of a person, with an authenticator or key that can decide."""
    return any(standing(account, kind).exists() for kind in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN))


def standing(account: Account, kind: str):  # type: ignore[no-untyped-def]  # allauth's models are untyped
    """Return allauth's rows of one kind, of an account that is a person's and active now.

    The account's state is asked of the database: the object at hand may be older than its deactivation.
    """
    return Authenticator.objects.filter(user_id=account.pk, type=kind, user__is_active=True, user__person__isnull=False)


def committed(use: Callable[[], Outcome | ChangeRefused]) -> Outcome:
    """Return what using a factor up gave, once that is committed. Raises the refusal that it gave instead.

    What was used up or counted stays so. It refuses to run inside another transaction, whose rollback would give back
    the step that was used and forget the wrong guess.
    """
    with transaction.atomic(durable=True):
        outcome = use()
    if isinstance(outcome, ChangeRefused):
        raise outcome
    return outcome
