"""What a new list of a person's accounts would change. Both linking and splitting move voices, so both are looked at first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from expectations.differences.change import Change, Effect
from expectations.documents import PersonAccounts


def difference(old: PersonAccounts, new: PersonAccounts, named: Callable[[int], str]) -> tuple[Change, ...]:
    """Return what differs; ``named`` tells an account's user name. ``old`` is how the person stands without the change."""
    return (*_accounts(old, new, named), *_state(old.active, new.active), *_resets(old, new))


def _accounts(old: PersonAccounts, new: PersonAccounts, named: Callable[[int], str]) -> Iterator[Change]:
    for account in sorted({*old.accounts, *new.accounts}):
        where, name = f"account {named(account)}", named(account)
        if account not in old.accounts:
            note = "whoever signs in with it acts as this person, with every role of this person"
            yield Change(where, "another person's", "this person's", Effect.WEAKENS, note, f"{name} is linked here")
        elif account not in new.accounts:
            note = "counts as another person from then on, without a role, and does not decide for a while"
            yield Change(where, "this person's", "a person's own", Effect.WEAKENS, note, f"{name} is split off")


def _state(old: bool, new: bool) -> Iterator[Change]:
    if old and not new:
        note = "signs in no longer, and neither proposes nor decides"
        yield Change("person", "active", "deactivated", Effect.TIGHTENS, note, "the person is deactivated")
    elif new and not old:
        note = "signs in again, with every role that this person still holds"
        yield Change("person", "deactivated", "active", Effect.WEAKENS, note, "the person is active again")


def _resets(old: PersonAccounts, new: PersonAccounts) -> Iterator[Change]:
    if new.factors_reset > old.factors_reset:
        note = "whoever has the password adds a new one; be sure that it is the person who asks"
        yield Change(
            "second factors", "as they are", "taken off", Effect.WEAKENS, note, "every second factor is taken off"
        )
    elif new.factors_reset < old.factors_reset:
        yield Change("resets counted", str(old.factors_reset), str(new.factors_reset), Effect.NEUTRAL)
