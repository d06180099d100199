"""Finding packages by their names and by what they tell of themselves."""

from __future__ import annotations

import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry import index_pages, search
from registry.models import File, LatestFile, Package
from tests.support.rows import Signing, accept, new_account, new_package

pytestmark = pytest.mark.django_db


def metadata(name: str, summary: str = "", description: str = "", keywords: str = "") -> bytes:
    head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nSummary: {summary}\nKeywords: {keywords}\n"
    return f"{head}\n{description}".encode()


def offer(signing: Signing, package: Package, version: str = "1.0", **told: str) -> File:
    """Let a file in, and make the package's page of the index, as an upload does."""
    filename = f"{package.name}-{version}.tar.gz"
    content = filename.encode()
    evidence = [signing.provenance(filename, content, signing.release_of(version))]
    described = metadata(package.name, **told)
    file = accept(package, filename, content, evidence, roots=signing.roots, version=version, metadata=described)
    index_pages.refresh(package.name)
    return file


def found(client: Client, query: str) -> list[str]:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    return re.findall(r'<th scope="row"><a href="/packages/([^/]+)/"', response.content.decode())


@pytest.fixture
def packages(signing: Signing) -> dict[str, Package]:
    """Four packages, each with a file."""
    told: dict[str, dict[str, str]] = {
        "widget": {"summary": "Turns gears"},
        "widget-tools": {"summary": "More of it"},
        "my-widget": {"summary": "Another"},
        "sprocket": {
            "summary": "Gears for widget makers",
            "description": "Attested\n\nIt turns.",
            "keywords": "clockwork",
        },
    }
    made = {name: new_package(name) for name in told}
    for name, package in made.items():
        offer(signing, package, **told[name])
    return made


def test_names_come_first_then_words(client: Client, packages: dict[str, Package]) -> None:
    """The very name, names that begin with it, names that have it, and what tells of it."""
    assert found(client, "widget") == ["widget", "widget-tools", "my-widget", "sprocket"]
    assert found(client, "WIDGET_tools")[0] == "widget-tools"


@pytest.mark.parametrize("query", ["gear", "turning gears", "clockwork", "attested", '"gears for"', "gears -tools"])
def test_words_are_found(client: Client, packages: dict[str, Package], query: str) -> None:
    """Of the summary, the keywords and the description, in any of their forms."""
    assert "sprocket" in found(client, query)


def test_the_latest_release_tells(client: Client, packages: dict[str, Package], signing: Signing) -> None:
    """What an older release said is found no more, and a pre-release does not speak for the package."""
    offer(signing, packages["sprocket"], "2.0", summary="Now about pendulums")
    offer(signing, packages["sprocket"], "3.0rc1", summary="Perhaps about springs")
    assert found(client, "pendulum") == ["sprocket"]
    assert found(client, "clockwork") == []
    assert found(client, "springs") == []


def test_what_is_in_quarantine_shows_nothing_of_its_files(client: Client, packages: dict[str, Package]) -> None:
    """Its name is found, and says that nothing is offered."""
    File.objects.filter(release__package=packages["sprocket"]).update(visible_at=None)
    shown = client.get("/search/", {"q": "sprocket"}).content.decode()
    assert "no file yet" in shown
    assert "Gears for widget makers" not in shown


TYPED = [
    *("", " ", "%", "_", "\\", "'", "' OR 1=1 --", "\0", "a\0b", "&", "|", "!", "((", '"', "-", ":*", "a:*", "\u202e"),
    *("x" * 5000, "<script>alert(1)</script>", "%s", "%(words)s", "{}", "\u0130", "\ufeff", "a & ! b", "'a' <-> 'b'"),
]


@pytest.mark.parametrize("query", TYPED)
def test_whatever_is_typed_is_answered(client: Client, packages: dict[str, Package], query: str) -> None:
    """Never an error, and nothing of it is markup."""
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize("asked", ["", "?q=%ff%fe", "?q=widget&page=x", "?q=widget&page=999", "?q=a&q=b", "?page=-1"])
def test_whatever_stands_in_the_address_is_answered(client: Client, packages: dict[str, Package], asked: str) -> None:
    """Pages that there are not are the nearest one."""
    assert client.get(f"/search/{asked}").status_code == 200


def test_many_are_paged(client: Client) -> None:
    """Twenty-five a page, and the query goes along."""
    owner = new_account("owner")
    assert owner.person is not None
    for number in range(30):
        Package.objects.create(name=f"part-{number:02}", display_name=f"part-{number:02}", created_by=owner.person)
    assert found(client, "part") == [f"part-{number:02}" for number in range(25)]
    response = client.get("/search/?q=part&page=2").content.decode()
    assert len(re.findall('<th scope="row">', response)) == 5
    assert 'href="?q=part&amp;page=1"' in response


def test_every_page_has_the_form(client: Client) -> None:
    """In the header, with a label, sent by GET."""
    shown = client.get("/accounts/login/").content.decode()
    assert 'action="/search/" role="search"' in shown
    assert '<label class="visually-hidden" for="site-search">' in shown


def test_the_list_reads_one_file_a_package(client: Client, packages: dict[str, Package], signing: Signing) -> None:
    """However many a package has: the one that is noted."""
    for number in range(1, 6):
        offer(signing, packages["widget"], f"1.{number}", summary="x")
    with CaptureQueriesContext(connection) as queries:
        shown = client.get("/packages/").content.decode()
    assert re.search(r'data-label="Latest">1\.5<', shown)
    assert len([query for query in queries if "registry_verdictrecord" in query["sql"]]) == 1


def test_what_is_noted_but_not_offered_is_not_shown(
    client: Client, packages: dict[str, Package], signing: Signing
) -> None:
    """A list goes by what is offered when it is read."""
    offer(signing, packages["widget"], "2.0", summary="x")
    File.objects.filter(filename="widget-2.0.tar.gz").update(visible_at=None)
    assert LatestFile.objects.get(package__name="widget").file.filename == "widget-2.0.tar.gz"
    assert re.search(
        r'widget</a>.*?data-label="Latest">1\.0<', client.get("/search/?q=widget").content.decode(), re.DOTALL
    )


def test_it_is_fast_with_many_packages(client: Client, signing: Signing) -> None:
    """20,000 packages that have a word in common: what is ranked is bounded, so even that word costs little."""
    owner = new_account("owner")
    package = new_package("needle")
    file = offer(signing, package, summary="a needle")
    assert owner.person is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_package (id, name, display_name, created_at, created_by_id, lock_seq) "
            "SELECT gen_random_uuid(), 'straw-' || n, 'straw-' || n, now(), %s, 0 FROM generate_series(1, 20000) n",
            [owner.person.pk],
        )
        cursor.execute(
            "INSERT INTO registry_latestfile (package_id, file_id, words) SELECT id, %s, "
            "to_tsvector('english', 'common straw ' || name) FROM registry_package WHERE name LIKE 'straw-%%'",
            [file.pk],
        )
    for query, first in (("needle", "needle"), ("common", None), ("straw-777", "straw-777"), ("nothing at all", None)):
        began = time.monotonic()
        ids = search.find(query)
        assert time.monotonic() - began < 3, query
        if first:
            assert Package.objects.get(pk=ids[0]).name == first
    assert len(search.find("common")) == search.MOST


def test_nothing_is_asked_of_nothing() -> None:
    """No query goes out for a text without a letter or digit."""
    with CaptureQueriesContext(connection) as queries:
        assert search.find(" -- ") == []
    assert not queries.captured_queries
