"""Which accounts are one person's, whether the person may act at all, and how often the second factors were reset."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from verification.canonical import JsonValue

MAX_ACCOUNTS = 50
"""Most accounts of one person: whoever decides on the list has to read it."""


@dataclass(frozen=True, slots=True)
class PersonAccounts(Written):
    """Account ids, ascending. Raising ``factors_reset`` takes every second factor off them, once."""

    accounts: tuple[int, ...]
    active: bool
    factors_reset: int

    def members(self) -> dict[str, JsonValue]:
        """Return accounts, state and the number of resets."""
        return {
            "accounts": list(self.accounts),
            "state": "active" if self.active else "deactivated",
            "factors_reset": self.factors_reset,
        }


def parse_person(content: bytes | str | JsonValue) -> PersonAccounts:
    """Return the accounts of a document. Raises DocumentInvalid with every problem."""
    rules = {
        "schema": SCHEMA,
        "accounts": (_are_accounts, f"is an ascending list of 1 to {MAX_ACCOUNTS} account ids"),
        "state": (lambda value: value in ("active", "deactivated"), "is active or deactivated"),
        "factors_reset": (lambda value: type(value) is int and value >= 0, "is a number from 0"),
    }
    members = read_members(content, rules)
    accounts, resets = members["accounts"], members["factors_reset"]
    assert isinstance(accounts, list)
    assert isinstance(resets, int)
    return PersonAccounts(
        tuple(account for account in accounts if isinstance(account, int)), members["state"] == "active", resets
    )


def _are_accounts(value: JsonValue) -> bool:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ACCOUNTS:
        return False
    numbers = [item for item in value if type(item) is int and item > 0]
    return len(numbers) == len(value) and numbers == sorted(set(numbers))
