"""How people sign in: allauth's adapters, bent to this registry's rules.

Only persons sign in, and authenticator secrets are encrypted in the database. What signing in and changing factors ask
for stands in :mod:`registry.factor_forms`.
"""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import force_bytes

from registry.mail_addresses import refuse_unsendable
from registry.models import Account
from registry.people import add_person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Who may have an account and who may sign in to it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        """Return whether anybody may sign up; otherwise people come by invitation."""
        return bool(settings.OPEN_SIGN_UP)

    def clean_email(self, email: str) -> str:
        """Return an address that somebody signs up with or changes to. Raises ValidationError where no mail can be sent there."""
        cleaned: str = super().clean_email(email)
        refuse_unsendable(cleaned)
        return cleaned

    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:  # noqa: ARG002  # allauth's signature
        """Return the account of a new person who signs up; the address is yet to be verified."""
        sent = form.cleaned_data
        return add_person(sent["username"], email=sent["email"], password=sent["password1"], verified=False)

    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse | None:
        """Return the page that turns away whoever is no person; None lets a person go on to the second factor."""
        if user.is_robot or user.person_id is None:
            clear_login(request)
            response: HttpResponse = self.respond_user_inactive(request, user)
            return response
        further: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return further

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell an address that somebody signs up with that it has an account; the page says the same as to a new one.

        allauth's own mail names a page that asks for a new password. There is none here.
        """
        sign_in = f"{settings.BASE_URL}{reverse('account_login')}"
        self.send_mail("account/email/account_already_exists", email, {"sign_in": sign_in})


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps authenticator secrets encrypted: a copy of the database alone gives nobody a second factor."""

    def get_totp_label(self, user: Account) -> str:
        """Return what authenticator apps show: the user name, and not the e-mail."""
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the one site that keys are registered for, whatever the request's Host header says."""
        return {"id": settings.WEBAUTHN_RP_ID, "name": "Sluicegate"}

    def encrypt(self, text: str) -> str:
        """Return the secret as a Fernet token."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret of a Fernet token. Raises InvalidToken where SECRET_KEY was replaced without a fallback."""
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


def _derived(key: str | bytes) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sluicegate authenticator secrets v1")
    return base64.urlsafe_b64encode(derivation.derive(force_bytes(key)))
