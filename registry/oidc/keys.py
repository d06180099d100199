"""The keys that identity providers sign by: fetched when they are needed, and kept in this process for an hour.

An unknown key id makes the provider be asked again, for keys change, but no oftener than once a minute: whoever makes up
key ids does not make this registry knock at somebody's door.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from registry.oidc.fetching import FetchFailed, fetch_json

KEPT = 3600.0
"""Seconds for which keys are believed without asking again: a key that a provider takes back is believed no longer."""

ASKED_EVERY = 60.0
"""Least seconds between two askings of one provider, answered or not."""

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures by private keys alone: with a shared secret, whoever checks could sign."""

_ASYMMETRIC = frozenset({"RSA", "EC", "OKP"})
MAX_KEYS = 100


class KeyUnknown(Exception):
    """The provider has no such key, or could not be asked; the message says which."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A provider's keys by their ids: when it was asked, when it last answered, and why it did not (empty: it did)."""

    keys: Mapping[str, jwt.PyJWK]
    asked: float
    answered: float
    failure: str


class Keys:
    """The keys of all providers."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def find(self, issuer: str, key_id: str) -> jwt.PyJWK:
        """Return a key of an issuer that the registry believes. Raises KeyUnknown."""
        found = self._fresh(issuer, key_id)
        if found is not None:
            return found
        with self._guard:
            lock = self._locks.setdefault(issuer, threading.Lock())
        with lock:
            found = self._fresh(issuer, key_id)
            if found is None:
                kept = self._ask(issuer)
                found = self._fresh(issuer, key_id)
        if found is None:
            raise KeyUnknown(kept.failure or f"{issuer} has no key of this id")
        return found

    def forget(self) -> None:
        """Forget all keys, as a new process has none."""
        self._kept.clear()

    def _fresh(self, issuer: str, key_id: str) -> jwt.PyJWK | None:
        kept = self._kept.get(issuer)
        return kept.keys.get(key_id) if kept is not None and _now() - kept.answered < KEPT else None

    def _ask(self, issuer: str) -> _Kept:
        before = self._kept.get(issuer)
        if before is not None and _now() - before.asked < ASKED_EVERY:
            return before
        try:
            kept = _Kept(_fetch(issuer), _now(), _now(), "")
        except FetchFailed as error:
            keys, answered = (before.keys, before.answered) if before else ({}, float("-inf"))
            kept = _Kept(
                keys, _now(), answered, f"the keys of {issuer} cannot be fetched: {error}; try again in a minute"
            )
        self._kept[issuer] = kept
        return kept


KEYS = Keys()
"""This process's."""


def _now() -> float:
    return time.monotonic()


def _fetch(issuer: str) -> Mapping[str, jwt.PyJWK]:
    """Ask an issuer where its keys are, and for them (OpenID Connect Discovery 1.0, sections 4.1 and 4.3)."""
    configuration = fetch_json(f"{issuer}/.well-known/openid-configuration")
    if configuration.get("issuer") != issuer:
        raise FetchFailed(f"{issuer} calls itself by another name")
    address = configuration.get("jwks_uri")
    if not isinstance(address, str):
        raise FetchFailed(f"{issuer} does not say where its keys are")
    listed = fetch_json(address).get("keys")
    return dict(_usable(listed if isinstance(listed, list) else []))


def _usable(listed: list[Any]) -> Iterator[tuple[str, jwt.PyJWK]]:
    for entry in listed[:MAX_KEYS]:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        if entry.get("kty") not in _ASYMMETRIC or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue
        if key.algorithm_name in ALGORITHMS:
            yield entry["kid"], key
