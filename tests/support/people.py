"""People with authenticators, and a browser that one of them is signed in by."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from expectations.second_factor import PERIOD
from registry.models import Account


class Somebody:
    """A person with an account and an authenticator, which is added to the account here."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._secret = str(generate_totp_secret())
        self._last_step = 0
        TOTP.activate(self.account, self._secret)

    def code(self) -> str:
        """Return a code that was not used yet. Two work at once: this step's, and the next one's for a clock that is fast."""
        self._last_step = max(self._last_step + 1, int(time.time()) // PERIOD)
        return str(format_hotp_value(hotp_value(self._secret, self._last_step)))

    def lose_authenticator(self) -> None:
        """Take the authenticator off the account."""
        Authenticator.objects.filter(user=self.account).delete()

    def browser(self, *, csrf: bool = False) -> Client:
        """Return a browser that this person has signed in with."""
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(self.account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client
