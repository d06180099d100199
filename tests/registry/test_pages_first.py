"""Index pages before Django's handler: the same answer in less time, or none at all (RFC 9110; PEP 3333)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import psycopg
import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from demo.serving import free_port
from registry.api.pages_first import Application, pages_first
from registry.models import IndexPage
from registry.postgres import Administration, Database
from tests.support.own_database import own_database
from tests.support.rows import new_package

JSON = "application/vnd.pypi.simple.v1+json"
AS_PIP = f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
AS_UV = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
AS_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

pytestmark = pytest.mark.usefixtures("django")


@dataclass(frozen=True)
class Answer:
    """What a server would send."""

    status: str
    headers: dict[str, str]
    content: bytes


def ask(application: Application, path: str = "/simple/widget/", **environ: str) -> Answer:
    """Call a WSGI application as gunicorn does."""
    given: list[tuple[str, list[tuple[str, str]]]] = []
    asked: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        **environ,
    }
    body = application(asked, lambda status, headers: given.append((status, headers)))
    ((status, headers),) = given
    assert len(headers) == len({name.lower() for name, _ in headers}), "each header once"
    return Answer(status, {name.lower(): value for name, value in headers}, b"".join(body))


def nobody(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stands for Django where it must not be asked, or shows that it was."""
    start_response("599 Django was asked", [])
    return [b""]


@pytest.fixture(scope="module")
def database(
    administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Database]:
    """A database of its own: no test holds a transaction open."""
    with own_database(administration, template, django_db_blocker, name="pages") as database:
        yield database


@pytest.fixture(scope="module")
def django(database: Database) -> Application:
    """Django's handler with all that stands before a view.

    There are a package whose page is rendered, and another one to be mistaken for it.
    """
    application: Application = get_wsgi_application()
    for name in ("widget", "widget-2"):
        with transaction.atomic():
            new_package(name)
        assert ask(application, f"/simple/{name}/").status == "200 OK"
    return application


@pytest.mark.parametrize("accept", [AS_PIP, AS_UV, AS_BROWSER, JSON, "text/html", "*/*", f"{JSON};q=0, */*"])
@pytest.mark.parametrize("encoding", ["gzip, deflate", "gzip;q=0", "br", ""])
@pytest.mark.parametrize("behind", [True, False], ids=["behind nginx", "alone"])
def test_it_is_djangos_very_answer(
    django: Application, settings: Any, accept: str, encoding: str, behind: bool
) -> None:
    """Status, headers and bytes: whoever asks cannot tell who answered."""
    settings.BEHIND_NGINX = behind
    asked = {"HTTP_ACCEPT": accept, "HTTP_ACCEPT_ENCODING": encoding}
    expected, answer = ask(django, **asked), ask(pages_first(nobody), **asked)
    for each in (expected, answer):
        assert each.headers.pop("x-accel-expires", "@0").startswith("@")  # the second in which it was made
    assert answer == expected
    assert answer.content


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    accept=st.lists(st.sampled_from([JSON, "text/html", "text/*", "*/*", "x/y", "", ";q=0.5", "q=0", ","])).map(
        ";".join
    ),
    encoding=st.lists(st.sampled_from(["gzip", "*", "x-gzip", ";q=0", ";q=1", "identity", ""])).map(",".join),
)
def test_no_header_makes_it_another(django: Application, accept: str, encoding: str) -> None:
    """The law behind it: with Django behind it, it answers as Django alone does."""
    asked = {"HTTP_ACCEPT": accept, "HTTP_ACCEPT_ENCODING": encoding}
    assert ask(pages_first(django), **asked) == ask(django, **asked)


@pytest.mark.parametrize(
    ("path", "environ"),
    [
        ("/simple/widget/", {"REQUEST_METHOD": "HEAD"}),
        ("/simple/widget/", {"REQUEST_METHOD": "POST"}),
        ("/simple/widget/", {"HTTP_IF_NONE_MATCH": "*"}),
        ("/simple/widget/", {"HTTP_IF_MATCH": '"x"'}),
        ("/simple/widget/", {"HTTP_ACCEPT": "image/png"}),
        ("/simple/widget/", {"SCRIPT_NAME": "/registry"}),
        ("/simple/Widget/", {}),
        ("/simple/widget--2/", {}),
        ("/simple/widget", {}),
        ("/simple/widget/\n", {}),
        ("/simple/unknown/", {}),
        ("/simple/", {}),
    ],
)
def test_anything_else_is_djangos(path: str, environ: dict[str, str]) -> None:
    """Refusals, redirects, conditions and what is not known keep their one place."""
    assert ask(pages_first(nobody), path, **environ).status == "599 Django was asked"


def test_an_outdated_page_is_djangos_to_make_anew(django: Application) -> None:
    """Crash table: whatever changes a page outdates it in the same transaction, and what is outdated is never sent."""
    IndexPage.objects.filter(name="widget").update(stamp="")
    assert ask(pages_first(nobody)).status == "599 Django was asked"
    assert ask(pages_first(django)).status == "200 OK"
    assert ask(pages_first(nobody)).status == "200 OK"


def test_a_table_that_is_changed_meanwhile_fails_nobody_for_long(django: Application, database: Database) -> None:
    """Crash table: a column is of another type, and what a kept connection has prepared can never be asked again."""
    assert ask(pages_first(nobody)).status == "200 OK"
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE registry_indexpage ALTER COLUMN html_sha256 TYPE text")
        assert ask(pages_first(django)).status == "200 OK"
        assert {ask(pages_first(nobody)).status for _ in range(2)} == {"200 OK"}
        owner.execute("ALTER TABLE registry_indexpage ALTER COLUMN html_sha256 TYPE varchar(64)")
    assert ask(pages_first(django)).status == "200 OK"
    assert ask(pages_first(nobody)).status == "200 OK"


def test_what_has_not_changed_is_kept_for_another_second(django: Application, settings: Any) -> None:
    """nginx asks with the tag of what it kept: a 304 that said nothing of the next second would be asked for each time."""
    settings.BEHIND_NGINX = True
    tag = ask(django).headers["etag"]
    answer = ask(pages_first(django), HTTP_IF_NONE_MATCH=tag)
    assert (answer.status, answer.headers["etag"]) == ("304 Not Modified", tag)
    assert answer.headers["x-accel-expires"].startswith("@")


def test_a_condition_that_fails_is_kept_by_nobody(django: Application, settings: Any) -> None:
    """RFC 9110, 15.5.13: 412 is about what one client asked."""
    settings.BEHIND_NGINX = True
    answer = ask(pages_first(django), HTTP_IF_MATCH='"x"')
    assert answer.status == "412 Precondition Failed"
    assert "x-accel-expires" not in answer.headers


def test_a_private_registry_asks_first_who_reads(settings: Any) -> None:
    """One read check for everything: nothing is answered before it."""
    settings.PRIVATE = True
    assert ask(pages_first(nobody)).status == "599 Django was asked"


def test_by_https_alone(django: Application, settings: Any) -> None:
    """What nginx has not had by https is redirected; what it has says so for a year (HSTS)."""
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert ask(pages_first(nobody)).status == "599 Django was asked"
    by_https = {"HTTP_X_FORWARDED_PROTO": "https"}
    answer = ask(pages_first(nobody), **by_https)
    assert answer == ask(get_wsgi_application(), **by_https)
    assert answer.headers["strict-transport-security"].startswith("max-age=3600")


def test_a_database_that_is_away_is_djangos_to_tell() -> None:
    """In a thread, which has a connection of its own: one that is refused, and one that ends between two requests."""

    def ask_without() -> tuple[str, str]:
        configured = connection.settings_dict
        connection.settings_dict = {**configured, "HOST": "127.0.0.1", "PORT": str(free_port())}
        try:
            refused = ask(pages_first(nobody), "/simple/gone/").status
            connection.settings_dict = configured
            application = pages_first(nobody)
            ask(application, "/simple/gone/")
            connection.connection.pgconn.finish()
            ended = ask(application, "/simple/gone/").status
        finally:
            connection.close()
        return refused, ended

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(ask_without).result() == ("599 Django was asked",) * 2
