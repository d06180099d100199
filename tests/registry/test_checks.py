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

ROOT = Path(checks.__file__).resolve().parent.parent

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


def test_the_web_process_does_not_come_up(tmp_path: Path) -> None:
    """Django's checks are run by manage.py alone; the web process asks for these itself."""
    (tmp_path / "unsafe.py").write_text("from registry.settings import *\nMFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True\n")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "unsafe",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "SLUICEGATE_BASE_URL": "https://registry.example",
        "SLUICEGATE_SECRET_KEY": "x" * 64,
    }
    done = subprocess.run(
        [sys.executable, "-c", "import registry.wsgi"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "takes keys' answers from any site" in done.stderr
