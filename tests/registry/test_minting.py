"""Trusted publishing: an identity token for an upload token, once, for the packages that list the very run."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from registry.models import Account, MintedRight, SpentIdentity, Token
from registry.oidc import keys, throttle
from registry.tokens import find_token
from tests.support.oidc_issuer import OidcIssuer, new_rsa_key, serve_issuer
from tests.support.publishing import (
    AUDIENCE,
    believe,
    code_of,
    description_of,
    disbelieve,
    entry,
    exchange,
    list_publishers,
    mint_leaves,
)
from tests.support.voices import Council, new_council

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def served() -> Iterator[OidcIssuer]:
    """One provider for all tests of this file: its keys are slow to make."""
    with serve_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(served: OidcIssuer) -> OidcIssuer:
    """The provider, believed by the registry, and not asked for anything yet."""
    believe(served)
    keys.KEYS.forget()
    served.asked.clear()
    served.instead.clear()
    return served


@pytest.fixture
def council(issuer: OidcIssuer) -> Council:
    """A package whose two maintainers list the honest workflow."""
    council = new_council()
    list_publishers(council.package, [entry(issuer)], by=[council.ada, council.bob])
    return council


def minted(client: Client, issuer: OidcIssuer, **changes: Any) -> Token:
    """Return the token that a run got."""
    response = exchange(client, issuer.token(AUDIENCE, **changes))
    assert response.status_code == 200, response.content
    found = find_token(response.json()["token"])
    assert found is not None
    return found


def test_the_audience_is_this_registry(client: Client) -> None:
    """What clients ask a provider for: one that no other registry takes."""
    assert client.get("/_/oidc/audience").json() == {"audience": AUDIENCE}


def test_a_listed_run_gets_a_token(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """In Warehouse's form: success, token, expires; for a quarter of an hour, uploads alone."""
    response = exchange(client, issuer.token(AUDIENCE))
    told = response.json()
    assert (response.status_code, told["success"]) == (200, True)
    assert abs(told["expires"] - time.time() - 900) < 5
    token = find_token(told["token"])
    assert token is not None
    assert (token.scope, token.account.is_publisher, token.account.person) == ("upload", True, None)
    assert [right.version.package for right in token.minted_rights.all()] == [council.package]
    assert "no-store" in response["Cache-Control"]


def test_a_minted_token_is_told_in_the_log(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """By ids: the package, the version of its list that let it, and which run it was; nothing of who pushed."""
    token = minted(client, issuer)
    (leaf,) = mint_leaves("publisher-minted")
    assert leaf["package"] == str(council.package.pk)
    assert (leaf["token"], leaf["version"], leaf["issuer"]) == (str(token.pk), 1, issuer.url)
    assert leaf["run"]["run_id"] == "42"
    assert "somebody" not in json.dumps(leaf)


def test_an_identity_works_once(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Whoever reads it in a log afterwards has nothing."""
    token = issuer.token(AUDIENCE)
    assert exchange(client, token).status_code == 200
    again = exchange(client, token)
    assert (again.status_code, code_of(again)) == (422, "invalid-reuse-token")
    assert Token.objects.filter(account__kind=Account.Kind.PUBLISHER).count() == 1


def test_another_token_of_the_same_jti_is_spent_too(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """The ``jti`` counts, and not the text around it."""
    assert exchange(client, issuer.token(AUDIENCE, jti="once")).status_code == 200
    again = exchange(client, issuer.token(AUDIENCE, jti="once", run_attempt="2"))
    assert code_of(again) == "invalid-reuse-token"


def test_a_refused_identity_is_not_spent(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """What got nothing can still be used once, after the list was corrected."""
    token = issuer.token(AUDIENCE, event_name="push", environment="staging", repository_id="5")
    assert code_of(exchange(client, token)) == "invalid-publisher"
    assert not SpentIdentity.objects.exists()


def test_the_database_keeps_what_is_spent() -> None:
    """The application may forget an identity only once it has expired."""
    SpentIdentity.objects.create(
        issuer="https://a.example", sha256="0" * 64, expires_at=timezone.now() + timedelta(hours=1)
    )
    old = SpentIdentity.objects.create(
        issuer="https://a.example", sha256="1" * 64, expires_at=timezone.now() - timedelta(1)
    )
    old.delete()
    for forbidden in ("DELETE FROM registry_spentidentity", "UPDATE registry_spentidentity SET issuer = ''"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(forbidden)


def test_the_database_lets_no_minted_token_last() -> None:
    """Not even a mistake of the application's makes one that works for a day, or that proposes."""
    account = Account.objects.create_publisher("some-run")
    soon = timezone.now() + timedelta(minutes=10)
    for wrong in (
        {"expires_at": None},
        {"expires_at": timezone.now() + timedelta(days=1)},
        {"expires_at": soon, "scope": "propose"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Token.objects.create(account=account, name="x", sha256="2" * 64, hint="abcd", **wrong)
    Token.objects.create(account=account, name="x", sha256="2" * 64, hint="abcd", expires_at=soon)


OTHER_RUNS: list[dict[str, Any]] = [
    {"repository": "stranger/widget", "repository_owner": "stranger"},
    {"repository_id": "654321"},
    {"repository_owner_id": "1"},
    {"repository_owner_id": 7890},
    {"repository_owner": "stranger"},
    {"job_workflow_ref": "example/widget/.github/workflows/other.yml@refs/tags/v1.0"},
    {"job_workflow_ref": "example/widget/.github/workflows/release.yml@refs/heads/other"},
    {"job_workflow_ref": "example/widget/.github/workflows/release.yml@x.yml@refs/tags/v1.0"},
    {"job_workflow_ref": "stranger/shared/.github/workflows/release.yml@refs/tags/v1.0"},
    {"job_workflow_ref": None},
    {"ref": None, "sha": None},
]


def test_another_run_is_no_publisher(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """A fork, a name registered anew, another workflow or a callee: each pin counts, letter by letter and type by type."""
    for changes in OTHER_RUNS:
        response = exchange(client, issuer.token(AUDIENCE, **changes))
        assert (response.status_code, code_of(response)) == (422, "invalid-publisher"), changes
    assert not MintedRight.objects.exists()


STRANGERS: list[Any] = [
    "pull_request_target",
    "pull_request",
    "workflow_run",
    "issue_comment",
    "discussion",
    "new_one",
    None,
    1,
    [],
    {},
]


def test_a_strangers_trigger_publishes_nothing(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Of the right workflow, but started by somebody without write access, or by nobody knows what."""
    for trigger in STRANGERS:
        response = exchange(client, issuer.token(AUDIENCE, event_name=trigger))
        assert code_of(response) == "invalid-publisher", trigger
        assert "started by" in description_of(response)


def test_an_environment_that_is_listed_has_to_come(client: Client, issuer: OidcIssuer) -> None:
    """A list that names an environment takes no other; one that names none takes any."""
    council = new_council()
    list_publishers(council.package, [entry(issuer, environment="pypi")], by=[council.ada, council.bob])
    assert exchange(client, issuer.token(AUDIENCE)).status_code == 200
    for other in ("staging", None):
        assert code_of(exchange(client, issuer.token(AUDIENCE, environment=other))) == "invalid-publisher"


def test_the_refusal_tells_what_differs(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Which package lists what, and what came: whoever reads the job's log can correct either."""
    moved = "example/widget/.github/workflows/publish.yml@refs/tags/v1.0"
    told = description_of(exchange(client, issuer.token(AUDIENCE, job_workflow_ref=moved)))
    assert 'widget lists a publisher that differs: Workflow file: "release.yml" is listed, "publish.yml" came' in told
    told = description_of(exchange(client, issuer.token(AUDIENCE, repository_id="1")))
    assert "No package lists this run" in told
    assert 'Repository\'s number: "1"' in told


def test_odd_texts_in_a_sound_token(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Half characters, NUL and what reorders: nothing is pinned by them, nothing is stored of them, nothing breaks."""
    for odd in ("\ud800", "a\0b", "\u202eipyp", "\u00e9" * 300, "\n"):
        token = minted(client, issuer, environment=odd, run_id=odd, ref="refs/tags/v1.0")
        assert token.account.publisher.document.isascii()
        for changes in ({"repository": odd}, {"repository_owner_id": odd}, {"repository_id": odd}, {"event_name": odd}):
            assert code_of(exchange(client, issuer.token(AUDIENCE, **changes))) == "invalid-publisher"


def test_one_token_for_every_package_that_lists_the_run(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """A repository of several packages publishes them by one token; a package that lists another is not among them."""
    second, third = new_council("gadget"), new_council("gizmo")
    list_publishers(second.package, [entry(issuer, environment="pypi")], by=[second.ada, second.bob])
    list_publishers(third.package, [entry(issuer, workflow="other.yml")], by=[third.ada, third.bob])
    token = minted(client, issuer)
    names = {right.version.package.name for right in token.minted_rights.all() if right.version.package}
    assert names == {"widget", "gadget"}
    assert minted(client, issuer).account == token.account


# What a token has to be


def signed(issuer: OidcIssuer, **changes: Any) -> str:
    """Return a token with other claims."""
    return issuer.token(changes.pop("aud", AUDIENCE), **changes)


NOW = int(time.time())


NOT_FOR_HERE_AND_NOW: list[dict[str, Any]] = [
    {"aud": "pypi"},
    {"aud": [AUDIENCE, "pypi"]},
    {"aud": f"https://{AUDIENCE}"},
    {"aud": []},
    {"exp": NOW - 3600},
    {"exp": NOW + 3 * 24 * 3600},
    {"exp": float("inf")},
    {"exp": "soon"},
    {"nbf": NOW + 3600},
    {"iat": NOW + 3600},
    {"exp": None},
    {"nbf": None},
    {"iat": None},
    {"jti": None},
    {"jti": ""},
    {"jti": 5},
]


def test_a_token_that_is_not_for_here_and_now(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Of another audience beside or instead of ours, expired, not yet valid, or without what keeps it from being used twice."""
    for changes in NOT_FOR_HERE_AND_NOW:
        response = exchange(client, signed(issuer, **changes))
        assert (response.status_code, code_of(response)) == (422, "invalid-token"), changes


def test_an_audience_in_a_list_of_one_is_ours(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """RFC 7519, section 4.1.3 allows either form."""
    assert exchange(client, issuer.token([AUDIENCE])).status_code == 200


def test_another_key_in_the_issuers_name(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Everything right but the signature."""
    forged = issuer.sign(issuer.claims(AUDIENCE), key=new_rsa_key())
    assert code_of(exchange(client, forged)) == "invalid-token"


def test_no_algorithm_but_the_keys_own(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """``none``, a shared secret made of the public key, and an algorithm of another kind of key."""
    claims = issuer.claims(AUDIENCE)
    public = json.dumps(issuer.jwks()["keys"][0]).encode()
    unsigned = jwt.encode(claims, b"x" * 32, algorithm="HS256", headers={"kid": "one"}).rpartition(".")[0]
    by_the_public_key = hmac.new(public, unsigned.encode(), "sha256").digest()
    forged = [
        jwt.encode(claims, "", algorithm="none", headers={"kid": "one"}),
        f"{unsigned}.{base64.urlsafe_b64encode(by_the_public_key).decode().rstrip('=')}",
        jwt.encode(claims, issuer.keys["one"], algorithm="RS512", headers={"kid": "one"}),
        jwt.encode(claims, issuer.keys["two"], algorithm="ES256", headers={"kid": "one"}),
    ]
    assert [code_of(exchange(client, token)) for token in forged] == ["invalid-token"] * 4


def test_a_shared_secret_among_the_keys_is_no_key(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """A symmetric key that a provider publishes by mistake would let everybody sign."""
    secret = base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("=")
    document = {"keys": [{"kid": "open", "kty": "oct", "k": secret, "alg": "HS256"}]}
    issuer.instead["/keys"] = (200, {}, json.dumps(document).encode())
    forged = jwt.encode(issuer.claims(AUDIENCE), b"x" * 32, algorithm="HS256", headers={"kid": "open"})
    assert code_of(exchange(client, forged)) == "invalid-token"


@pytest.mark.filterwarnings("ignore:The RSA key is 1024")
def test_a_short_key_is_no_key(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """1024 bits can be factored by those who want to."""
    issuer.keys["short"] = new_rsa_key(1024)
    try:
        token = issuer.sign(issuer.claims(AUDIENCE), key_id="short")
        assert code_of(exchange(client, token)) == "invalid-token"
    finally:
        del issuer.keys["short"]


def test_an_elliptic_curve_signs_too(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """ES256, as self-managed providers may have."""
    assert exchange(client, issuer.sign(issuer.claims(AUDIENCE), key_id="two")).status_code == 200


ODD_TIMES: list[dict[str, Any]] = [
    {"exp": 10**400},
    {"exp": float("inf")},
    {"exp": float("nan")},
    {"exp": True},
    {"exp": []},
    {"iat": 10**400},
    {"iat": float("inf")},
    {"nbf": float("-inf")},
    {"nbf": {}},
]
"""Times that are none, or at which no clock arrives."""


def test_odd_times_in_a_sound_token(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """A provider that signs a time too large for any number type, or none at all, is told so: no server error."""
    for changes in ODD_TIMES:
        claims = json.dumps(issuer.claims(AUDIENCE, **changes)).encode()
        token = jwt.api_jws.encode(claims, issuer.keys["one"], algorithm="RS256", headers={"kid": "one"})
        response = exchange(client, token)
        assert (response.status_code, code_of(response)) == (422, "invalid-token"), changes


NO_TOKENS = [
    b"",
    b"[]",
    b"{}",
    b'{"token": 5}',
    b'{"token": ""}',
    b'{"token": "a.b.c"}',
    b'{"token": "a"}',
    b'{"token": "\\ud800.\\ud800.\\ud800"}',
    b"[" * 5000,
    b'{"token": "' + b"a" * 20000 + b'"}',
    b'{"token": "' + b"a" * 100000 + b'"}',
    b"\xff\xfe",
    json.dumps({"token": "e30." + base64.urlsafe_b64encode(b"[" * 9000).decode() + ".x"}).encode(),
    json.dumps({"token": jwt.encode({"sub": "x"}, "", algorithm="none", headers={"kid": "a"})}).encode(),
    json.dumps({"token": jwt.encode({"iss": "x"}, "", algorithm="none")}).encode(),
]


def test_what_is_no_token(client: Client) -> None:
    """Any bytes get Warehouse's refusal, and no server error."""
    for body in NO_TOKENS:
        response = client.post("/_/oidc/mint-token", body, content_type="application/json")
        assert (response.status_code, code_of(response)) == (422, "invalid-payload"), body[:40]


def test_an_issuer_that_is_not_believed_is_not_asked(client: Client, served: OidcIssuer) -> None:
    """Whoever names an address in a token does not make this registry go there."""
    served.asked.clear()
    response = exchange(client, served.token(AUDIENCE))
    assert code_of(response) == "invalid-payload"
    assert "Unknown trusted publishing issuer" in description_of(response)
    assert served.asked == []


def test_the_issuer_counts_letter_by_letter(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """With a slash behind it, in capitals, or as the beginning of a longer one: another issuer."""
    for other in (f"{issuer.url}/", issuer.url.upper(), f"{issuer.url}.evil.example", f"{issuer.url}/org/1"):
        assert code_of(exchange(client, issuer.token(AUDIENCE, iss=other))) == "invalid-payload"
    assert issuer.asked == []


# Keys


def test_keys_are_asked_for_once(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Minting does not depend on the provider's answering each time."""
    for _ in range(3):
        minted(client, issuer)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_is_found_after_a_minute(
    client: Client, issuer: OidcIssuer, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Providers change keys; made-up key ids do not make the registry ask and ask."""
    now = time.monotonic()
    monkeypatch.setattr(keys, "_now", lambda: now)
    minted(client, issuer)
    issuer.keys["three"] = new_rsa_key()
    try:
        token = issuer.sign(issuer.claims(AUDIENCE), key_id="three")
        assert [code_of(exchange(client, token)) for _ in range(3)] == ["invalid-token"] * 3
        assert len(issuer.asked) == 2
        now += 61
        assert exchange(client, token).status_code == 200
    finally:
        del issuer.keys["three"]


def test_a_key_that_was_taken_back_is_believed_for_an_hour(
    client: Client, issuer: OidcIssuer, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no longer, also where the provider cannot be asked by then."""
    now = time.monotonic()
    monkeypatch.setattr(keys, "_now", lambda: now)
    minted(client, issuer)
    issuer.instead["/keys"] = (503, {}, b"")
    now += 3500
    minted(client, issuer)
    now += 200
    response = exchange(client, issuer.token(AUDIENCE))
    assert code_of(response) == "invalid-token"
    assert "cannot be fetched" in description_of(response)


ODD_KEYS: list[dict[str, Any]] = [
    {"kty": "RSA", "n": 5, "e": 5},
    {"kty": "RSA", "n": "", "e": ""},
    {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": []},
    {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256"},
    {"kty": "RSA", "n": "\u00e9", "e": "AQAB", "d": {}},
    {"kty": "EC", "crv": [], "x": "a", "y": "b"},
    {"kty": "EC", "crv": "P-256", "x": 1, "y": None},
    {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
    {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    {"kty": "OKP", "crv": "X25519", "x": {}},
]
"""What no provider publishes, and none of which is to become an error of ours."""

OTHERWISE: list[tuple[str, tuple[int, dict[str, str], bytes]]] = [
    ("/keys", (200, {}, json.dumps({"keys": [{"kid": "one", **key} for key in ODD_KEYS]}).encode())),
    ("/keys", (302, {"Location": "/elsewhere"}, b"")),
    ("/keys", (200, {}, b"x" * 300_000)),
    ("/keys", (200, {}, b"[]")),
    ("/keys", (200, {}, b"not json")),
    ("/keys", (200, {}, b'{"keys": [5, {"kid": "one"}, {"kid": "one", "kty": "RSA"}, {"kid": "one", "kty": 5}]}')),
    (
        "/.well-known/openid-configuration",
        (200, {}, b'{"issuer": "https://evil.example", "jwks_uri": "https://evil.example"}'),
    ),
    ("/.well-known/openid-configuration", (500, {}, b"")),
]


def test_a_provider_that_answers_otherwise_is_believed_nothing(
    client: Client, issuer: OidcIssuer, council: Council
) -> None:
    """Redirects, size, nonsense, another's name: told as a token that cannot be checked, never as an error of ours."""
    for path, answer in OTHERWISE:
        keys.KEYS.forget()
        issuer.instead.clear()
        issuer.instead[path] = answer
        response = exchange(client, issuer.token(AUDIENCE))
        assert (response.status_code, code_of(response)) == (422, "invalid-token"), answer
    assert "/elsewhere" not in issuer.asked


# Other providers

GITLAB = {
    "namespace_path": "group/sub",
    "namespace_id": "11",
    "project_path": "group/sub/widget",
    "project_id": "22",
    "ref_path": "refs/tags/v1.0",
    "pipeline_source": "push",
    "environment": None,
    **dict.fromkeys(("repository", "repository_id", "event_name", "job_workflow_ref")),
}
GITLAB_PINS = {
    "project_path": "group/sub/widget",
    "project_id": "22",
    "namespace_id": "11",
    "workflow": ".gitlab-ci.yml",
}
CIRCLE = {
    "oidc.circleci.com/org-id": "0" * 8 + "-0000-0000-0000-" + "1" * 12,
    "oidc.circleci.com/project-id": "0" * 8 + "-0000-0000-0000-" + "2" * 12,
    "oidc.circleci.com/pipeline-definition-id": "0" * 8 + "-0000-0000-0000-" + "3" * 12,
    "oidc.circleci.com/vcs-origin": "github.com/example/widget",
    "oidc.circleci.com/vcs-ref": "refs/heads/main",
    "oidc.circleci.com/ssh-rerun": False,
    "jti": None,
    "nbf": None,
}
CIRCLE_PINS = {name.rpartition("/")[2]: value for name, value in CIRCLE.items() if isinstance(value, str)}
GOOGLE = {
    "email": "release@widget.iam.gserviceaccount.com",
    "sub": "12345",
    "email_verified": True,
    "jti": None,
    "nbf": None,
}
GOOGLE_PINS = {"email": "release@widget.iam.gserviceaccount.com", "sub": "12345"}
OTHER = {"sub": "pipeline:widget", "organization": "example", "jti": None, "nbf": None}
OTHER_PINS = {"sub": "pipeline:widget", "organization": "example"}


def listing(served: OidcIssuer, kind: str, pins: dict[str, str]) -> Council:
    """Return a package that lists a publisher of a provider of another kind."""
    believe(served, kind)
    keys.KEYS.forget()
    served.instead.clear()
    council = new_council()
    list_publishers(council.package, [entry(served, kind, **pins)], by=[council.ada, council.bob])
    return council


def gitlab_run(served: OidcIssuer, **changes: Any) -> dict[str, Any]:
    """Return the claims of a GitLab pipeline."""
    host = served.url.partition("://")[2]
    return {**GITLAB, "ci_config_ref_uri": f"{host}/group/sub/widget//.gitlab-ci.yml@refs/tags/v1.0", **changes}


def test_gitlab(client: Client, served: OidcIssuer) -> None:
    """By project, its number, the group's number, and the pipeline's file.

    Merge requests publish nothing, and no child pipeline does: GitLab does not tell whether its parent was a merge request's.
    """
    listing(served, "gitlab", GITLAB_PINS)
    assert exchange(client, served.token(AUDIENCE, **gitlab_run(served))).status_code == 200
    host = served.url.partition("://")[2]
    for changes in (
        {"project_id": "23"},
        {"namespace_id": "12"},
        {"namespace_path": "group"},
        {"ci_config_ref_uri": f"{host}/group/sub/widget//other.yml@refs/tags/v1.0"},
        {"ci_config_ref_uri": f"{host}/stranger/widget//.gitlab-ci.yml@refs/tags/v1.0"},
        {"pipeline_source": "merge_request_event"},
        {"pipeline_source": "external_pull_request_event"},
        {"pipeline_source": "parent_pipeline"},
    ):
        refused = exchange(client, served.token(AUDIENCE, **gitlab_run(served, **changes)))
        assert code_of(refused) == "invalid-publisher", changes


@pytest.mark.parametrize(
    ("kind", "run", "pins", "others"),
    [
        (
            "google",
            GOOGLE,
            GOOGLE_PINS,
            [{"sub": "1"}, {"email": "a@b.example"}, {"email_verified": False}, {"email_verified": "true"}],
        ),
        (
            "circleci",
            CIRCLE,
            CIRCLE_PINS,
            [
                {"oidc.circleci.com/ssh-rerun": True},
                {"oidc.circleci.com/ssh-rerun": None},
                {"oidc.circleci.com/org-id": "0" * 8 + "-0000-0000-0000-" + "9" * 12},
                {"oidc.circleci.com/pipeline-definition-id": None},
                {"oidc.circleci.com/vcs-origin": "github.com/stranger/widget"},
                {"oidc.circleci.com/vcs-origin": None},
                {"oidc.circleci.com/vcs-ref": "refs/heads/feature"},
            ],
        ),
        (
            "other",
            OTHER,
            OTHER_PINS,
            [{"sub": "pipeline:other"}, {"organization": None}, {"organization": ["example"]}],
        ),
    ],
)
def test_providers_of_other_kinds(
    client: Client,
    served: OidcIssuer,
    kind: str,
    run: dict[str, Any],
    pins: dict[str, str],
    others: list[dict[str, Any]],
) -> None:
    """Google, CircleCI and any configured issuer; their tokens have no ``jti``, and still work once."""
    council = listing(served, kind, pins)
    token = served.token(AUDIENCE, **run)
    response = exchange(client, token)
    assert response.status_code == 200, response.content
    assert code_of(exchange(client, token)) == "invalid-reuse-token"
    for changes in others:
        assert code_of(exchange(client, served.token(AUDIENCE, **{**run, **changes}))) == "invalid-publisher", changes
    assert MintedRight.objects.get().version.package == council.package


def test_a_stranger_at_the_same_provider_is_told_of_no_package(client: Client, served: OidcIssuer) -> None:
    """Whoever gets tokens of a configured provider asks who lists what: a private registry's names, and everybody's pins."""
    listing(served, "other", OTHER_PINS)
    strange = description_of(exchange(client, served.token(AUDIENCE, **{**OTHER, "sub": "stranger"})))
    assert "widget lists" not in strange
    assert "pipeline:widget" not in strange
    moved = description_of(exchange(client, served.token(AUDIENCE, **{**OTHER, "organization": "moved"})))
    assert 'widget lists a publisher that differs: organization: "example" is listed, "moved" came' in moved


def test_a_kind_is_not_another(client: Client, served: OidcIssuer) -> None:
    """A provider that the stewards believe as one kind is not read as another, whatever an old list says."""
    listing(served, "other", {"repository_id": "123456"})
    disbelieve(served)
    believe(served, "github")
    assert code_of(exchange(client, served.token(AUDIENCE))) == "invalid-publisher"


# Bounds


def test_refusals_are_told_in_the_log_up_to_a_bound(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Whose runs were refused, as a digest; beyond the bound nothing is looked at, and others are not held up."""
    for _ in range(throttle.MOST):
        assert (
            code_of(exchange(client, issuer.token(AUDIENCE, event_name="pull_request_target"))) == "invalid-publisher"
        )
    response = exchange(client, issuer.token(AUDIENCE))
    assert (response.status_code, code_of(response)) == (429, "too-many-requests")
    assert response["Retry-After"] == "600"
    leaves = list(mint_leaves("minting-refused"))
    assert len(leaves) == throttle.MOST
    assert leaves[0].keys() == {"event", "at", "issuer", "subject", "code"}
    other = exchange(client, issuer.token(AUDIENCE, repository_owner_id="9"))
    assert other.status_code == 422


def test_a_leaked_token_shuts_nobody_out(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Whoever reads a token in a job's log sends it again and again, to use up what its owner's runs may be refused."""
    spent, refused = issuer.token(AUDIENCE), issuer.token(AUDIENCE, ref=None, sha=None)
    assert exchange(client, spent).status_code == 200
    for _ in range(throttle.MOST):
        assert code_of(exchange(client, spent)) == "invalid-reuse-token"
        assert code_of(exchange(client, refused)) == "invalid-publisher"
    assert exchange(client, issuer.token(AUDIENCE)).status_code == 200
    assert len(list(mint_leaves("minting-refused"))) == 2


def test_what_is_no_sound_token_leaves_no_leaf(client: Client, issuer: OidcIssuer, council: Council) -> None:
    """Anybody can make those up."""
    exchange(client, issuer.token("pypi"))
    exchange(client, issuer.sign(issuer.claims(AUDIENCE), key=new_rsa_key()))
    assert not list(mint_leaves("minting-refused"))
