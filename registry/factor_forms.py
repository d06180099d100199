"""What signing in and changing factors ask for: allauth's forms, with every proof judged by expectations.second_factor.

allauth's own reauthentication is met by the password alone and lasts for a while. Here each change of factors asks for
the password and for a factor that stands already, for that one change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm as AllauthGenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm, DeactivateTOTPForm
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError

from expectations.refusal import ChangeRefused
from expectations.second_factor import check_new_secret, check_sign_in, check_totp, has_second_factor, webauthn
from registry.models import Account
from verification.webauthn import MAX_BYTES, NewKey

CODE_INPUT = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}


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


class AuthenticateKeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """The second step of signing in, by a security key of the account."""

    credential = forms.CharField(max_length=MAX_BYTES, widget=forms.HiddenInput)

    def clean_credential(self) -> Authenticator:
        """Return allauth's row of the key that answered."""
        with _refusals_as_errors():
            return webauthn.check_answer(context.request.session, self.user, self.cleaned_data["credential"])


class PasskeyForm(AuthenticateKeyForm):
    """Signing in by a passkey alone: it says whose it is, and has asked for PIN or biometrics."""

    passwordless = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nobody is known yet."""
        super().__init__(*args, user=None, **kwargs)


class ProofForm(forms.Form):
    """A change of factors or address asks for the password, and for a factor of the account where there is one.

    Subclasses say whose they are (``account``), and which codes will do (``use_up``); ``older_code`` is the field for
    one. ``assertion`` is filled by a script with a security key's answer.
    """

    older_code = "code"

    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Authenticator code", required=False, max_length=20, widget=forms.TextInput(CODE_INPUT)
    )
    assertion = forms.CharField(required=False, max_length=MAX_BYTES, widget=forms.HiddenInput)
    field_order = ["password", "code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave out what a person without a second factor has nothing to fill in for."""
        super().__init__(*args, **kwargs)
        self.asks_factor = has_second_factor(self.account)
        self.asks_key = self.asks_factor and bool(webauthn.keys_of(self.account))
        if not self.asks_factor:
            del self.fields[self.older_code], self.fields["assertion"]

    def clean_password(self) -> str:
        """Check the password, by the adapter's way: it is limited against guessing from a hijacked session."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.account, password):
            raise ValidationError("This is not your password.")
        return password

    def clean(self) -> dict[str, Any]:
        """Use up the factor, once everything else is right."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            with _refusals_as_errors():
                self.prove(cleaned)
        return cleaned

    def prove(self, cleaned: dict[str, Any]) -> None:
        """Check what shows that it is the person. Raises ChangeRefused, ValidationError."""
        if not self.asks_factor:
            return
        if cleaned["assertion"]:
            webauthn.check_answer(context.request.session, self.account, cleaned["assertion"])
        elif cleaned[self.older_code]:
            self.use_up(cleaned[self.older_code])
        else:
            raise ValidationError("Enter a code, or use a security key that you have already.")

    @property
    def account(self) -> Account:
        """Whose factors are changed."""
        return self.user  # type: ignore[attr-defined, no-any-return]  # the attribute is that of allauth's forms

    def use_up(self, code: str) -> None:
        """Raise ChangeRefused unless the code is right and unused. A recovery code will do: the device may be lost."""
        check_sign_in(self.account, code)


class ActivateTotpForm(ProofForm, ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Adding an authenticator: a code of its secret shows that it arrived in the app.

    There is never an older authenticator, for an account has one; but there may be security keys.
    """

    older_code = "recovery_code"
    recovery_code = forms.CharField(
        required=False,
        max_length=20,
        widget=forms.TextInput(CODE_INPUT),
        help_text="Only where you cannot use a security key that you have already.",
    )
    code = forms.CharField(label="Authenticator code", max_length=20, widget=forms.TextInput(CODE_INPUT))
    field_order = ["password", "recovery_code", "code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Know the account before the fields are made."""
        self.user = kwargs["user"]
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """Leave the code to :meth:`prove`, which comes after the password."""
        code: str = self.cleaned_data["code"]
        return code

    def prove(self, cleaned: dict[str, Any]) -> None:
        """Ask for the older factor, then for a code of the new secret."""
        super().prove(cleaned)
        check_new_secret(self.account, self.secret, cleaned["code"])


class DeactivateTotpForm(ProofForm, DeactivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Removing the authenticator by its code or, where the device is lost, by a security key or a recovery code."""

    @property
    def account(self) -> Account:
        """Whose authenticator it is."""
        return self.authenticator.user  # type: ignore[no-any-return]  # allauth is untyped

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Know the authenticator before the fields are made."""
        self.authenticator = kwargs["authenticator"]
        super().__init__(*args, **kwargs)
        _takes_recovery_codes(self)


class GenerateRecoveryCodesForm(ProofForm, AllauthGenerateRecoveryCodesForm):  # type: ignore[misc]  # allauth is untyped
    """New recovery codes for old. A recovery code makes no others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Know the account before the fields are made."""
        self.user = kwargs["user"]
        super().__init__(*args, **kwargs)

    def use_up(self, code: str) -> None:
        """Take a code of the authenticator alone."""
        check_totp(self.account, code)


class AddKeyForm(ProofForm):
    """Adding a security key; ``credential`` is what the browser made."""

    name = forms.CharField(label="Name of the key", max_length=60, help_text="For yourself, to tell it from others.")
    credential = forms.CharField(max_length=MAX_BYTES, widget=forms.HiddenInput)
    new_key: NewKey

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        """Take the account that the key is for."""
        self.user = user
        super().__init__(*args, **kwargs)

    def prove(self, cleaned: dict[str, Any]) -> None:
        """Ask for the older factor, then read the new key."""
        super().prove(cleaned)
        self.new_key = webauthn.check_new(context.request.session, cleaned["credential"])


class RemoveKeyForm(ProofForm):
    """Removing a security key, by another factor or itself."""

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        """Take the account that the key is of."""
        self.user = user
        super().__init__(*args, **kwargs)
        _takes_recovery_codes(self)


class ChangeAddressForm(ProofForm, AddEmailForm):  # type: ignore[misc]  # allauth is untyped
    """Another e-mail address. Whoever reads it is told what happens in this account's name."""

    field_order = ["email", "password", "code"]

    def __init__(self, user: Account, *args: Any, **kwargs: Any) -> None:
        """Know the account before the fields are made."""
        self.user = user
        super().__init__(*args, user=user, **kwargs)
        self.fields["email"].label = "New e-mail address"
        del self.fields["email"].widget.attrs["placeholder"]


def _takes_recovery_codes(form: ProofForm) -> None:
    """Say so beside the field: whoever has lost a device reads no further than that."""
    if "code" in form.fields:
        form.fields["code"].label = "Authenticator code or recovery code"


@contextmanager
def _refusals_as_errors() -> Iterator[None]:
    try:
        yield
    except ChangeRefused as error:
        raise ValidationError(str(error), code=error.reason.value) from error
