"""Settings that would let somebody past a second factor stop the start, in ``manage.py`` and in the web process alike.

On a loopback address, where a demo or a developer's own registry is, they are told and no more (trust rules, "Two
people" 4). A web process with the wrong login of the database does not start anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

TAG = "second_factor"

_MUST_BE_OFF = {
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": "takes keys' answers from any site",
    "MFA_TOTP_INSECURE_BYPASS_CODE": "takes one fixed code for everybody's",
    "MFA_TRUST_ENABLED": "lets a browser in without the second factor",
    "MFA_PASSKEY_SIGNUP_ENABLED": "makes accounts that no password guards",
    "ACCOUNT_LOGIN_BY_CODE_ENABLED": "signs in by e-mail alone",
    "ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED": "lets a browser in without the second factor",
    "ACCOUNT_LOGIN_ON_PASSWORD_RESET": "signs in whoever reads the mail",
    "ACCOUNT_CONFIRM_EMAIL_ON_GET": "lets a mail scanner confirm an address",
    "DEBUG": "shows secrets to strangers, and makes allauth take its bypass code",
}
_MUST_BE = {
    "MFA_ADAPTER": "registry.accounts.MfaAdapter",
    "ACCOUNT_ADAPTER": "registry.accounts.AccountAdapter",
    "MFA_WEBAUTHN_USER_VERIFICATION": "required",
    "MFA_TOTP_TOLERANCE": 0,
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "MFA_RECOVERY_CODES_SHOW_ONCE": True,
}
_FORMS = {
    "MFA_FORMS": (
        *("authenticate", "authenticate_webauthn", "login_webauthn"),
        *("activate_totp", "deactivate_totp", "generate_recovery_codes"),
    ),
    "ACCOUNT_FORMS": ("add_email",),
}


@checks.register(TAG)
def second_factors_hold(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[checks.CheckMessage]:  # noqa: ARG001  # Django's signature
    """Return one message for each setting by which a second factor would not hold."""
    kind = checks.Error if settings.HTTPS else checks.Warning
    return [
        kind(problem, hint="Leave it as registry/settings.py has it.", id="sluicegate.E001") for problem in _problems()
    ]


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured where a setting switches a check of second factors off. For the web process."""
    wrong = [message for message in checks.run_checks(tags=[TAG]) if message.is_serious()]
    if wrong:
        raise ImproperlyConfigured("\n".join(message.msg for message in wrong))


def refuse_wrong_logins() -> None:
    """Raise ImproperlyConfigured without the web application's login, or with the owner's in either place. For the web process.

    Whoever broke into a process that has the owner's would stand outside the rule of two.
    """
    if not settings.DATABASES["default"]["NAME"]:
        raise ImproperlyConfigured(
            "Set DATABASE_URL to the web application's login, as postgresql://user:password@host/database."
        )
    if "owner" in settings.DATABASES:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL is for manage.py install and bootstrap alone; the web process must not have it. "
            "Start that without it: env -u DATABASE_OWNER_URL gunicorn …"
        )
    with suppress(OperationalError):  # the web process may be up before the database; each connection is asked again
        connection.ensure_connection()
    connection.close()  # nothing of it may be shared by the workers


def _problems() -> Iterator[str]:
    for name, what in _MUST_BE_OFF.items():
        if getattr(settings, name, None):
            yield f"{name} is set: it {what}."
    for name, wanted in _MUST_BE.items():
        if getattr(settings, name, None) != wanted:
            yield f"{name} is not {wanted!r}."
    if set(getattr(settings, "MFA_SUPPORTED_TYPES", ())) != {"totp", "webauthn", "recovery_codes"}:
        yield "MFA_SUPPORTED_TYPES does not have TOTP, WebAuthn and recovery codes: a factor left out is not asked for."
    for setting, names in _FORMS.items():
        for name in names:
            if not str(getattr(settings, setting, {}).get(name, "")).startswith("registry.factor_forms."):
                yield f"{setting} has another form for {name}: it would not ask for what it should."
