"""How people sign in: allauth's adapters and forms, bent to this registry's rules.

There is no sign-up, only persons sign in, authenticator secrets are encrypted in the database, and every code goes
through :mod:`expectations.second_factor`, which takes each one once.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm as AllauthGenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm, DeactivateTOTPForm
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_bytes

from expectations.refusal import ChangeRefused
from expectations.second_factor import check_new_secret, check_sign_in, check_totp
from registry.models import Account

CODE_INPUT = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Who may have an account and who may sign in to it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        """Return False: the operator adds people."""
        return False

    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse | None:
        """Return the page that turns away whoever is no person; None lets a person go on to the second factor."""
        if user.is_robot or user.person_id is None:
            clear_login(request)
            response: HttpResponse = self.respond_user_inactive(request, user)
            return response
        further: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return further


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Keeps authenticator secrets encrypted: a copy of the database alone gives nobody a second factor."""

    def get_totp_label(self, user: Account) -> str:
        """Return what authenticator apps show: the user name, and not the e-mail."""
        return user.username

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


class AuthenticateForm(AllauthAuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The second step of signing in: a TOTP code or a recovery code."""

    code = forms.CharField(
        label="Authenticator code or recovery code", max_length=20, widget=forms.TextInput(CODE_INPUT)
    )

    def clean_code(self) -> str:
        """Use up the code. allauth reads ``authenticator`` when it completes the sign-in."""
        code: str = self.cleaned_data["code"]
        with _refusals_as_errors():
            self.authenticator = check_sign_in(self.user, code)
        return code


class PasswordAndCodeForm(forms.Form):
    """A change of factors asks for both, for that one change; allauth's reauthentication would take either.

    Subclasses say whose they are (``account``) and what kind of code will do (``use_up``).
    """

    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    code = forms.CharField(label="Authenticator code", max_length=20, widget=forms.TextInput(CODE_INPUT))
    field_order = ["password", "code"]

    def clean_password(self) -> str:
        """Check the password, by the adapter's way: it is limited against guessing from a hijacked session."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.account, password):
            raise ValidationError("This is not your password.")
        return password

    def clean_code(self) -> str:
        """Use up the code, once the password is right."""
        code: str = self.cleaned_data["code"]
        if "password" in self.cleaned_data:
            with _refusals_as_errors():
                self.use_up(code)
        return code

    @property
    def account(self) -> Account:
        """Whose factors are changed."""
        raise NotImplementedError

    def use_up(self, code: str) -> None:
        """Raise ChangeRefused unless the code is right and unused."""
        raise NotImplementedError


class ActivateTotpForm(PasswordAndCodeForm, ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Adding an authenticator: the code shows that the secret arrived in the app.

    There is never an older authenticator to ask for: an account has one, and removing it takes its code.
    """

    @property
    def account(self) -> Account:
        """Whose authenticator it will be."""
        return self.user  # type: ignore[no-any-return]  # allauth is untyped

    def use_up(self, code: str) -> None:
        """Take a code of the new secret."""
        check_new_secret(self.account, self.secret, code)


class DeactivateTotpForm(PasswordAndCodeForm, DeactivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Removing the authenticator by its code or, where the device is lost, by a recovery code."""

    @property
    def account(self) -> Account:
        """Whose authenticator it is."""
        return self.authenticator.user  # type: ignore[no-any-return]  # allauth is untyped

    def use_up(self, code: str) -> None:
        """Take either kind of code."""
        check_sign_in(self.account, code)


class GenerateRecoveryCodesForm(PasswordAndCodeForm, AllauthGenerateRecoveryCodesForm):  # type: ignore[misc]
    """New recovery codes for old. A recovery code makes no others."""

    @property
    def account(self) -> Account:
        """Whose codes they will be."""
        return self.user  # type: ignore[no-any-return]  # allauth is untyped

    def use_up(self, code: str) -> None:
        """Take a code of the authenticator alone."""
        check_totp(self.account, code)


@contextmanager
def _refusals_as_errors() -> Iterator[None]:
    try:
        yield
    except ChangeRefused as error:
        raise ValidationError(str(error), code=error.reason.value) from error
