"""A Host header says nothing but where the registry is."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from registry.people import add_person

pytestmark = pytest.mark.django_db

PASSWORD = "six pears under the bridge"


@pytest.fixture(autouse=True)
def _at_its_address(settings: Any) -> None:
    settings.HTTPS = True
    settings.HOST = "registry.example"
    settings.ALLOWED_HOSTS = ["registry.example"]
    settings.OPEN_SIGN_UP = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def sign_in(host: str, password: str) -> int:
    form = {"login": "alice", "password": password}
    return Client().post("/accounts/login/", form, HTTP_HOST=host, REMOTE_ADDR="192.0.2.7", secure=True).status_code


@pytest.mark.parametrize(
    "host", ["registry.example:6666", "registry.example:80", "elsewhere.example", "registry.example:"]
)
def test_another_port_or_name_is_turned_away(host: str) -> None:
    """Threat: somebody signs up with another's address, and the mail's link leads to a port where he listens."""
    form = {"username": "mallory", "email": "victim@example.test", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/sign-up/", form, HTTP_HOST=host, secure=True).status_code == 400
    assert not mail.outbox


def test_turning_away_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Threat: requests of a few bytes each leave a traceback, until nobody finds anything in the log. One line stays."""
    assert Client().get("/", HTTP_HOST="elsewhere.example", secure=True).status_code == 400
    (record,) = caplog.records
    assert (record.name, record.exc_info) == ("django.security.DisallowedHost", None)
    assert "elsewhere.example" in record.getMessage()


@pytest.mark.parametrize("host", ["registry.example", "REGISTRY.example", "registry.example:443", "registry.example."])
def test_the_same_name_otherwise_is_put_right(host: str) -> None:
    """Links have the one spelling."""
    form = {"username": "dora", "email": "dora@example.test", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post("/accounts/sign-up/", form, HTTP_HOST=host, secure=True).status_code == 302
    (sent,) = mail.outbox
    assert "https://registry.example/accounts/address/confirm/" in sent.body
    assert "REGISTRY" not in sent.body


def test_wrong_passwords_are_counted_whatever_the_host_header_says() -> None:
    """Threat: guesses at one account's password are counted by host and name; another port began the count anew."""
    add_person("alice", email="alice@example.test", password=PASSWORD, verified=True)
    hosts = ["registry.example", "registry.example:443", "REGISTRY.example", "Registry.example", "registry.Example."]
    for host in (*hosts, *(f"registry.example:{port}" for port in range(1, 4))):
        sign_in(host, "a wrong guess")
    assert sign_in("registry.example", PASSWORD) != 302
    cache.clear()
    assert sign_in("registry.example", PASSWORD) == 302
