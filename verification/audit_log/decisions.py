"""Proposals and voices of an audit log, and the keys that the voices were given by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from verification.audit_log.flaws import Flaw
from verification.canonical import JsonValue
from verification.decision import CLOSE, KeptAssertion, check_decision, parse_kept
from verification.strict_base64 import encode_url
from verification.webauthn import AssertionInvalid

Flawed = tuple[Flaw, str]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a digest stands for."""

    kind: str
    object: str
    scope: str
    content: Mapping[str, JsonValue]
    base: int
    proposer: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """One voice; ``number`` is its row's, ``assertion`` the kept assertion of a security key."""

    number: int
    account: int
    person: str
    voice: str
    digest: str
    factor: str
    assertion: str | None


@dataclass(frozen=True, slots=True)
class Closed:
    """A package closed by one person, of a digest that names what was closed; ``assertion`` as in :class:`Decided`."""

    account: int
    person: str
    digest: str
    factor: str
    assertion: str | None


@dataclass
class Decisions:
    """Everything proposed and decided so far, by the digest decided on; closings by package and version."""

    proposed: dict[str, Proposed] = field(default_factory=dict)
    decided: dict[int, Decided] = field(default_factory=dict)
    closed: dict[tuple[str, int], Closed] = field(default_factory=dict)
    by_factor: Counter[str] = field(default_factory=Counter)
    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    _voices: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    _counters: dict[str, int] = field(default_factory=dict)

    def know_key(self, account: int, credential: str, public_key: str) -> None:
        """A key is the account's from now on."""
        self.keys[credential] = (account, public_key)

    def forget_key(self, credential: str) -> None:
        """It is nobody's any more."""
        self.keys.pop(credential, None)

    def take(self, decided: Decided, *, needs_key: bool) -> Iterator[Flawed]:
        """Keep a voice; yield what is wrong with it."""
        self.decided[decided.number] = decided
        self.by_factor[decided.factor] += 1
        if decided.digest not in self.proposed:
            yield Flaw.DECISION_WITHOUT_PROPOSAL, ""
        persons = self._voices.setdefault(decided.digest, {}).setdefault(decided.voice, set())
        if decided.person in persons:
            yield Flaw.DECISION_TWICE, ""
        persons.add(decided.person)
        if needs_key and decided.factor != "webauthn" and decided.voice != "withdraw":
            yield Flaw.FACTOR_TOO_WEAK, ""
        if decided.factor == "webauthn":
            yield from self._check_key(decided, decided.voice)

    def take_closing(self, package: str, number: int, closed: Closed) -> Iterator[Flawed]:
        """Keep the closing of a package by which this version came; yield what is wrong with it."""
        self.closed[package, number] = closed
        self.by_factor[closed.factor] += 1
        if closed.factor == "webauthn":
            yield from self._check_key(closed, CLOSE)

    def agreed(self, digest: str) -> set[str]:
        """Return the persons who agreed to a digest so far."""
        return self._voices.get(digest, {}).get("approve", set())

    def is_closed(self, digest: str) -> bool:
        """Return whether somebody rejected or withdrew it."""
        voices = self._voices.get(digest, {})
        return bool(voices.get("reject") or voices.get("withdraw"))

    def _check_key(self, decided: Decided | Closed, voice: str) -> Iterator[Flawed]:
        try:
            kept = parse_kept(decided.assertion or "")
            counter = check_decision(kept, voice=voice, digest=decided.digest)
        except AssertionInvalid as error:
            yield Flaw.ASSERTION_INVALID, str(error)
            return
        yield from self._check_whose(decided, kept)
        credential = encode_url(kept.assertion.credential)
        before = self._counters.get(credential, 0)
        if counter <= before and (counter, before) != (0, 0):
            yield Flaw.COUNTER_NOT_RISEN, ""
        self._counters[credential] = max(counter, before)

    def _check_whose(self, decided: Decided | Closed, kept: KeptAssertion) -> Iterator[Flawed]:
        known = self.keys.get(encode_url(kept.assertion.credential))
        if known != (decided.account, encode_url(kept.public_key)):
            yield Flaw.KEY_UNKNOWN, ""
