"""An authenticator app: RFC 6238 codes from an enrolled secret, never the same one twice."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD = 30
TIME_TO_SEND = 15
"""Seconds that a slow machine may take between asking for a code and having sent it."""


def seconds_left() -> int:
    """Return for how many seconds the code of now stays the current one."""
    return PERIOD - int(time.time()) % PERIOD


def _code(secret: str, step: int) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    # RFC 6238's default hash, which every authenticator app uses; HMAC does not need SHA-1 to resist collisions.
    return TOTP(key, 6, SHA1(), PERIOD, enforce_key_length=False).generate(step * PERIOD).decode()  # noqa: S303  see above


@dataclass
class Authenticator:
    """A secret, and the last step whose code was used: a registry takes none twice, and none older than that."""

    secret: str
    last_step: int = 0

    def fresh_code(self) -> str:
        """Return the code that an app shows now; where its step was used already, the next one, once it begins."""
        while int(time.time()) // PERIOD <= self.last_step:
            time.sleep(0.2)
        self.last_step = int(time.time()) // PERIOD
        return _code(self.secret, self.last_step)

    def next_code(self) -> str:
        """Return a code that the registry takes now, waiting for the next step where this one's was used already.

        It begins with the step before, which clocks that differ make registries accept, so that a demonstration that
        enrols and decides within a minute need not wait; but only where enough of its time is left to send it.
        """
        step = max(self.last_step + 1, int(time.time() + TIME_TO_SEND) // PERIOD - 1)
        while step > int(time.time()) // PERIOD:
            time.sleep(0.2)
        self.last_step = step
        return _code(self.secret, step)
