"""The stored index says what the rows say, whatever changed them (design, "Serving")."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from demo.serving import Registry
from expectations import actions, trusted
from expectations.documents import PackageState
from registry import index, index_pages, queries
from registry.index_pages import ALL, Form
from registry.models import Account, File, IndexEntry, IndexPage, Package
from registry.publish import reveal
from tests.support.agreement import KEY, agree, steward
from tests.support.rows import Signing, accept, new_package

JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def package(db: None) -> Package:
    return new_package("Widget")


def _offer(signing: Signing, package: Package, filename: str, **options: Any) -> File:
    content = filename.encode()
    return accept(package, filename, content, [signing.provenance(filename, content)], roots=signing.roots, **options)


def _from_the_rows(package: Package) -> tuple[bytes, bytes]:
    """The page made without anything that is stored."""
    files = list(queries.visible_files(package))
    entries = [index_pages.entry_anew(package, file) for file in files]
    head = index.project_head(package, (file.release.version for file in files))
    return (
        index.project_json(head, (entry.json for entry in entries)),
        index.project_html(head, (entry.html for entry in entries)),
    )


def _stored(name: str) -> tuple[bytes, bytes]:
    found = [index_pages.find(name, form, compressed=False) for form in (Form.JSON, Form.HTML)]
    return found[0].content, found[1].content  # type: ignore[union-attr]  # a missing page fails the test


def _owner(package: Package) -> Account:
    return Account.objects.get(person=package.created_by)


def _add_file(signing: Signing, package: Package) -> None:
    _offer(signing, package, "widget-1.0-cp312-cp312-linux_x86_64.whl")


def _delete_file(_: Signing, package: Package) -> None:
    about = trusted.deletion_of(File.objects.get(release__package=package), package)
    assert agree(about, {"schema": 1, "deleted": True}, by=[_owner(package), steward()], factor=KEY) is not None


def _freeze(_: Signing, package: Package) -> None:
    actions.close_package(
        package, state=PackageState.FROZEN, note="looked at", by=_owner(package), factor=KEY, number=1
    )


def _quarantine(_: Signing, package: Package) -> None:
    actions.close_package(package, state=PackageState.QUARANTINED, note="", by=_owner(package), factor=KEY, number=1)


@pytest.mark.parametrize("change", [_add_file, _delete_file, _freeze, _quarantine])
def test_a_page_is_what_the_rows_say_after_each_change(
    package: Package, signing: Signing, change: Callable[[Signing, Package], None]
) -> None:
    """Threat: a file that was deleted or quarantined goes on being offered by a page of before."""
    _offer(signing, package, "widget-1.0-py3-none-any.whl")
    before = _stored("widget")
    assert before == _from_the_rows(package)
    change(signing, package)
    package.refresh_from_db()
    assert _stored("widget") == _from_the_rows(package) != before


def test_an_invisible_file_changes_nothing_until_it_is_revealed(package: Package, signing: Signing, store: Any) -> None:
    """Design, "An upload": the page shows a file from the transaction on that makes it visible, rendered in it."""
    before = _stored("widget")
    file = _offer(signing, package, "widget-1.0-py3-none-any.whl", visible=False)
    assert _stored("widget") == before
    received = store / "received"
    received.write_bytes(b"content")
    reveal(file, received)
    assert IndexPage.objects.get(name="widget").stamp != ""
    assert _stored("widget") == _from_the_rows(package) != before


def test_the_list_of_all_grows_with_every_name(package: Package) -> None:
    """PEP 691: the root lists every package."""
    before = json.loads(_stored(ALL)[0])
    new_package("Gadget")
    after = json.loads(_stored(ALL)[0])
    assert [each["name"] for each in after["projects"]] == ["Gadget", *(each["name"] for each in before["projects"])]


def test_an_unchanged_page_is_one_read(
    client: Client, package: Package, signing: Signing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Design, "Serving": a request is one indexed read, however many files and packages there are."""
    _offer(signing, package, "widget-1.0-py3-none-any.whl")
    for path in ("/simple/widget/", "/simple/"):
        client.get(path)
        with django_assert_num_queries(1):
            client.get(path, headers={"Accept": JSON, "Accept-Encoding": "gzip"})


def test_a_page_grows_by_what_is_new(package: Package, signing: Signing) -> None:
    """Nothing is said anew of the files that were there before: their evidence is not read again."""
    first = _offer(signing, package, "widget-1.0-py3-none-any.whl")
    _stored("widget")
    IndexEntry.objects.filter(file=first).update(json='"kept"')
    _offer(signing, package, "widget-1.0-cp312-cp312-linux_x86_64.whl")
    files = json.loads(_stored("widget")[0])["files"]
    assert "kept" in files
    assert len(files) == 2


def test_what_a_release_says_is_said_anew_of_all_its_files(package: Package, signing: Signing) -> None:
    """A release's own state stands with each file, so a change of it outdates their entries."""
    file = _offer(signing, package, "widget-1.0-py3-none-any.whl")
    _stored("widget")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'outdate_page' AND NOT tgisinternal")
        assert cursor.fetchone() == (3,)
    about = trusted.deletion_of(file.release, package)
    agree(about, {"schema": 1, "deleted": True}, by=[_owner(package), steward()], factor=KEY)
    assert IndexEntry.objects.get(file=file).stamp == ""


def test_another_address_makes_every_page_anew(package: Package, signing: Signing, settings: Any) -> None:
    """The registry's own address stands in its pages: whoever moves it must not be served the old one."""
    _offer(signing, package, "widget-1.0-py3-none-any.whl")
    assert b"http://127.0.0.1:8000/files/" in _stored("widget")[0]
    settings.BASE_URL = "https://packages.example"
    assert b"https://packages.example/files/" in _stored("widget")[0]
    assert b"127.0.0.1" not in _stored("widget")[0] + _stored("widget")[1]


def test_entries_are_made_anew_of_some_files_at_a_time(
    package: Package, signing: Signing, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package of very many files whose entries are all outdated: no statement and no memory holds them all."""
    monkeypatch.setattr(index_pages, "AT_ONCE", 2)
    for number in range(5):
        _offer(signing, package, f"widget-1.0-{number}-py3-none-any.whl")
    settings.BASE_URL = "https://packages.example"
    with CaptureQueriesContext(connection) as captured:
        assert _stored("widget") == _from_the_rows(package)
    writing = [query["sql"] for query in captured if query["sql"].startswith('INSERT INTO "registry_indexentry"')]
    assert len(writing) == 3
    assert not IndexEntry.objects.exclude(stamp=f"{index_pages.RENDERER} https://packages.example").exists()


@pytest.mark.parametrize(
    ("asked", "compressed"),
    [
        ("gzip, deflate", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("gzip;q=0, *", False),
        ("", False),
    ],
)
def test_gzip_where_it_is_taken(client: Client, package: Package, asked: str, *, compressed: bool) -> None:
    """RFC 9110, 12.5.3: the same page either way, never under the same strong ETag, and caches are told."""
    plain = client.get("/simple/widget/", headers={"Accept": JSON})
    response = client.get("/simple/widget/", headers={"Accept": JSON, "Accept-Encoding": asked})
    assert response.has_header("Content-Encoding") is compressed
    assert (gzip.decompress(response.content) if compressed else response.content) == plain.content
    assert (response.headers["ETag"] != plain.headers["ETag"]) is compressed
    assert {"Accept", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))


def test_a_page_is_never_made_of_rows_that_are_about_to_change(registry: Registry) -> None:
    """Threat: a reader renders a page while a change is under way, and stores it after that change has outdated it."""
    with psycopg.connect(registry.environment["DATABASE_URL"]) as writer, ThreadPoolExecutor(1) as reader:
        writer.execute("UPDATE registry_indexpage SET stamp = ''")
        writer.commit()
        writer.execute(
            "WITH creator AS (INSERT INTO registry_person (id, created_at) VALUES (gen_random_uuid(), now()) RETURNING id)"
            " INSERT INTO registry_package (id, name, display_name, created_at, created_by_id, lock_seq)"
            " SELECT gen_random_uuid(), 'late', 'late', now(), id, 0 FROM creator"
        )
        reading = reader.submit(requests.get, f"{registry.url}/simple/", headers={"Accept": JSON}, timeout=20)
        with pytest.raises(NotYet):
            reading.result(timeout=0.5)
        writer.commit()
        assert reading.result(timeout=20).json()["projects"] == [{"name": "late"}]
