"""Who may read: a private registry shows nothing to whoever does not sign in or send a token that reads."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from registry.models import Account, Package, Token
from registry.tokens import create_token, revoke_token
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_account, new_package

pytestmark = pytest.mark.django_db

CONTENT = b"the file"
OPEN = ("/accounts/", "/invitations/", "/static/", "/legacy", "/_/oidc/", "/.well-known/pytp")

SAMPLES = {
    "uuid": "6f0c1d1e-0000-4000-8000-000000000000",
    "int": "1",
    "sha256": "a" * 64,
    "package_kind": "expectation",
    "registry_kind": "roots",
    "reason": "subject-mismatch",
}


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    """The registry is private."""
    settings.PRIVATE = True


@pytest.fixture
def reader() -> Account:
    """A person without any role."""
    return new_account("reader")


@pytest.fixture
def package(signing: Signing) -> Package:
    """A package with a file."""
    package = new_package()
    evidence = [signing.provenance("widget-1.0.tar.gz", CONTENT, signing.release_of("1.0"))]
    accept(package, "widget-1.0.tar.gz", CONTENT, evidence, roots=signing.roots)
    return package


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Yield one address for every pattern of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        written = before + re.sub(
            r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "widget"), str(pattern.pattern)
        )
        if isinstance(pattern, URLPattern):
            yield written
        else:
            yield from addresses(pattern, written)


def basic(secret: str, user: str = "__token__") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def tells_nothing(response: Any) -> bool:
    """Whether the answer sends to sign-in, or asks for a token, and no more."""
    if response.status_code == 302:
        return bool(response["Location"].startswith("/accounts/login/?next="))
    return response.status_code == 401 and "WWW-Authenticate" in response and b"widget" not in response.content


READABLE = (
    "/simple/",
    "/simple/widget/",
    "/integrity/widget/1.0/widget-1.0.tar.gz/provenance",
    "/integrity/widget/1.0/widget-1.0.tar.gz/verdict",
    "/api/v1/packages/widget",
    "/audit/log.jsonl",
    "/packages/widget/",
)


# Nobody


def test_every_address_of_the_site_is_behind_sign_in(client: Client, package: Package) -> None:
    """One read check covers everything: every pattern there is, whatever the method, but signing in and uploading."""
    every = sorted(set(addresses()))
    assert len(every) > 60
    closed = [address for address in every if not address.startswith(OPEN)]
    assert len(closed) > 40
    for address in closed:
        for method in ("get", "head", "options", "post", "put", "delete"):
            response = getattr(client, method)(address)
            assert tells_nothing(response) or (method == "head" and response.status_code in (302, 401)), (
                method,
                address,
            )
            assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(
    "address",
    [
        "/nothing",
        "//simple/",
        "/simple",
        "/SIMPLE/",
        "/static",
        "/legacy/../simple/",
        "/accounts",
        "/.well-known/x",
        "/%00",
    ],
)
def test_what_is_no_address_is_behind_sign_in_too(client: Client, address: str) -> None:
    """The check goes by what is open, not by what is closed: a new page is behind it before anybody thinks of it."""
    assert tells_nothing(client.get(address))


@pytest.mark.parametrize("address", ["/static/../simple/", "/accounts/../simple/", "/invitations/../packages/widget/"])
def test_no_path_leads_round_it(client: Client, package: Package, address: str) -> None:
    """Dots are no way up: what the check lets through is what the addresses are looked up by."""
    response = client.get(address)
    assert response.status_code in (400, 404)
    assert b"1.0" not in response.content


def test_signing_in_and_uploading_answer(client: Client) -> None:
    """Each has a check of its own."""
    assert client.get("/accounts/login/").status_code == 200
    assert client.get("/static/sluicegate/site.css").status_code == 200
    assert client.post("/legacy/").json()["reason"] == "authentication-required"


def test_a_page_comes_back_after_signing_in(client: Client) -> None:
    """People are sent to sign in and then to where they were going."""
    assert client.get("/packages/?page=2")["Location"] == "/accounts/login/?next=/packages/%3Fpage%3D2"


# Tokens


@pytest.mark.parametrize("user", ["__token__", "reader", ""])
def test_a_token_that_reads_reads_everything(client: Client, package: Package, reader: Account, user: str) -> None:
    """By Basic, as pip and uv send it, whatever the user name; and what comes is the same as in public."""
    secret = create_token(reader, name="laptop", scope=Token.Scope.READ)[1]
    for address in READABLE:
        response = client.get(address, headers=basic(secret, user))
        assert response.status_code == 200, address
        assert "private" in response["Cache-Control"]
        assert "public" not in response["Cache-Control"]
        assert {"Authorization", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}


def test_a_download_is_kept_by_no_shared_cache(
    client: Client, package: Package, reader: Account, store: object
) -> None:
    """A file's metadata is for ever and for everybody in a public registry; here it is for who asked."""
    secret = create_token(reader, name="laptop", scope=Token.Scope.READ)[1]
    page = client.get("/simple/widget/", headers={**basic(secret), "Accept": "application/vnd.pypi.simple.v1+json"})
    (file,) = page.json()["files"]
    response = client.get(file["url"].removeprefix(configured.BASE_URL) + ".metadata", headers=basic(secret))
    assert (response.status_code, "private" in response["Cache-Control"]) == (200, True)
    assert "public" not in response["Cache-Control"]


def test_a_token_that_proposes_reads_what_it_proposes_about(client: Client, package: Package, reader: Account) -> None:
    """By Bearer, for the API."""
    secret = create_token(reader, name="script", scope=Token.Scope.PROPOSE)[1]
    response = client.get("/api/v1/packages/widget", headers={"Authorization": f"Bearer {secret}"})
    assert response.status_code == 200


def test_a_token_that_uploads_reads_nothing(client: Client, package: Package, reader: Account) -> None:
    """It lies in build systems; what leaks there does not tell what else is in the registry."""
    secret = create_token(reader, name="ci")[1]
    for address in READABLE:
        response = client.get(address, headers=basic(secret))
        assert (response.status_code, response.json()["reason"]) == (403, "token-scope")


def test_what_is_no_token_is_asked_for_another(client: Client, package: Package, reader: Account) -> None:
    """401, so that pip and uv ask a person or a keyring; revoked, unknown, or nothing that can be read."""
    token, secret = create_token(reader, name="laptop", scope=Token.Scope.READ)
    revoke_token(token, by=reader)
    for headers in (
        basic(secret),
        basic("sluice_wrong"),
        basic(""),
        {"Authorization": "Basic \u00fc"},
        {"Authorization": "x"},
    ):
        assert tells_nothing(client.get("/simple/widget/", headers=headers)), headers


def test_a_deactivated_reader_reads_no_longer(client: Client, package: Package, reader: Account) -> None:
    """At once, by token and by session."""
    browser = Somebody(reader).browser()
    secret = create_token(reader, name="laptop", scope=Token.Scope.READ)[1]
    assert browser.get("/packages/widget/").status_code == 200
    Account.objects.filter(pk=reader.pk).update(is_active=False)
    assert tells_nothing(browser.get("/packages/widget/"))
    assert tells_nothing(client.get("/simple/widget/", headers=basic(secret)))


def test_a_robot_may_read(package: Package) -> None:
    """A build has to install, too."""
    robot = Account.objects.create_robot("widget-ci", package=package)
    assert create_token(robot, name="ci", scope=Token.Scope.READ)[0].scope == Token.Scope.READ
    with pytest.raises(ValueError, match="only a person proposes"):
        create_token(robot, name="ci", scope=Token.Scope.PROPOSE)


def test_reading_is_all_or_nothing(package: Package, reader: Account) -> None:
    """Wholly public or wholly behind sign-in: no token reads one package, and the database holds it too."""
    with pytest.raises(ValueError, match="whole registry"):
        create_token(reader, name="x", scope=Token.Scope.READ, package=package)
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(account=reader, name="x", scope="read", package=package, sha256="0" * 64, hint="0000")


# People


def test_whoever_signs_in_reads(package: Package, reader: Account) -> None:
    """Any account; and nothing of it is stored by a cache."""
    browser = Somebody(reader).browser()
    for address in READABLE:
        response = browser.get(address)
        assert response.status_code == 200, address
        assert "private" in response["Cache-Control"]


def test_a_public_registry_asks_nobody(client: Client, package: Package, settings: Any) -> None:
    """And does not vary by who asks."""
    settings.PRIVATE = False
    for address in READABLE:
        assert client.get(address).status_code == 200
    assert "Authorization" not in client.get("/simple/widget/")["Vary"]


def test_it_cannot_be_private_and_open_to_sign_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody could make an account and read."""
    from importlib import import_module, reload

    monkeypatch.setenv("SLUICEGATE_PRIVATE", "1")
    monkeypatch.setenv("SLUICEGATE_OPEN_SIGN_UP", "1")
    module = import_module("registry.settings")
    with pytest.raises(ImproperlyConfigured, match="anybody could sign up"):
        reload(module)
    monkeypatch.undo()
    reload(module)


def test_the_api_refuses_as_its_document_says(client: Client, package: Package) -> None:
    """RFC 9457: as whoever generates a client from the document reads every other refusal."""
    response = client.get("/api/v1/packages/widget")
    assert (response.status_code, response.headers["Content-Type"]) == (401, "application/problem+json")
    assert response.json()["reason"] == "reading-needs-sign-in"


def test_a_reader_makes_a_token_on_the_account_page(reader: Account, settings: Any) -> None:
    """Where the registry is private; elsewhere nobody is offered a token for what everybody may."""
    somebody = Somebody(reader)
    asked = {"name": "laptop", "scope": "read", "days": "90", "package": ""}
    shown = somebody.browser().post("/account/tokens/", asked).content.decode()
    assert "the whole registry" in shown
    (secret,) = re.findall(r"sluice_[\w-]+", shown)
    assert Client().get("/simple/", headers=basic(secret)).status_code == 200
    settings.PRIVATE = False
    assert 'value="read"' not in somebody.browser().get("/account/").content.decode()
    assert somebody.browser().post("/account/tokens/", asked).status_code == 400


def test_the_form_offers_no_token_that_reads_one_package(reader: Account) -> None:
    """It says why, beside the field."""
    own = new_package("own", owner=reader)
    asked = {"name": "laptop", "scope": "read", "days": "90", "package": str(own.pk)}
    response = Somebody(reader).browser().post("/account/tokens/", asked)
    assert response.status_code == 400
    assert "for the whole registry" in response.content.decode()


def test_nginx_keeps_no_page_of_it(settings: Any, package: Package, reader: Account) -> None:
    """nginx does not ask who reads: what it kept for a moment it would give to anybody. Of a public one it may."""
    settings.BEHIND_NGINX = True
    headers = basic(create_token(reader, name="pip", scope=Token.Scope.READ)[1])
    told = Client().get("/simple/widget/", headers=headers)
    assert told.status_code == 200
    assert "X-Accel-Expires" not in told.headers
    settings.PRIVATE = False
    assert "X-Accel-Expires" in Client().get("/simple/widget/").headers


def test_signing_in_says_that_the_registry_is_private(client: Client, settings: Any) -> None:
    """Whoever is led there from a package's address learns why."""
    assert "This registry is private" in client.get("/", follow=True).content.decode()
    settings.PRIVATE = False
    assert "This registry is private" not in client.get("/accounts/login/").content.decode()
