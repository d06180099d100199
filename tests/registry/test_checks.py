"""Settings that would switch a check of second factors off stop the start (trust rules, "Two people" 4)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from registry import checks
from registry.postgres import Database

ROOT = Path(checks.__file__).resolve().parent.parent

LOGIN = "postgresql://app:secret@127.0.0.1:1/none"

SWITCHES = {
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": True,
    "MFA_TOTP_INSECURE_BYPASS_CODE": "424242",
    "MFA_TRUST_ENABLED": True,
    "MFA_WEBAUTHN_USER_VERIFICATION": "preferred",
    "MFA_SUPPORTED_TYPES": ["recovery_codes"],
    "MFA_ADAPTER": "allauth.mfa.adapter.DefaultMFAAdapter",
    "MFA_FORMS": {},
    "ACCOUNT_FORMS": {"signup": "registry.sign_up_forms.SignUpForm"},
    "MFA_RECOVERY_CODES_SHOW_ONCE": False,
    "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "DEBUG": True,
}


def test_the_settings_as_they_are_shipped_hold(settings: Any) -> None:
    settings.HTTPS = True
    checks.refuse_unsafe_settings()


@pytest.mark.parametrize("name", SWITCHES)
def test_each_switch_stops_the_start(settings: Any, name: str) -> None:
    settings.HTTPS = True
    setattr(settings, name, SWITCHES[name])
    with pytest.raises(ImproperlyConfigured, match=name):
        checks.refuse_unsafe_settings()


@pytest.mark.parametrize(("setting", "form"), [(name, form) for name, forms in checks._FORMS.items() for form in forms])
def test_each_form_that_asks_for_proof_is_in_its_place(settings: Any, setting: str, form: str) -> None:
    """Threat: allauth's own form in place of one, new recovery codes say, asks a stolen session for nothing."""
    settings.HTTPS = True
    setattr(settings, setting, {name: path for name, path in getattr(settings, setting).items() if name != form})
    with pytest.raises(ImproperlyConfigured, match=f"another form for {form}:"):
        checks.refuse_unsafe_settings()


def test_on_loopback_it_is_told_and_no_more(settings: Any) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    checks.refuse_unsafe_settings()
    (told,) = run_checks(tags=[checks.TAG])
    assert "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN" in told.msg


def starting(**settings: str) -> subprocess.CompletedProcess[str]:
    """Load what gunicorn serves, with these settings and those of a site reached by https."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "SLUICEGATE_"))}
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "registry.settings",
        "PYTHONPATH": str(ROOT),
        "SLUICEGATE_BASE_URL": "https://registry.example",
        "SLUICEGATE_SECRET_KEY": "x" * 64,
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-c", "import registry.wsgi"], env=environment, capture_output=True, text=True, check=False
    )


def test_the_web_process_does_not_come_up(tmp_path: Path) -> None:
    """Django's checks are run by manage.py alone; the web process asks for these itself."""
    (tmp_path / "unsafe.py").write_text("from registry.settings import *\nMFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True\n")
    done = starting(DJANGO_SETTINGS_MODULE="unsafe", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}", DATABASE_URL=LOGIN)
    assert done.returncode != 0
    assert "takes keys' answers from any site" in done.stderr


def test_the_web_process_starts_with_its_own_login() -> None:
    """And without a database that answers: it comes up before that does, and needs it for the first request."""
    done = starting(DATABASE_URL=LOGIN)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("logins", "wanted"),
    [
        ({}, "Set DATABASE_URL to the web application's login, as postgresql://"),
        ({"DATABASE_URL": LOGIN, "DATABASE_OWNER_URL": LOGIN}, "env -u DATABASE_OWNER_URL gunicorn"),
        ({"DATABASE_URL": "mysql://app:hidden@127.0.0.1/none"}, "DATABASE_URL cannot be read."),
    ],
)
def test_the_web_process_has_one_login_and_never_the_owners(logins: dict[str, str], wanted: str) -> None:
    """Threat: whoever breaks into the web process finds the owner's login in its environment, and rewrites what two decided."""
    done = starting(**logins)
    assert (done.returncode, wanted in done.stderr, "hidden" in done.stderr) == (1, True, False), done.stderr


def test_the_owners_login_does_not_pass_for_the_web_applications(template: Database) -> None:
    """Threat: DATABASE_URL itself names the owner. Asked of the database, for a login's name tells nothing of its rights."""
    done = starting(DATABASE_URL=template.owner_url)
    assert (done.returncode, "DATABASE_URL is a login that owns" in done.stderr) == (1, True), done.stderr
    assert starting(DATABASE_URL=template.app_url).returncode == 0


def test_nor_does_it_under_another_role(template: Database) -> None:
    """Threat: the owner's login takes a lesser role as it signs in, which RESET ROLE gives up again."""
    done = starting(DATABASE_URL=template.owner_url, PGOPTIONS="-c role=pg_database_owner")
    assert (done.returncode, "DATABASE_URL is a login that owns" in done.stderr) == (1, True), done.stderr
